import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { Alert } from "../ui/alert";
import { type Grant, type Reply, sendSignIn } from "./api";
import { CodeField } from "./code_field";
import { PasswordField } from "./password_field";
import { replyWords } from "./words";

interface PasswordFormProps {
  /** What is said before anything is typed. */
  intro?: ComponentChildren;
  onGrant(grant: Grant): void;
  onTry(): void;
}

/** A user name and a password; where that was somebody else's, a new one in a second step. */
export function PasswordForm({ intro, onGrant, onTry }: PasswordFormProps) {
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
      {choosing ? <p class="faint">{t("staff.choose")}</p> : intro}
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
