import { useEffect, useState } from "preact/hooks";
import { t, tCode } from "../shared/i18n";
import { Dialog } from "../shared/ui/dialog";
import { Icon } from "../shared/ui/icon";
import { PasswordField } from "./password_field";
import { SecondFactor } from "./second_factor";
import { Alert } from "./signin";
import { fetchZones, type Grant, type Me, type Reply, sendPassword } from "./staff_api";
import { replyWords, zonesWords } from "./staff_words";

interface AccountProps {
  me: Me;
  zone: string;
  token: string;
  onGrant(grant: Grant): void;
  onZone(zone: string): void;
  onSignOut(everywhere: boolean): Promise<boolean>;
  onClose(): void;
}

/** Who sits here and what they may see, their password, and the ways out. */
export function AccountDialog({ me, zone, token, onGrant, onZone, onSignOut, onClose }: AccountProps) {
  const [stays, setStays] = useState(false);
  const leave = async (everywhere: boolean) => setStays(!(await onSignOut(everywhere)));
  return (
    <Dialog title={t("staff.account")} onClose={onClose}>
      <dl class="facts">
        <Fact label={t("staff.users.name")} value={me.name} />
        <Fact label={t("staff.user")} value={me.id} />
        <Fact label={t("staff.users.role")} value={tCode("role", me.role)} />
        <Fact label={t("staff.account.zones")} value={zonesWords(me.zones)} />
        {me.depots && me.depots.length > 0 && <Fact label={t("staff.users.depots")} value={me.depots.join(", ")} />}
      </dl>
      {me.user ? (
        <>
          <OtherZone me={me} zone={zone} token={token} onZone={onZone} />
          <OwnPassword me={me} token={token} onGrant={onGrant} />
          <SecondFactor me={me} token={token} />
        </>
      ) : (
        <p class="faint">{t("staff.account.token")}</p>
      )}
      {stays && <Alert>{t("staff.out.failed")}</Alert>}
      <div class="dialog-foot">
        {me.user && (
          <button type="button" class="button" onClick={() => void leave(true)}>
            {t("staff.out.everywhere")}
          </button>
        )}
        <button type="button" class="button" onClick={() => void leave(false)}>
          <Icon name="out" />
          {t("signin.out")}
        </button>
      </div>
    </Dialog>
  );
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <div class="fact">
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** The way to another zone, for who may see several. */
function OtherZone({ me, zone, token, onZone }: { me: Me; zone: string; token: string; onZone(zone: string): void }) {
  const [zones, setZones] = useState(me.zones);
  useEffect(() => {
    if (me.zones.length === 0) void fetchZones(token).then(setZones);
  }, [me.zones, token]);
  if (zones.length < 2) return null;
  return (
    <label class="field">
      <span>{t("staff.account.zone")}</span>
      <select value={zone} onChange={(event) => onZone(event.currentTarget.value)}>
        {zones.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  );
}

function OwnPassword({ me, token, onGrant }: { me: Me; token: string; onGrant(grant: Grant): void }) {
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
