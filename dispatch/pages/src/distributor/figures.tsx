import { useCallback, useEffect, useState } from "preact/hooks";
import type { Refusal } from "../shared/call";
import type { Month } from "../shared/distributors";
import { count, decimal, percent } from "../shared/format";
import { t } from "../shared/i18n";
import { saveFile } from "../shared/save_file";
import { Alert } from "../shared/ui/alert";
import { Icon } from "../shared/ui/icon";
import type { Account } from "./api";
import { Failed, Skeleton } from "./parts";

/** How far back, days: thirteen months, so that a month can be held against that of the year before. */
const DAYS = 395;

/** How the orders went, by month, and what they earned. */
export function Figures({ account }: { account: Account }) {
  const [months, setMonths] = useState<readonly Month[] | null>(null);
  const [complete, setComplete] = useState(true);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [unsaved, setUnsaved] = useState(false);
  const look = useCallback(async () => {
    const answer = await account.months(DAYS);
    setRefusal(answer.ok ? null : answer.refusal);
    if (!answer.ok) return;
    setMonths(answer.value.months);
    setComplete(answer.value.complete);
  }, [account]);
  useEffect(() => void look(), [look]);
  const save = async () => {
    const table = await account.monthsTable(DAYS);
    setUnsaved(table === null);
    if (table) saveFile(table, `${account.id}.csv`);
  };
  return (
    <section class="panel" aria-labelledby="figures-title">
      <h1 id="figures-title">{t("dist.view.figures")}</h1>
      <p class="faint">{t("dist.figures.note")}</p>
      {refusal && <Failed refusal={refusal} onAgain={() => void look()} />}
      {months === null && !refusal && <Skeleton />}
      {months?.length === 0 && <p class="faint">{t("dist.figures.none")}</p>}
      {months && months.length > 0 && (
        <>
          <div class="wide-table">
            <Months months={months} />
          </div>
          {!complete && <p class="faint">{t("dist.figures.more")}</p>}
          {unsaved && <Alert>{t("dist.problem.offline")}</Alert>}
          <button type="button" class="button" onClick={() => void save()}>
            <Icon name="save" />
            {t("dist.figures.save")}
          </button>
        </>
      )}
    </section>
  );
}

function Months({ months }: { months: readonly Month[] }) {
  const heads = [
    t("distributors.month"),
    t("distributors.orders"),
    t("distributors.delivered"),
    t("distributors.on_time"),
    t("dist.figures.mean"),
    t("dist.figures.canceled"),
    t("dist.figures.returned"),
    t("dist.figures.under_way"),
    t("distributors.commission"),
  ];
  return (
    <table class="summary">
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {months.map((each) => (
          <tr key={each.month} data-month={each.month}>
            <th scope="row">{each.month}</th>
            <td>{count(each.orders)}</td>
            <td>{count(each.delivered)}</td>
            <td>{percent(each.on_time, each.delivered)}</td>
            <td>{each.delivered > 0 ? decimal(each.mean_min) : "–"}</td>
            <td>{count(each.canceled)}</td>
            <td>{count(each.returned)}</td>
            <td>{count(each.under_way)}</td>
            <td>{(each.commission_minor / 100).toFixed(2)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
