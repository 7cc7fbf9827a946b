import { useState } from "preact/hooks";
import { t } from "../i18n";
import { Alert } from "../ui/alert";
import { Icon } from "../ui/icon";
import { type Grant, type Me, type Reply, sendPassword } from "./api";
import { PasswordField } from "./password_field";
import { replyWords } from "./words";

/** Another password for oneself. */
export function OwnPassword({ me, token, onGrant }: { me: Me; token: string; onGrant(grant: Grant): void }) {
  const [open, setOpen] = useState(false);
  const [old, setOld] = useState("");
  const [chosen, setChosen] = useState("");
  const [reply, setReply] = useState<Reply | "sending" | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (reply === "sending") return;
    setReply("sending");
    const next = await sendPassword(token, old, chosen);
    setReply(next);
    if (next.kind !== "granted") return;
    setOld("");
    setChosen("");
    setOpen(false);
    onGrant(next.grant);
  };
  const failed = reply !== null && reply !== "sending" && reply.kind !== "granted";
  return (
    <>
      {reply !== null && reply !== "sending" && reply.kind === "granted" && (
        <p class="effect" role="status">
          <Icon name="check" />
          {t("staff.changed")}
        </p>
      )}
      <details
        class="more"
        open={open}
        onToggle={(event) => {
          setOpen(event.currentTarget.open);
          if (event.currentTarget.open) setReply(null);
        }}
      >
        <summary>{t("staff.change")}</summary>
        <form class="staff-form" onSubmit={submit}>
          <input type="text" name="username" autocomplete="username" value={me.id} readOnly hidden />
          {failed && <Alert>{replyWords(reply)}</Alert>}
          <PasswordField label="staff.password.old" autocomplete="current-password" value={old} onValue={setOld} />
          <PasswordField
            label="staff.password.new"
            autocomplete="new-password"
            hint="staff.password.hint"
            value={chosen}
            onValue={setChosen}
          />
          <p class="faint">{t("staff.change.note")}</p>
          <div class="actions">
            <button type="submit" class="button primary" disabled={reply === "sending"}>
              {t(reply === "sending" ? "staff.busy" : "staff.change")}
            </button>
          </div>
        </form>
      </details>
    </>
  );
}
