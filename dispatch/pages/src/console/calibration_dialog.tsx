import { useEffect, useState } from "preact/hooks";
import { count, decimal, percent, span } from "../shared/format";
import { type Key, t } from "../shared/i18n";
import { Dialog } from "../shared/ui/dialog";
import { Icon, type IconName } from "../shared/ui/icon";
import {
  bandWords,
  biasWords,
  type Calibration,
  DAYS,
  fetchCalibration,
  GOAL,
  hourWords,
  type Kept,
  lateWords,
  localHours,
  MAIN_LEAD_MIN,
  mainOf,
  type Verdict,
  verdictOf,
} from "./calibration";
import { Choice, Option } from "./choice";

const FIRST_DAYS = 7;

interface CalibrationProps {
  token: string;
  zone: string;
  now_ms: number;
  onClose(): void;
}

/** How well the zone kept what it told its customers. */
export function CalibrationDialog({ token, zone, now_ms, onClose }: CalibrationProps) {
  const [days, setDays] = useState(FIRST_DAYS);
  const [found, setFound] = useState<Calibration | null | false>(null);
  useEffect(() => {
    let wanted = true;
    setFound(null);
    void fetchCalibration(token, zone, days).then((next) => wanted && setFound(next ?? false));
    return () => {
      wanted = false;
    };
  }, [token, zone, days]);
  const main = found && mainOf(found);
  return (
    <Dialog title={t("calibration.title")} wide onClose={onClose}>
      <p class="faint">{t("calibration.explained")}</p>
      <Choice label="calibration.days">
        {DAYS.map((n) => (
          <Option key={n} group="calibration-days" checked={n === days} onPick={() => setDays(n)}>
            {t(n === 1 ? "calibration.days.one" : "calibration.days.many", { n })}
          </Option>
        ))}
      </Choice>
      {found === null && <span class="skeleton preview-skeleton" />}
      {found === false && <p class="alert">{t("calibration.failed")}</p>}
      {found && !main && <p class="faint overrides-none">{t("calibration.none")}</p>}
      {found && main && (
        <>
          <Figure kept={main} />
          <ul class="calibration-facts">
            <li>{lateWords(found)}</li>
            <li>{t("calibration.changes", { n: decimal(found.changes_median) })}</li>
          </ul>
          <ByLead leads={found.by_lead} />
          <div class="calibration-bars">
            <Bars
              title="calibration.by_hour"
              head="calibration.hour"
              rows={localHours(found.by_hour, -new Date(now_ms).getTimezoneOffset())}
              nameOf={({ hour }) => hourWords(hour)}
            />
            <Bars
              title="calibration.by_distance"
              head="calibration.distance"
              rows={found.by_distance}
              nameOf={({ from_m }) => bandWords(from_m)}
            />
          </div>
        </>
      )}
    </Dialog>
  );
}

const VERDICTS: Readonly<Record<Verdict, readonly [tone: string, icon: IconName]>> = {
  few: ["unknown", "circle"],
  below: ["late", "down"],
  within: ["on_time", "check"],
  above: ["at_risk", "up"],
};

function Figure({ kept }: { kept: Kept }) {
  const verdict = verdictOf(kept);
  const [tone, icon] = VERDICTS[verdict];
  return (
    <div class="calibration-figure" data-verdict={verdict}>
      <strong>{percent(kept.within, 1)}</strong>
      <div>
        <p>{t("calibration.figure", { n: MAIN_LEAD_MIN })}</p>
        <p class="calibration-goal">
          <span class={`chip ${tone}`}>
            <Icon name={icon} />
            {t(`calibration.verdict.${verdict}`)}
          </span>
          <span class="faint">
            {t("calibration.goal", { ...GOAL, count: count(kept.count), unsure: percent(kept.unsure, 1) })}
          </span>
        </p>
      </div>
    </div>
  );
}

function ByLead({ leads }: { leads: Calibration["by_lead"] }) {
  return (
    <table class="summary leads">
      <caption>{t("calibration.by_lead")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("calibration.lead")}</th>
          <th scope="col">{t("calibration.count")}</th>
          <th scope="col">{t("calibration.within")}</th>
          <th scope="col">{t("calibration.error")}</th>
          <th scope="col">{t("calibration.bias")}</th>
        </tr>
      </thead>
      <tbody>
        {leads.map((each) => (
          <tr key={each.lead_min}>
            <th scope="row">{t("time.minutes", { n: each.lead_min })}</th>
            <td>{count(each.count)}</td>
            <td>{percent(each.count && each.within, each.count && 1)}</td>
            <td>{each.count ? span(each.mean_error_s * 1000) : "–"}</td>
            <td>{each.count ? biasWords(each.bias_s) : "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface BarsProps<Row extends Kept> {
  title: Key;
  head: Key;
  rows: readonly Row[];
  nameOf(row: Row): string;
}

/** A share as a bar and as a figure; the two strokes on its way are the goal. */
function Bars<Row extends Kept>({ title, head, rows, nameOf }: BarsProps<Row>) {
  return (
    <table class="bars">
      <caption>{t(title)}</caption>
      <thead class="visually-hidden">
        <tr>
          <th scope="col">{t(head)}</th>
          <td />
          <th scope="col">{t("calibration.within")}</th>
          <th scope="col">{t("calibration.count")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={nameOf(row)}>
            <th scope="row">{nameOf(row)}</th>
            <td class="bar-cell" aria-hidden="true">
              <span class="bar-track">
                <span class={`bar ${verdictOf(row)}`} style={{ width: `${row.within * 100}%` }} />
                <span class="bar-goal" style={{ left: `${GOAL.least}%`, right: `${100 - GOAL.most}%` }} />
              </span>
            </td>
            <td class="bar-share">{percent(row.within, 1)}</td>
            <td class="bar-count">{t("calibration.of", { n: count(row.count) })}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
