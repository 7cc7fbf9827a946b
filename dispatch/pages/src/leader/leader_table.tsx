import { useState } from "preact/hooks";
import { t } from "../shared/i18n";
import { PasswordForm } from "../shared/sign_in/password_form";
import { type SignIn, useSignIn } from "../shared/sign_in/use_sign_in";
import { whoWords } from "../shared/sign_in/words";
import { FileForm, Report, Running, troubleOf, useImport } from "../shared/tables/import_parts";
import { Alert } from "../shared/ui/alert";

const ROLE = "group_leader";

interface TableProps {
  point_id: string;
  zone: string;
  /** Something may have been taken. */
  onDone(): void;
}

/** Orders for the point from a table. The link alone does not place orders, for many have seen it: the leader signs in. */
export function LeaderTable(props: TableProps) {
  const [open, setOpen] = useState(false);
  return (
    <details class="leader-table" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("leader.table")}</summary>
      {open && <Door {...props} />}
    </details>
  );
}

function Door(props: TableProps) {
  const sign = useSignIn();
  const { stage } = sign;
  if (stage.at === "opening") return <p class="soft">{t("staff.busy")}</p>;
  if (stage.at === "door") {
    return (
      <PasswordForm
        intro={stage.why ? <Alert>{t(stage.why)}</Alert> : <p class="soft">{t("leader.table.door")}</p>}
        onGrant={(grant) => sign.enter(grant)}
        onTry={() => {}}
      />
    );
  }
  return (
    <>
      <p class="soft who">
        {whoWords(stage.me)}
        <Leave sign={sign} />
      </p>
      {stage.me.role === ROLE ? <Table token={stage.token} {...props} /> : <Alert>{t("leader.table.not.yours")}</Alert>}
    </>
  );
}

function Leave({ sign }: { sign: SignIn }) {
  return (
    <button type="button" class="link" onClick={() => void sign.leave(false)}>
      {t("signin.out")}
    </button>
  );
}

function Table({ token, point_id, zone, onDone }: TableProps & { token: string }) {
  const { progress, imported, start, again } = useImport(token, onDone);
  if (progress) return <Running {...progress} />;
  if (imported?.kind === "report") return <Report report={imported.report} kind="orders" onAgain={again} />;
  return (
    <FileForm
      token={token}
      kind="orders"
      point={point_id}
      onStart={(file) => void start({ zone, kind: "orders", point: point_id, file })}
      trouble={imported && <Alert>{troubleOf(imported)}</Alert>}
    >
      <p class="soft">{t("leader.table.about")}</p>
    </FileForm>
  );
}
