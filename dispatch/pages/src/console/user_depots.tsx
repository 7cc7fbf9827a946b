import { useEffect, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import { type DepotChoice, fetchDepots, fetchZones } from "./staff_api";

interface DepotBoxesProps {
  token: string;
  /** The zones whose depots may be chosen; null: all that there are. */
  zones: readonly string[] | null;
  /** Whether there has to be one: a depot's staff work somewhere. */
  needed: boolean;
  limited: boolean;
  depots: readonly string[];
  missing: boolean;
  onLimit(limited: boolean): void;
  onDepots(depots: readonly string[]): void;
}

/** All depots, or some of those that there are. */
export function DepotBoxes({ token, zones, needed, limited, depots, missing, onLimit, onDepots }: DepotBoxesProps) {
  const known = useDepots(token, zones);
  // One that is chosen and not known any more is shown by its id: it can be taken away.
  const lost = depots.filter((id) => !known.some((each) => each.id === id)).map((id) => ({ id, name: id, zone: "" }));
  const several = new Set(known.map(({ zone }) => zone)).size > 1;
  const pick = (id: string, picked: boolean) =>
    onDepots(picked ? [...depots, id].sort() : depots.filter((each) => each !== id));
  return (
    <fieldset class="zone-boxes">
      <legend>{t("staff.users.depots")}</legend>
      {!needed && (
        <label>
          <input type="checkbox" checked={!limited} onChange={(event) => onLimit(!event.currentTarget.checked)} />
          {t("staff.depots.all")}
        </label>
      )}
      {limited &&
        [...known, ...lost].map(({ id, name, zone }) => (
          <label key={`${zone} ${id}`}>
            <input
              type="checkbox"
              checked={depots.includes(id)}
              onChange={(event) => pick(id, event.currentTarget.checked)}
            />
            {several && zone ? `${name} (${zone})` : name}
          </label>
        ))}
      {limited && <span class="faint zone-hint">{t("staff.depots.hint")}</span>}
      {missing && limited && depots.length === 0 && <span class="late">{t("staff.users.depot.missing")}</span>}
    </fieldset>
  );
}

/** The depots of these zones, by zone and name. */
function useDepots(token: string, zones: readonly string[] | null): readonly DepotChoice[] {
  const [found, setFound] = useState<readonly DepotChoice[]>([]);
  const asked = zones?.join(" ") ?? null;
  useEffect(() => {
    let wanted = true;
    const look = async () => {
      const all = asked === null ? await fetchZones(token) : asked.split(" ").filter(Boolean);
      const lists = await Promise.all(all.map((zone) => fetchDepots(token, zone)));
      if (wanted) setFound(lists.flatMap((list) => [...list].sort((a, b) => a.name.localeCompare(b.name))));
    };
    void look();
    return () => {
      wanted = false;
    };
  }, [token, asked]);
  return found;
}
