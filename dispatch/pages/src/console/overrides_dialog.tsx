import { useEffect, useState } from "preact/hooks";
import { percent } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Dialog } from "../shared/ui/dialog";
import { OverrideRow, personOf, useOverrides } from "./override_history";
import { fetchSummary, type SummaryRow } from "./overrides_api";

interface OverridesProps {
  zone: ZoneState;
  token: string;
  now_ms: number;
  onUndo(override_id: string): void;
  onClose(): void;
}

/** Was the human right: by person and action over the last days, and the newest overrides one by one. */
export function OverridesDialog({ zone, token, now_ms, onUndo, onClose }: OverridesProps) {
  const made = useOverrides(token, zone.zone, "", String(zone.plan_version));
  const [rows, setRows] = useState<readonly SummaryRow[] | null | false>(null);
  useEffect(() => {
    void fetchSummary(token, zone.zone).then((found) => setRows(found ?? false));
  }, [token, zone.zone]);
  return (
    <Dialog title={t("overrides.dialog")} onClose={onClose}>
      <p class="faint">{t("overrides.explained")}</p>
      {rows === null && <span class="skeleton preview-skeleton" />}
      {rows === false && <p class="alert">{t("overrides.failed")}</p>}
      {rows && rows.length === 0 && <p class="faint overrides-none">{t("overrides.none")}</p>}
      {rows && rows.length > 0 && <Summary rows={rows} />}
      {made && made.length > 0 && (
        <>
          <h3>{t("overrides.newest")}</h3>
          <ol class="overrides">
            {made.map((each) => (
              <OverrideRow key={each.id} made={each} zone={zone} now_ms={now_ms} onUndo={onUndo} />
            ))}
          </ol>
        </>
      )}
    </Dialog>
  );
}

function Summary({ rows }: { rows: readonly SummaryRow[] }) {
  return (
    <table class="summary">
      <thead>
        <tr>
          <th scope="col">{t("summary.who")}</th>
          <th scope="col">{t("summary.what")}</th>
          <th scope="col">{t("summary.times")}</th>
          <th scope="col">{t("summary.right")}</th>
          <th scope="col">{t("summary.minutes")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.by} ${row.action}`}>
            <td>{personOf(row.by)}</td>
            <td>{tCode("overrides.action", row.action)}</td>
            <td>{row.overrides}</td>
            <td>{percent(row.better, row.judged)}</td>
            <td class={row.better_min < 0 ? "late" : ""}>{row.judged ? minutes(row.better_min) : "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function minutes(n: number): string {
  const figure = t("time.minutes", { n: Math.abs(Math.round(n)) });
  return Math.round(n) === 0 ? figure : `${n > 0 ? "+" : "−"}${figure}`;
}
