import { useEffect, useState } from "preact/hooks";
import { span } from "../shared/format";
import { currentLang, type Key, TEXTS, t } from "../shared/i18n";
import type { Looks } from "../shared/ui/looks";
import { Switches } from "../shared/ui/switches";
import { askCode, type Refusal, type SignedIn, signIn } from "./api";
import { Sign } from "./sign";

/** A new code may be asked for again after so long; the server has its own limit. */
const AGAIN_AFTER_S = 30;

interface SignInProps {
  looks: Looks;
  /** Why the last session ended, if it did not end by choice: a code of `courier.code`. */
  reason: string;
  onSignedIn(answer: SignedIn): void;
}

/** Sign-in by phone number and one-time code. */
export function SignInPage({ looks, reason, onSignedIn }: SignInProps) {
  const [phone, setPhone] = useState("");
  const [asked, setAsked] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(
    reason ? { code: reason, detail: "", retry_after_s: 0 } : null,
  );
  return (
    <main class="signin">
      <div class="signin-tools">
        <Switches looks={looks} />
      </div>
      <div class="signin-card">
        <span class="signin-mark">
          <Sign name="bag" />
        </span>
        <h1>{t("courier.signin.title")}</h1>
        {refusal ? (
          <p class="warning" role="alert">
            <Sign name="alert" />
            <span>{words(refusal)}</span>
          </p>
        ) : (
          <p class="faint">{asked ? t("courier.signin.code.note", { phone }) : t("courier.signin.note")}</p>
        )}
        {asked ? (
          <CodeForm
            phone={phone}
            onRefused={setRefusal}
            onSignedIn={onSignedIn}
            onOther={() => {
              setAsked(false);
              setRefusal(null);
            }}
          />
        ) : (
          <PhoneForm phone={phone} onPhone={setPhone} onRefused={setRefusal} onAsked={() => setAsked(true)} />
        )}
      </div>
    </main>
  );
}

function words({ code, detail, retry_after_s }: Refusal): string {
  const key = `courier.code.${code}`;
  const wait = span(Math.max(1, retry_after_s) * 1000);
  return key in TEXTS[currentLang()] ? t(key as Key, { wait }) : t("courier.signin.failed", { detail: detail || code });
}

interface PhoneFormProps {
  phone: string;
  onPhone(phone: string): void;
  onRefused(refusal: Refusal | null): void;
  onAsked(): void;
}

function PhoneForm({ phone, onPhone, onRefused, onAsked }: PhoneFormProps) {
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const answer = await askCode(phone.trim());
    setBusy(false);
    onRefused(answer.ok ? null : answer.refusal);
    if (answer.ok) onAsked();
  };
  return (
    <form onSubmit={submit}>
      <label class="field">
        <span>{t("courier.signin.phone")}</span>
        <input
          type="tel"
          name="phone"
          autocomplete="tel"
          required
          maxLength={24}
          placeholder="+86 138 0013 8000"
          value={phone}
          onInput={(event) => onPhone(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="main-action" disabled={busy}>
        {t(busy ? "courier.signin.busy" : "courier.signin.send")}
      </button>
    </form>
  );
}

interface CodeFormProps {
  phone: string;
  onRefused(refusal: Refusal | null): void;
  onSignedIn(answer: SignedIn): void;
  onOther(): void;
}

function CodeForm({ phone, onRefused, onSignedIn, onOther }: CodeFormProps) {
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const answer = await signIn(phone.trim(), code);
    setBusy(false);
    if (answer.ok) return onSignedIn(answer.value);
    setCode("");
    onRefused(answer.refusal);
  };
  return (
    <form onSubmit={submit}>
      <label class="field">
        <span>{t("courier.signin.code")}</span>
        <input
          type="text"
          name="code"
          class="pin"
          inputMode="numeric"
          autocomplete="one-time-code"
          required
          pattern="\d{6}"
          maxLength={6}
          value={code}
          onInput={(event) => setCode(event.currentTarget.value.replace(/\D/g, ""))}
        />
      </label>
      <button type="submit" class="main-action" disabled={busy || code.length !== 6}>
        {t(busy ? "courier.signin.busy" : "courier.signin.submit")}
      </button>
      <div class="signin-foot">
        <button type="button" class="text-button" onClick={onOther}>
          {t("courier.signin.other")}
        </button>
        <AgainButton phone={phone} onRefused={onRefused} />
      </div>
    </form>
  );
}

function AgainButton({ phone, onRefused }: { phone: string; onRefused(refusal: Refusal | null): void }) {
  const [left_s, setLeft] = useState(AGAIN_AFTER_S);
  useEffect(() => {
    const timer = setTimeout(() => setLeft((n) => Math.max(0, n - 1)), 1000);
    return () => clearTimeout(timer);
  }, [left_s]);
  const again = async () => {
    setLeft(AGAIN_AFTER_S);
    const answer = await askCode(phone.trim());
    onRefused(answer.ok ? null : answer.refusal);
  };
  return (
    <button type="button" class="text-button" disabled={left_s > 0} onClick={() => void again()}>
      {left_s > 0 ? t("courier.signin.again.in", { n: left_s }) : t("courier.signin.again")}
    </button>
  );
}
