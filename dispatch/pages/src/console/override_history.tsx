import { useEffect, useState } from "preact/hooks";
import { clockTime, relative } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import type { OrderView } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";
import { Icon, type IconName } from "../shared/ui/icon";
import { useMay } from "./may";
import { fetchOverrides, type MadeOverride, type Verdict } from "./overrides_api";

const TONES: Readonly<Record<Verdict, readonly [tone: string, icon: IconName]>> = {
  open: ["unknown", "clock"],
  better: ["on_time", "check"],
  same: ["unknown", "minus"],
  worse: ["late", "alert"],
  unjudged: ["unknown", "circle"],
  undone: ["unknown", "undo"],
};

/** The last of a subject's id: `dispatcher:ann` is ann. */
export function personOf(by: string): string {
  return by.slice(by.indexOf(":") + 1);
}

/** How an override turned out, in words: "12 min better". */
export function verdictWords({ verdict, better_min, predicted_min }: MadeOverride): string {
  if (verdict === "better" || verdict === "worse") {
    return t(`verdict.${verdict}`, { n: Math.abs(Math.round(better_min)), m: Math.round(predicted_min) });
  }
  return t(`verdict.${verdict}`);
}

export function VerdictChip({ made }: { made: MadeOverride }) {
  const [tone, icon] = TONES[made.verdict];
  return (
    <span class={`chip ${tone}`} title={t("verdict.title")}>
      <Icon name={icon} />
      {verdictWords(made)}
    </span>
  );
}

/** Overrides that are fetched again whenever `key` changes; null while nobody knows, false when they cannot be had. */
export function useOverrides(token: string, zone: string, order_id: string, key: string) {
  const [found, set] = useState<readonly MadeOverride[] | null | false>(null);
  useEffect(() => {
    let wanted = true;
    void fetchOverrides(token, zone, order_id).then((made) => wanted && set(made ?? false));
    return () => {
      wanted = false;
    };
  }, [token, zone, order_id, key]);
  return found;
}

interface HistoryProps {
  order: OrderView;
  zone: ZoneState;
  token: string;
  now_ms: number;
  onUndo(override_id: string): void;
}

/** What people decided about an order, whether they were right, and the way back while there is one. */
export function OverrideHistory({ order, zone, token, now_ms, onUndo }: HistoryProps) {
  const { status, courier_id, lock, priority, excluded = [] } = order;
  const key = [status, courier_id, lock, priority, excluded.length, order.timeline?.length].join();
  const made = useOverrides(token, zone.zone, order.id, key);
  if (!made || made.length === 0) return null;
  return (
    <>
      <h3>{t("overrides.title")}</h3>
      <ol class="overrides">
        {made.map((each) => (
          <OverrideRow key={each.id} made={each} zone={zone} now_ms={now_ms} onUndo={onUndo} />
        ))}
      </ol>
    </>
  );
}

interface RowProps {
  made: MadeOverride;
  zone: ZoneState;
  now_ms: number;
  onUndo(override_id: string): void;
}

export function OverrideRow({ made, zone, now_ms, onUndo }: RowProps) {
  const courier = zone.couriers.get(made.courier_id)?.name;
  const may = useMay();
  return (
    <li class="override" data-override={made.id}>
      <span class="override-what">
        <strong>{tCode("overrides.action", made.action)}</strong>
        {courier && <span> · {courier}</span>}
        <VerdictChip made={made} />
      </span>
      <span class="faint">
        <time title={relative(made.at_ms, now_ms)}>{clockTime(made.at_ms)}</time> · {personOf(made.by)} · {made.reason}
        {made.undone_by && ` · ${t("overrides.undone_by", { who: personOf(made.undone_by) })}`}
      </span>
      {made.against_undo.length === 0 && may("override") && (
        <button type="button" class="button" onClick={() => onUndo(made.id)}>
          <Icon name="undo" />
          {t("overrides.undo")}
        </button>
      )}
    </li>
  );
}
