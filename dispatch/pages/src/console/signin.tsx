import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Key, t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import type { Looks } from "../shared/ui/looks";
import { Switches } from "../shared/ui/switches";
import { CodeField } from "./code_field";
import { PasswordField } from "./password_field";
import { pasted, type Session } from "./session";
import { fetchDoor, type Grant, type Reply, sendSignIn } from "./staff_api";
import { replyWords } from "./staff_words";

/** Why the last session ended, if it did not end by choice. */
export interface Refusal {
  key: Key;
  zone: string;
  /** Whether it was a token's, so that another token is asked for first. */
  byToken: boolean;
}

interface SignInProps {
  looks: Looks;
  refusal: Refusal | null;
  onToken(session: Session): void;
  onGrant(grant: Grant): void;
}

/** Asks who is there: by user name and password, or with a token. */
export function SignIn({ looks, refusal, onToken, onGrant }: SignInProps) {
  const [byToken, setByToken] = useState(refusal?.byToken ?? false);
  const [told, setTold] = useState(refusal);
  const change = () => {
    setByToken(!byToken);
    setTold(null);
  };
  return (
    <Card looks={looks}>
      {told && <Alert>{t(told.key, { zone: told.zone })}</Alert>}
      {byToken ? (
        <TokenForm zone={refusal?.zone ?? ""} noted={told === null} onToken={onToken} />
      ) : (
        <PasswordForm onGrant={onGrant} onTry={() => setTold(null)} />
      )}
      <button type="button" class="link signin-other" onClick={change}>
        {t(byToken ? "staff.by_password" : "staff.by_token")}
      </button>
    </Card>
  );
}

/** The card in the middle of an otherwise empty page. */
export function Card({ looks, children }: { looks: Looks; children: ComponentChildren }) {
  return (
    <main class="signin">
      <div class="signin-tools">
        <Switches looks={looks} />
      </div>
      <div class="signin-card">
        <span class="signin-mark">
          <Icon name="route" />
        </span>
        <h1>{t("signin.title")}</h1>
        {children}
      </div>
    </main>
  );
}

export function Alert({ children }: { children: ComponentChildren }) {
  return (
    <p class="alert" role="alert">
      <Icon name="alert" />
      <span>{children}</span>
    </p>
  );
}

/** A user name and a password; where that was somebody else's, a new one in a second step. */
function PasswordForm({ onGrant, onTry }: { onGrant(grant: Grant): void; onTry(): void }) {
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [chosen, setChosen] = useState("");
  const [choosing, setChoosing] = useState(false);
  const [code, setCode] = useState("");
  const [proving, setProving] = useState(false);
  const [reply, setReply] = useState<Reply | "sending" | null>(null);
  const wait_s = useCountdown(reply !== "sending" && reply?.kind === "refused" ? reply : null);
  const userBox = useRef<HTMLInputElement>(null);
  const chosenBox = useRef<HTMLInputElement>(null);
  const codeBox = useRef<HTMLInputElement>(null);
  useEffect(() => (proving ? codeBox : choosing ? chosenBox : userBox).current?.focus(), [choosing, proving]);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (reply === "sending" || wait_s > 0) return;
    onTry();
    setReply("sending");
    const next = await sendSignIn(user, password, choosing ? chosen : "", proving ? code : "");
    const wanted = next.kind === "refused" ? next.code : "";
    const isStep = wanted === "must_change_password" || (wanted === "code_needed" && !proving);
    setReply(isStep ? null : next);
    if (wanted === "must_change_password") setChoosing(true);
    if (wanted === "code_needed") setProving(true);
    if (wanted === "wrong_code") setCode("");
    if (next.kind === "granted") onGrant(next.grant);
  };
  const failed = reply !== null && reply !== "sending" && reply.kind !== "granted" && reply;
  return (
    <form class="signin-form" onSubmit={submit}>
      {choosing ? <p class="faint">{t("staff.choose")}</p> : <FirstUser />}
      {failed && (failed.kind !== "refused" || failed.wait_s === 0 || wait_s > 0) && (
        <Alert>{replyWords(failed.kind === "refused" ? { ...failed, wait_s } : failed)}</Alert>
      )}
      <label class="field">
        <span>{t("staff.user")}</span>
        <input
          ref={userBox}
          type="text"
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          readOnly={choosing}
          value={user}
          onInput={(event) => setUser(event.currentTarget.value)}
        />
      </label>
      {choosing ? (
        <PasswordField
          key="new"
          label="staff.password.new"
          autocomplete="new-password"
          hint="staff.password.hint"
          box={chosenBox}
          value={chosen}
          wrong={Boolean(failed)}
          onValue={setChosen}
        />
      ) : (
        <PasswordField
          key="old"
          label="staff.password"
          autocomplete="current-password"
          value={password}
          onValue={setPassword}
        />
      )}
      {proving && <CodeField box={codeBox} value={code} wrong={Boolean(failed)} onValue={setCode} />}
      <button type="submit" class="button primary" disabled={reply === "sending" || wait_s > 0}>
        {t(reply === "sending" ? "staff.busy" : choosing ? "staff.choose.submit" : "staff.submit")}
      </button>
    </form>
  );
}

/** The seconds that are left of a refusal that ends by itself. */
function useCountdown(refused: { wait_s: number } | null): number {
  const [left_s, setLeft] = useState(0);
  useEffect(() => {
    setLeft(refused?.wait_s ?? 0);
    if (!refused?.wait_s) return;
    const timer = setInterval(() => setLeft((n) => Math.max(0, n - 1)), 1000);
    return () => clearInterval(timer);
  }, [refused]);
  return left_s;
}

/** How the first user is made, where there is none. */
function FirstUser() {
  const [hasUsers, setHasUsers] = useState<boolean | null>(null);
  useEffect(() => void fetchDoor().then(setHasUsers), []);
  if (hasUsers !== false) return null;
  return (
    <div class="first-user">
      <p>{t("staff.first")}</p>
      <code>dispatch user add NAME --role admin</code>
    </div>
  );
}

/** Asks for a staff token; a whole console link is understood as well. */
function TokenForm({ zone: first, noted, onToken }: { zone: string; noted: boolean; onToken(session: Session): void }) {
  const [token, setToken] = useState("");
  const [zone, setZone] = useState(first || "default");
  const submit = (event: Event) => {
    event.preventDefault();
    const session = pasted(token, zone);
    if (session) onToken(session);
  };
  return (
    <form class="signin-form" onSubmit={submit}>
      {noted && <p class="faint">{t("signin.note")}</p>}
      <label class="field">
        <span>{t("signin.token")}</span>
        <input
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>{t("signin.zone")}</span>
        <input type="text" autocomplete="off" value={zone} onInput={(event) => setZone(event.currentTarget.value)} />
      </label>
      <button type="submit" class="button primary">
        {t("signin.submit")}
      </button>
    </form>
  );
}
