import { useEffect, useState } from "preact/hooks";
import { count, percent } from "../shared/format";
import { type Key, t, tCode } from "../shared/i18n";
import { saveFile } from "../shared/save_file";
import { Dialog } from "../shared/ui/dialog";
import { Icon } from "../shared/ui/icon";
import {
  type Bar,
  barsBy,
  CAUSE_DAYS,
  type CauseRow,
  type Causes,
  fetchCauses,
  fetchCausesTable,
  totalOf,
} from "./causes";
import { Choice, Option } from "./choice";
import { Alert } from "./signin";

const FIRST_DAYS = 30;

interface CausesProps {
  token: string;
  zone: string;
  onClose(): void;
}

/** What was at the root of cases: how often each cause, how often each kind, and which of a cause. */
export function CausesDialog({ token, zone, onClose }: CausesProps) {
  const [days, setDays] = useState(FIRST_DAYS);
  const [found, setFound] = useState<Causes | null | false>(null);
  const [unsaved, setUnsaved] = useState(false);
  useEffect(() => {
    let wanted = true;
    setFound(null);
    setUnsaved(false);
    void fetchCauses(token, zone, days).then((next) => wanted && setFound(next ?? false));
    return () => {
      wanted = false;
    };
  }, [token, zone, days]);
  const save = async () => {
    const table = await fetchCausesTable(token, zone, days);
    setUnsaved(table === null);
    if (table) saveFile(table, `causes-${days}d.csv`);
  };
  return (
    <Dialog title={t("causes.title")} wide onClose={onClose}>
      <p class="faint">{t("causes.explained")}</p>
      <Choice label="calibration.days">
        {CAUSE_DAYS.map((n) => (
          <Option key={n} group="causes-days" checked={n === days} onPick={() => setDays(n)}>
            {t(n === 1 ? "calibration.days.one" : "calibration.days.many", { n })}
          </Option>
        ))}
      </Choice>
      {found === null && <span class="skeleton preview-skeleton" />}
      {found === false && <Alert>{t("causes.failed")}</Alert>}
      {found && found.causes.length === 0 && <p class="faint overrides-none">{t("causes.none")}</p>}
      {found && found.causes.length > 0 && (
        <>
          <Rows key={days} rows={found.causes} />
          {unsaved && <Alert>{t("causes.unsaved")}</Alert>}
          <div class="actions">
            <button type="button" class="button" onClick={() => void save()}>
              <Icon name="save" />
              {t("causes.table")}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function Rows({ rows }: { rows: readonly CauseRow[] }) {
  const [cause, setCause] = useState<string | null>(null);
  const total = totalOf(rows);
  const ofCause = cause === null ? rows : rows.filter((row) => row.cause === cause);
  const kinds = cause === null ? t("causes.by_kind") : t("causes.kinds_of", { cause: causeName(cause) });
  return (
    <>
      <p class="causes-total">
        <strong>{t(total.cases === 1 ? "causes.total.one" : "causes.total.many", { n: count(total.cases) })}</strong>
        <span class="faint">{t("causes.known", { share: percent(total.known, total.cases) })}</span>
        <span class={total.escalated ? "late" : "faint"}>
          {t(total.escalated === 1 ? "causes.late.one" : "causes.late.many", { n: count(total.escalated) })}
        </span>
      </p>
      <div class="calibration-bars">
        <BarTable
          caption={t("causes.by_cause")}
          head="case.cause"
          bars={barsBy("cause", rows)}
          nameOf={causeName}
          chosen={cause}
          onChoose={(next) => setCause(next === cause ? null : next)}
        />
        <BarTable
          caption={kinds}
          head="case.new.kind"
          bars={barsBy("kind", ofCause)}
          nameOf={(kind) => tCode("case.name", kind)}
        />
      </div>
    </>
  );
}

function causeName(cause: string): string {
  return cause ? tCode("case.cause", cause) : t("case.cause.none");
}

interface BarTableProps {
  caption: string;
  head: Key;
  bars: readonly Bar[];
  nameOf(name: string): string;
  chosen?: string | null;
  /** Left out: there is nothing to choose. */
  onChoose?(name: string): void;
}

/** How many as a bar and as a figure; the end of the bar are those that had no solution in time. */
function BarTable({ caption, head, bars, nameOf, chosen, onChoose }: BarTableProps) {
  return (
    <table class="bars causes-bars">
      <caption>{caption}</caption>
      <thead class="visually-hidden">
        <tr>
          <th scope="col">{t(head)}</th>
          <td />
          <th scope="col">{t("causes.cases")}</th>
          <th scope="col">{t("causes.late.head")}</th>
        </tr>
      </thead>
      <tbody>
        {bars.map((bar) => (
          <tr key={bar.name} data-bar={bar.name || "none"}>
            <th scope="row">
              {onChoose ? (
                <button
                  type="button"
                  class="link"
                  aria-pressed={bar.name === chosen}
                  onClick={() => onChoose(bar.name)}
                >
                  {nameOf(bar.name)}
                </button>
              ) : (
                nameOf(bar.name)
              )}
            </th>
            <td class="bar-cell" aria-hidden="true">
              <span class="bar-track">
                <span class="bar" style={{ width: `${bar.share * 100}%` }}>
                  <span class="bar-late" style={{ width: `${(bar.escalated / bar.cases) * 100}%` }} />
                </span>
              </span>
            </td>
            <td class="bar-share">{count(bar.cases)}</td>
            <td class="bar-count">{bar.escalated > 0 && t("causes.late.of", { n: count(bar.escalated) })}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
