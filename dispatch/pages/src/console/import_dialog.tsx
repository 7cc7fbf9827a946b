import { useState } from "preact/hooks";
import { t } from "../shared/i18n";
import { FileForm, Report, Running, troubleOf, useImport } from "../shared/tables/import_parts";
import { IMPORT_KINDS, IMPORT_MODES, type ImportKind, type ImportMode } from "../shared/tables/imports";
import { Dialog } from "../shared/ui/dialog";
import { Choice, Option } from "./choice";
import { useMay } from "./may";
import { Alert } from "./signin";

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
  const { progress, imported, start, again } = useImport(token, onDone);
  return (
    <Dialog title={t("import.title")} wide onClose={onClose}>
      {progress && <Running {...progress} />}
      {!progress && imported?.kind === "report" && <Report report={imported.report} kind={kind} onAgain={again} />}
      {!progress && imported?.kind !== "report" && (
        <FileForm
          token={token}
          kind={kind}
          onStart={(file) => void start({ zone, kind, mode, file })}
          trouble={imported && <Alert>{troubleOf(imported)}</Alert>}
        >
          <What kind={kind} mode={mode} onKind={setKind} onMode={setMode} />
          <p class="faint">{t(kind === "stock" ? `import.about.${mode}` : `import.about.${kind}`)}</p>
        </FileForm>
      )}
    </Dialog>
  );
}

interface WhatProps {
  kind: ImportKind;
  mode: ImportMode;
  onKind(kind: ImportKind): void;
  onMode(mode: ImportMode): void;
}

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
