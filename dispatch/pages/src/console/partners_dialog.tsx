import { useCallback, useEffect, useState } from "preact/hooks";
import type { Distributor } from "../shared/distributors";
import { t } from "../shared/i18n";
import { Dialog } from "../shared/ui/dialog";
import { Distributors } from "./distributors_list";
import { useMay } from "./may";
import { fetchDistributors, fetchPoints, type PickupPoint } from "./partners_api";
import { Points } from "./points_list";
import { Alert } from "./signin";

interface PartnersProps {
  token: string;
  zone: string;
  now_ms: number;
  onClose(): void;
}

/** Those who work with the zone from outside: pickup points with their leaders, and distributors. */
export function PartnersDialog({ token, zone, now_ms, onClose }: PartnersProps) {
  const may = useMay();
  return (
    <Dialog title={t("partners.title")} wide onClose={onClose}>
      {may("list_points") && <PointsPart token={token} zone={zone} />}
      {may("list_distributors") && <DistributorsPart token={token} zone={zone} now_ms={now_ms} />}
    </Dialog>
  );
}

/** What was fetched: null while nobody knows, false when it cannot be had; and how to look again. */
function useFetched<T>(fetching: () => Promise<readonly T[] | null>) {
  const [found, set] = useState<readonly T[] | null | false>(null);
  const look = useCallback(() => void fetching().then((next) => set(next ?? false)), [fetching]);
  useEffect(look, [look]);
  return [found, look] as const;
}

function PointsPart({ token, zone }: { token: string; zone: string }) {
  const fetching = useCallback(() => fetchPoints(token, zone), [token, zone]);
  const [points, look] = useFetched<PickupPoint>(fetching);
  return (
    <section aria-label={t("points.title")}>
      <h3>{t("points.title")}</h3>
      <Waiting found={points} />
      {points && <Points points={points} token={token} zone={zone} onChanged={look} />}
    </section>
  );
}

function DistributorsPart({ token, zone, now_ms }: { token: string; zone: string; now_ms: number }) {
  const fetching = useCallback(() => fetchDistributors(token, zone), [token, zone]);
  const [distributors, look] = useFetched<Distributor>(fetching);
  return (
    <section aria-label={t("distributors.title")}>
      <h3>{t("distributors.title")}</h3>
      <Waiting found={distributors} />
      {distributors && (
        <Distributors distributors={distributors} token={token} zone={zone} now_ms={now_ms} onChanged={look} />
      )}
    </section>
  );
}

function Waiting({ found }: { found: readonly unknown[] | null | false }) {
  if (found === null) return <span class="skeleton preview-skeleton" />;
  return found === false ? <Alert>{t("partners.failed")}</Alert> : null;
}
