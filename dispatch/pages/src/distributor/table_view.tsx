import { t } from "../shared/i18n";
import { FileForm, Report, Running, troubleOf, useImport } from "../shared/tables/import_parts";
import { Alert } from "../shared/ui/alert";
import type { Account } from "./api";

/** Many orders from a table of a spreadsheet, with a report row by row. */
export function TableView({ account, approved }: { account: Account; approved: boolean }) {
  const { progress, imported, start, again } = useImport(account.token, () => {});
  return (
    <section class="panel" aria-labelledby="table-title">
      <h1 id="table-title">{t("dist.table.title")}</h1>
      {!approved && <Alert>{t("dist.new.not.approved")}</Alert>}
      {progress && <Running {...progress} />}
      {!progress && imported?.kind === "report" && <Report report={imported.report} kind="orders" onAgain={again} />}
      {!progress && imported?.kind !== "report" && (
        <FileForm
          token={account.token}
          kind="orders"
          onStart={(file) => void start({ zone: account.zone, kind: "orders", file })}
          trouble={imported && <Alert>{troubleOf(imported)}</Alert>}
        >
          <p class="faint">{t("import.about.orders")}</p>
          <p class="faint">{t("dist.table.delivery")}</p>
        </FileForm>
      )}
    </section>
  );
}
