import { t } from "../shared/i18n";
import type { Cluster } from "../shared/protocol/messages";
import type { Readable } from "../shared/store/store";
import type { ZoneState } from "../shared/store/zone";
import { useStore } from "../shared/ui/hooks";

const REFRESH_MS = 500;

/** "12 couriers, 3 idle". */
export function clusterWords({ couriers, idle = 0 }: Pick<Cluster, "couriers" | "idle">): string {
  return couriers === 1 ? t("cluster.one", { idle }) : t("cluster.many", { n: couriers, idle });
}

/** All clusters as one. */
export function totalOf(clusters: readonly Cluster[]): { couriers: number; idle: number } {
  const sum = (of: (cluster: Cluster) => number) => clusters.reduce((total, cluster) => total + of(cluster), 0);
  return { couriers: sum(({ couriers }) => couriers), idle: sum(({ idle = 0 }) => idle) };
}

/** As long as the map shows clusters: how many couriers they are, and what their rings say. */
export function ClusterLegend({ store }: { store: Readable<ZoneState> }) {
  const { clusters } = useStore(store, REFRESH_MS);
  if (!clusters) return null;
  return (
    <p class="map-legend">
      <strong>{clusterWords(totalOf(clusters))}</strong>
      <span class="legend-ring" aria-hidden="true" />
      <span>{t("cluster.ring")}</span>
    </p>
  );
}
