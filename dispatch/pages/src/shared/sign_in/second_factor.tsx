import { useState } from "preact/hooks";
import { t } from "../i18n";
import { Alert } from "../ui/alert";
import { type AppSecret, type Asked, beginSecondFactor, confirmSecondFactor, type Me, removeSecondFactor } from "./api";
import { CodeField } from "./code_field";
import { PasswordField } from "./password_field";
import { QrCode } from "./qr_code";
import { replyWords } from "./words";

type Step =
  | { at: "off" }
  | { at: "begun"; app: AppSecret }
  | { at: "written"; codes: readonly string[] }
  | { at: "on" };

/** A code of one's phone beside the password: turned on in two steps, and off again. */
export function SecondFactor({ me, token }: { me: Me; token: string }) {
  const [step, setStep] = useState<Step>({ at: me.second_factor ? "on" : "off" });
  const [open, setOpen] = useState(false);
  return (
    <details class="more" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t(step.at === "on" || step.at === "written" ? "staff.second.on" : "staff.second")}</summary>
      {open && step.at === "written" && <Recovery codes={step.codes} onDone={() => setStep({ at: "on" })} />}
      {open && step.at !== "written" && <StepForm key={step.at} step={step} token={token} onStep={setStep} />}
    </details>
  );
}

interface StepProps {
  step: Exclude<Step, { at: "written" }>;
  token: string;
  onStep(next: Step): void;
}

/** What the step asks for, and the way to the next one. */
function StepForm({ step, token, onStep }: StepProps) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [failed, setFailed] = useState("");
  const [sending, setSending] = useState(false);
  const send = async <T,>(asked: Promise<Asked<T>>, next: (grant: T) => Step) => {
    setSending(true);
    const reply = await asked;
    setSending(false);
    setFailed(replyWords(reply));
    setCode("");
    if (reply.kind === "granted") onStep(next(reply.grant));
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (sending) return;
    if (step.at === "off") void send(beginSecondFactor(token, password), (app) => ({ at: "begun", app }));
    if (step.at === "begun")
      void send(confirmSecondFactor(token, code), (on) => ({ at: "written", codes: on.recovery_codes }));
    if (step.at === "on") void send(removeSecondFactor(token, password, code), () => ({ at: "off" }));
  };
  return (
    <form class="staff-form" onSubmit={submit}>
      {failed && <Alert>{failed}</Alert>}
      {step.at === "off" && <p class="faint">{t("staff.second.explained")}</p>}
      {step.at === "begun" && <ToApp app={step.app} />}
      {step.at !== "begun" && (
        <PasswordField
          label="staff.password.old"
          autocomplete="current-password"
          value={password}
          onValue={setPassword}
        />
      )}
      {step.at !== "off" && <CodeField value={code} onValue={setCode} />}
      <div class="actions">
        <button type="submit" class={`button ${step.at === "on" ? "danger" : "primary"}`} disabled={sending}>
          {t(sending ? "staff.busy" : `staff.second.${step.at}.submit`)}
        </button>
      </div>
    </form>
  );
}

/** What the app has to be told: by its camera, by hand, or on a phone by the link that opens it. */
function ToApp({ app }: { app: AppSecret }) {
  return (
    <div class="once" role="status">
      <p>{t("staff.second.begun")}</p>
      <QrCode text={app.uri} label={t("staff.second.qr")} />
      <code>{app.secret.replace(/(.{4})(?=.)/g, "$1 ")}</code>
      <a class="link" href={app.uri}>
        {t("staff.second.open")}
      </a>
    </div>
  );
}

/** Codes that are shown here only. */
function Recovery({ codes, onDone }: { codes: readonly string[]; onDone(): void }) {
  return (
    <div class="once" role="status">
      <p>{t("staff.second.recovery")}</p>
      <code>{codes.join("  ")}</code>
      <button type="button" class="button primary" onClick={onDone}>
        {t("staff.second.noted")}
      </button>
    </div>
  );
}
