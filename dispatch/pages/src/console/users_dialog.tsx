import { useEffect, useState } from "preact/hooks";
import { clockTime, relative } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import type { Me } from "../shared/sign_in/api";
import { Dialog } from "../shared/ui/dialog";
import { Icon } from "../shared/ui/icon";
import type { Outcome } from "./api";
import { Once } from "./once";
import { Alert } from "./signin";
import {
  fetchActs,
  fetchUsers,
  type StaffAct,
  type StaffUser,
  sendActive,
  sendNoSecondFactor,
  sendOneTime,
} from "./staff_api";
import { depotsWords, outcomeWords, zonesWords } from "./staff_words";
import { UserForm } from "./user_form";

interface UsersProps {
  me: Me | null;
  token: string;
  zone: string;
  onClose(): void;
}

/** What is open about one user, or about nobody yet (`new`). */
type Open = { id: string; what: "edit" | "off" | "reset" | "second" } | { id: ""; what: "new" } | null;
type OneTime = { user: string; password: string } | null;

/** Who may sign in, and as what: for admins. */
export function UsersDialog({ me, token, zone, onClose }: UsersProps) {
  const [users, setUsers] = useState<readonly StaffUser[] | null | false>(null);
  const [acts, setActs] = useState<readonly StaffAct[]>([]);
  const [open, setOpen] = useState<Open>(null);
  const [once, setOnce] = useState<OneTime>(null);
  const [outcome, setOutcome] = useState<Outcome | "sending" | null>(null);
  const look = () => {
    void fetchUsers(token).then((found) => setUsers(found ?? false));
    void fetchActs(token).then((found) => setActs(found ?? []));
  };
  useEffect(look, [token]);
  const show = (next: Open) => {
    setOpen(next);
    setOutcome(null);
  };
  const done = (next: Outcome) => {
    setOutcome(next);
    if (next.kind !== "done") return;
    setOpen(null);
    look();
  };
  const switchOn = async (user: StaffUser, active: boolean) => {
    setOutcome("sending");
    done(await sendActive(token, user.id, active));
  };
  const reset = async (id: string) => {
    setOutcome("sending");
    const next = await sendOneTime(token, id);
    if (next.kind === "done") setOnce(next.body as OneTime);
    done(next);
  };
  const unlock = async (id: string) => {
    setOutcome("sending");
    done(await sendNoSecondFactor(token, id));
  };
  const added = (id: string) => {
    look();
    void reset(id);
  };
  const wrong = outcome && outcome !== "sending" ? outcomeWords(outcome) : "";
  return (
    <Dialog title={t("staff.users")} wide onClose={onClose}>
      <p class="faint">{t("staff.users.explained")}</p>
      {once && <Once told={t("staff.users.once", { user: once.user })} secret={once.password} />}
      {wrong && <Alert>{wrong}</Alert>}
      {users === null && <span class="skeleton preview-skeleton" />}
      {users === false && (
        <>
          <Alert>{t("staff.users.failed")}</Alert>
          <button type="button" class="button" onClick={look}>
            {t("staff.users.again")}
          </button>
        </>
      )}
      {users && (
        <>
          {users.length === 0 && <p class="faint overrides-none">{t("staff.users.none")}</p>}
          <ul class="users">
            {users.map((user) => (
              <li key={user.id} class={`user${user.active ? "" : " off"}`} data-user={user.id}>
                <UserLine user={user} isMe={me?.user === true && me.id === user.id} />
                {open?.id === user.id ? (
                  <Opened
                    user={user}
                    what={open.what}
                    token={token}
                    zone={zone}
                    sending={outcome === "sending"}
                    onSaved={done}
                    onOff={() => void switchOn(user, false)}
                    onReset={() => void reset(user.id)}
                    onUnlock={() => void unlock(user.id)}
                    onCancel={() => show(null)}
                  />
                ) : (
                  <div class="actions user-actions">
                    <Act
                      label={t("staff.users.edit")}
                      user={user}
                      onClick={() => show({ id: user.id, what: "edit" })}
                    />
                    <Act
                      label={t("staff.users.reset")}
                      user={user}
                      onClick={() => show({ id: user.id, what: "reset" })}
                    />
                    {user.second_factor && (
                      <Act
                        label={t("staff.users.second")}
                        user={user}
                        onClick={() => show({ id: user.id, what: "second" })}
                      />
                    )}
                    <Act
                      label={t(user.active ? "staff.users.off" : "staff.users.on")}
                      user={user}
                      onClick={() => (user.active ? show({ id: user.id, what: "off" }) : void switchOn(user, true))}
                    />
                  </div>
                )}
              </li>
            ))}
          </ul>
          {open?.what === "new" ? (
            <section class="user" aria-label={t("staff.users.add")}>
              <UserForm
                token={token}
                zone={zone}
                user={null}
                onAdded={added}
                onSaved={done}
                onCancel={() => show(null)}
              />
            </section>
          ) : (
            <button type="button" class="button" onClick={() => show({ id: "", what: "new" })}>
              <Icon name="plus" />
              {t("staff.users.add")}
            </button>
          )}
          <Acts acts={acts} />
        </>
      )}
    </Dialog>
  );
}

function Act({ label, user, onClick }: { label: string; user: StaffUser; onClick(): void }) {
  return (
    <button type="button" class="button" aria-label={`${label}: ${user.name}`} onClick={onClick}>
      {label}
    </button>
  );
}

function UserLine({ user, isMe }: { user: StaffUser; isMe: boolean }) {
  return (
    <p class="user-line">
      <strong>{user.name}</strong>
      <span class="faint">{user.id}</span>
      <span class="chip accent">{tCode("role", user.role)}</span>
      <span class="faint">{[zonesWords(user.zones), depotsWords(user.depots)].filter(Boolean).join(" · ")}</span>
      {isMe && <span class="chip">{t("staff.users.you")}</span>}
      {!user.active && (
        <span class="chip late">
          <Icon name="closed" />
          {t("staff.users.is_off")}
        </span>
      )}
      {user.active && user.password !== "own" && (
        <span class="chip at_risk">
          <Icon name="clock" />
          {t(user.password === "none" ? "staff.users.no_password" : "staff.users.one_time")}
        </span>
      )}
    </p>
  );
}

interface OpenedProps {
  user: StaffUser;
  what: "edit" | "off" | "reset" | "second" | "new";
  token: string;
  zone: string;
  sending: boolean;
  onSaved(outcome: Outcome): void;
  onOff(): void;
  onReset(): void;
  onUnlock(): void;
  onCancel(): void;
}

/** A form, or what will happen and the way to let it happen. */
function Opened({ user, what, token, zone, sending, onSaved, onOff, onReset, onUnlock, onCancel }: OpenedProps) {
  if (what === "edit") {
    return <UserForm token={token} zone={zone} user={user} onSaved={onSaved} onAdded={() => {}} onCancel={onCancel} />;
  }
  const does = what === "off" ? onOff : what === "second" ? onUnlock : onReset;
  const asked = what === "off" || what === "second" ? what : "reset";
  return (
    <>
      <p class="effect">{t(`staff.users.${asked}.sure`, { name: user.name })}</p>
      <div class="actions">
        <button
          type="button"
          class={`button ${asked === "reset" ? "primary" : "danger"}`}
          disabled={sending}
          onClick={does}
        >
          {t(sending ? "staff.busy" : `staff.users.${asked}.yes`)}
        </button>
        <button type="button" class="button" onClick={onCancel}>
          {t("staff.users.cancel")}
        </button>
      </div>
    </>
  );
}

function Acts({ acts }: { acts: readonly StaffAct[] }) {
  if (acts.length === 0) return null;
  return (
    <details class="more">
      <summary>{t("staff.acts")}</summary>
      <ol class="history acts">
        {acts.map((act) => (
          <li key={act.number}>
            <span>
              <strong>{act.user}</strong> {tCode("staff.act", act.action)}
              {act.detail && <span class="faint"> {act.detail}</span>}
              <span class="faint"> · {act.actor.slice(act.actor.indexOf(":") + 1)}</span>
            </span>
            <time title={relative(act.at, Date.now())}>{clockTime(act.at)}</time>
          </li>
        ))}
      </ol>
    </details>
  );
}
