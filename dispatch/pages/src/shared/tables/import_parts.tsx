import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { count } from "../format";
import { newKey } from "../http";
import { currentLang, t } from "../i18n";
import { saveFile } from "../save_file";
import { Icon } from "../ui/icon";
import {
  fetchTemplate,
  type Imported,
  type ImportKind,
  type ImportReport,
  type Progress,
  reportCsv,
  sendImport,
  type Wish,
  wrongWords,
} from "./imports";

/** More rows than these nobody reads on a page: the saved report has them. */
const MOST_ROWS = 200;

type FileWish = Omit<Wish, "key" | "file"> & { file: File };

/** A table on its way in: how far it is, and what became of it. */
export interface ImportRun {
  progress: Progress | null;
  imported: Imported | null;
  start(wish: FileWish): Promise<void>;
  again(): void;
}

/** `onDone` hears that something may have been taken. */
export function useImport(token: string, onDone: () => void): ImportRun {
  const attempt = useRef({ of: "", key: "" });
  const [progress, setProgress] = useState<Progress | null>(null);
  const [imported, setImported] = useState<Imported | null>(null);
  const start = async (wish: FileWish) => {
    const { kind, mode, point, file } = wish;
    setImported(null);
    setProgress({ rows: 0, done: 0 });
    // After a broken connection the same file again goes on where it was: nothing is taken twice.
    const of = [kind, mode, point, file.name, file.size, file.lastModified].join(" ");
    if (attempt.current.of !== of) attempt.current = { of, key: newKey() };
    const outcome = await sendImport(token, { ...wish, key: attempt.current.key }, setProgress);
    if (outcome.kind === "report") attempt.current = { of: "", key: "" };
    setProgress(null);
    setImported(outcome);
    onDone();
  };
  return { progress, imported, start, again: () => setImported(null) };
}

interface FileFormProps {
  token: string;
  kind: ImportKind;
  /** The pickup point of all its orders. */
  point?: string;
  onStart(file: File): void;
  /** What is chosen or said above the file, and below it. */
  children?: ComponentChildren;
  trouble?: ComponentChildren;
}

/** Asks for a file; who has none is given an empty one. */
export function FileForm({ token, kind, point, onStart, children, trouble }: FileFormProps) {
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
    const found = await fetchTemplate(token, kind, currentLang(), point);
    setWrong(found ? "" : t("import.template.failed"));
    if (found) saveFile(found, `${kind}.csv`);
  };
  return (
    <form class="staff-form" noValidate onSubmit={submit}>
      {children}
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
      {trouble}
      <footer class="dialog-foot">
        <button type="submit" class="button primary">
          {t("import.start")}
        </button>
      </footer>
    </form>
  );
}

export function Running({ rows, done }: Progress) {
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

interface ReportProps {
  report: ImportReport;
  kind: ImportKind;
  onAgain(): void;
}

/** What was taken, and what is wrong with which row. */
export function Report({ report, kind, onAgain }: ReportProps) {
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

/** Why a table did not come to its report; empty for one that did. */
export function troubleOf(imported: Imported): string {
  switch (imported.kind) {
    case "broken":
      return t("import.broken", { done: count(imported.done) });
    case "refused":
      return wrongWords(imported);
    case "forbidden":
      return t("import.forbidden");
    case "unreachable":
      return t("import.unreachable");
    default:
      return "";
  }
}
