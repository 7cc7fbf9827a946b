import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { count } from "../shared/format";
import { newKey } from "../shared/http";
import { currentLang, t } from "../shared/i18n";
import { Dialog } from "../shared/ui/dialog";
import { Icon } from "../shared/ui/icon";
import { Choice, Option } from "./choice";
import {
  fetchTemplate,
  IMPORT_KINDS,
  IMPORT_MODES,
  type Imported,
  type ImportKind,
  type ImportMode,
  type ImportReport,
  type Progress,
  reportCsv,
  sendImport,
  wrongWords,
} from "./imports";
import { useMay } from "./may";
import { problemWords } from "./problem_words";
import { saveFile } from "./save_file";
import { Alert } from "./signin";

/** More rows than these nobody reads on a page: the saved report has them. */
const MOST_ROWS = 200;

interface ImportProps {
  token: string;
  zone: string;
  /** Something may have been taken. */
  onDone(): void;
  onClose(): void;
}

/** Goods, stock or orders from a table of a spreadsheet, with a report row by row. */
export function ImportDialog({ token, zone, onDone, onClose }: ImportProps) {
  const [kind, setKind] = useState<ImportKind>("skus");
  const [mode, setMode] = useState<ImportMode>("receive");
  const attempt = useRef({ of: "", key: "" });
  const [progress, setProgress] = useState<Progress | null>(null);
  const [imported, setImported] = useState<Imported | null>(null);
  const start = async (file: File) => {
    setImported(null);
    setProgress({ rows: 0, done: 0 });
    // After a broken connection the same file again goes on where it was: nothing is taken twice.
    const of = [kind, mode, file.name, file.size, file.lastModified].join(" ");
    if (attempt.current.of !== of) attempt.current = { of, key: newKey() };
    const outcome = await sendImport(token, { zone, kind, mode, file, key: attempt.current.key }, setProgress);
    if (outcome.kind === "report") attempt.current = { of: "", key: "" };
    setProgress(null);
    setImported(outcome);
    onDone();
  };
  return (
    <Dialog title={t("import.title")} wide onClose={onClose}>
      {progress && <Running {...progress} />}
      {!progress && imported?.kind === "report" && (
        <Report report={imported.report} kind={kind} onAgain={() => setImported(null)} />
      )}
      {!progress && imported?.kind !== "report" && (
        <Picker token={token} kind={kind} mode={mode} onKind={setKind} onMode={setMode} onStart={start}>
          {imported && <Alert>{troubleOf(imported)}</Alert>}
        </Picker>
      )}
    </Dialog>
  );
}

function troubleOf(imported: Exclude<Imported, { kind: "report" }>): string {
  if (imported.kind === "broken") return t("import.broken", { done: count(imported.done) });
  return imported.kind === "refused" ? wrongWords(imported) : problemWords(imported);
}

interface PickerProps {
  token: string;
  kind: ImportKind;
  mode: ImportMode;
  onKind(kind: ImportKind): void;
  onMode(mode: ImportMode): void;
  onStart(file: File): void;
  children: ComponentChildren;
}

function Picker({ token, kind, mode, onKind, onMode, onStart, children }: PickerProps) {
  const id = useId();
  const [file, setFile] = useState<File | null>(null);
  const [wrong, setWrong] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    const fault = !file ? t("import.file.missing") : file.size === 0 ? t("import.file.empty") : "";
    setWrong(fault);
    if (file && !fault) onStart(file);
  };
  const template = async () => {
    const found = await fetchTemplate(token, kind, currentLang());
    setWrong(found ? "" : t("import.template.failed"));
    if (found) saveFile(found, `${kind}.csv`);
  };
  return (
    <form class="staff-form" noValidate onSubmit={submit}>
      <What kind={kind} mode={mode} onKind={onKind} onMode={onMode} />
      <p class="faint">{t(kind === "stock" ? `import.about.${mode}` : `import.about.${kind}`)}</p>
      <button type="button" class="link import-template" data-action="template" onClick={() => void template()}>
        {t("import.template")} ({t(`import.kind.${kind}`)})
      </button>
      <div class="field">
        <label for={id}>{t("import.file")}</label>
        <input
          id={id}
          type="file"
          accept=".csv,text/csv"
          aria-invalid={wrong !== ""}
          aria-describedby={`${id}-wrong`}
          onChange={(event) => {
            setFile(event.currentTarget.files?.[0] ?? null);
            setWrong("");
          }}
        />
        <span id={`${id}-wrong`} class="late" role="alert">
          {wrong}
        </span>
      </div>
      {children}
      <footer class="dialog-foot">
        <button type="submit" class="button primary">
          {t("import.start")}
        </button>
      </footer>
    </form>
  );
}

type WhatProps = Pick<PickerProps, "kind" | "mode" | "onKind" | "onMode">;

function What({ kind, mode, onKind, onMode }: WhatProps) {
  const may = useMay();
  return (
    <>
      <Choice label="import.kind">
        {IMPORT_KINDS.filter((each) => each !== "orders" || may("place_order")).map((each) => (
          <Option key={each} group="import-kind" checked={each === kind} onPick={() => onKind(each)}>
            {t(`import.kind.${each}`)}
          </Option>
        ))}
      </Choice>
      {kind === "stock" && (
        <Choice label="import.mode">
          {IMPORT_MODES.map((each) => (
            <Option key={each} group="import-mode" checked={each === mode} onPick={() => onMode(each)}>
              {t(`import.mode.${each}`)}
            </Option>
          ))}
        </Choice>
      )}
    </>
  );
}

function Running({ rows, done }: Progress) {
  return (
    <div class="import-running">
      {/* Without a value it moves: nobody knows yet how many rows there are. */}
      <progress aria-label={t("import.progress")} {...(rows > 0 && { value: done, max: rows })} />
      <p role="status">
        {rows > 0 ? t("import.running", { done: count(done), rows: count(rows) }) : t("import.waiting")}
      </p>
    </div>
  );
}

function Report({ report, kind, onAgain }: { report: ImportReport; kind: ImportKind; onAgain(): void }) {
  const { taken, refused, unchanged = 0, problems } = report;
  const head = [t("import.row"), t("import.column"), t("import.detail")];
  const save = () => saveFile(new Blob([reportCsv(head, problems)], { type: "text/csv" }), `import-${kind}.csv`);
  return (
    <>
      <p class="effect" role="status">
        <Icon name={refused > 0 ? "alert" : "check"} />
        {t("import.report", { taken: count(taken), refused: count(refused) })}
        {unchanged > 0 && ` ${t("import.unchanged", { n: count(unchanged) })}`}
      </p>
      {problems.length > 0 && (
        <table class="summary problems">
          <caption>{t("import.problems")}</caption>
          <thead>
            <tr>
              {head.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {problems.slice(0, MOST_ROWS).map((each) => (
              <tr key={`${each.row} ${each.column} ${each.detail}`}>
                <td>{each.row}</td>
                <td>{each.column}</td>
                <td>{wrongWords(each)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {problems.length > MOST_ROWS && <p class="faint">{t("import.more", { n: MOST_ROWS })}</p>}
      <footer class="dialog-foot">
        {problems.length > 0 && (
          <button type="button" class="button" data-action="save-report" onClick={save}>
            <Icon name="save" />
            {t("import.report.save")}
          </button>
        )}
        <button type="button" class="button" onClick={onAgain}>
          {t("import.another")}
        </button>
      </footer>
    </>
  );
}
