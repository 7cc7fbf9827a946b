import type { Feature, FeatureCollection } from "geojson";
import type { GeoJSONSource, GeoJSONSourceDiff } from "maplibre-gl";

type Source = Pick<GeoJSONSource, "setData" | "updateData">;

interface Known<T> {
  item: T;
  feature: Feature;
}

/**
 * A source of which the map is only told what has changed. Thousands of marks of which a few change would otherwise be
 * copied to the worker and cut into tiles anew each time.
 */
export class FeatureSource<T> {
  private readonly known = new Map<string, Known<T>>();

  /** `source` is undefined while the map's style is not there; what came meanwhile is in `collection`. */
  constructor(
    private readonly source: () => Source | undefined,
    private readonly idOf: (item: T) => string,
    private readonly isSame: (a: T, b: T) => boolean,
    private readonly featureOf: (item: T) => Omit<Feature, "id" | "type">,
  ) {}

  /** Everything that is shown now. */
  get collection(): FeatureCollection {
    return { type: "FeatureCollection", features: [...this.known.values()].map(({ feature }) => feature) };
  }

  /** Show these and no others. Whether that changes anything. */
  show(items: readonly T[]): boolean {
    const add: Feature[] = [];
    const wanted = new Set<string>();
    for (const item of items) {
      const id = this.idOf(item);
      wanted.add(id);
      const known = this.known.get(id);
      if (known && (known.item === item || this.isSame(known.item, item))) continue;
      const feature: Feature = { type: "Feature", id, ...this.featureOf(item) };
      this.known.set(id, { item, feature });
      add.push(feature);
    }
    const remove = this.known.size === wanted.size ? [] : [...this.known.keys()].filter((id) => !wanted.has(id));
    for (const id of remove) this.known.delete(id);
    if (add.length === 0 && remove.length === 0) return false;
    const diff: GeoJSONSourceDiff = { add, remove };
    void this.source()?.updateData(diff);
    return true;
  }
}

/** Whether two flat objects hold the same. */
export function isAlike<T extends object>(a: T, b: T): boolean {
  const keys = Object.keys(a) as (keyof T)[];
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
