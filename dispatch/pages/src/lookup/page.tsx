import { useEffect, useState } from "preact/hooks";
import type { Refusal } from "../shared/call";
import { clockTime } from "../shared/format";
import { t } from "../shared/i18n";
import { current, forget, keep, type Session } from "../shared/shopper";
import { useOnline } from "../shared/ui/hooks";
import { Icon } from "../shared/ui/icon";
import { type Looks, useLooks } from "../shared/ui/looks";
import { Switches } from "../shared/ui/switches";
import { Account, type Over, type Tab } from "./account";
import { type By, confirm, type Found, lookUp } from "./api";
import { Heading, Orders, Sign, Warning } from "./parts";
import { rows } from "./words";

/** A new code may be asked for again after so long; the server has its own limit. */
const AGAIN_AFTER_S = 30;

type Step =
  | { at: "ask"; over?: Over }
  | { at: "prove"; by: By; asked: string }
  | { at: "list"; found: Found }
  | { at: "account"; session: Session };

/** Where a shopper begins: in their account while they are signed in. */
function first(): Step {
  const session = current();
  return session ? { at: "account", session } : { at: "ask" };
}

/** Finds a shopper's orders: by phone or order number, proven by a code to the phone of the order. By phone they are
 * signed in, and the page is their account. */
export function LookupPage() {
  const looks = useLooks();
  const online = useOnline();
  const [step, setStep] = useState<Step>(first);
  const [tab, setTab] = useState<Tab>("list");
  useEffect(() => {
    document.title = t(step.at === "account" ? "my.title" : "lookup.title");
    document.documentElement.dataset.view = step.at === "account" ? tab : step.at;
  });
  const restart = () => setStep({ at: "ask" });
  const found = (found: Found, remember: boolean) => {
    if (!found.token) return setStep({ at: "list", found });
    const session = { token: found.token, expires_at_s: found.expires_at_s ?? 0 };
    keep(session, remember);
    setTab("list");
    setStep({ at: "account", session });
  };
  const leave = (over: Over) => {
    forget();
    setStep({ at: "ask", over });
  };
  return (
    <>
      <Bar looks={looks} />
      {!online && (
        <p class="banner" role="status">
          <Icon name="wifi" />
          {t("lookup.offline")}
        </p>
      )}
      <main class="lookup">
        {step.at === "ask" && <Ask over={step.over} onAsked={(by, asked) => setStep({ at: "prove", by, asked })} />}
        {step.at === "prove" && <Prove {...step} onFound={found} onOther={restart} />}
        {step.at === "list" && <List found={step.found} onRestart={restart} />}
        {step.at === "account" && (
          <Account session={step.session} looks={looks} tab={tab} onTab={setTab} onOver={leave} />
        )}
      </main>
    </>
  );
}

function Bar({ looks }: { looks: Looks }) {
  return (
    <header class="bar">
      <span class="bar-title">{t("app.track")}</span>
      <Switches looks={looks} />
    </header>
  );
}

function Ask({ over, onAsked }: { over: Over | undefined; onAsked(by: By, asked: string): void }) {
  const [by, setBy] = useState<By>("phone");
  const [typed, setTyped] = useState<Record<By, string>>({ phone: "", order: "" });
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const asked = typed[by].trim();
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const answer = await lookUp(by, asked);
    setBusy(false);
    if (answer.ok) onAsked(by, asked);
    else setRefusal(answer.refusal);
  };
  const choose = (next: By) => {
    setBy(next);
    setRefusal(null);
  };
  return (
    <form class="lookup-card" onSubmit={submit}>
      <Sign name="search" />
      {over && (
        <p class="told" role="status">
          {t(`my.over.${over}`)}
        </p>
      )}
      <h1>{t("lookup.title")}</h1>
      <p class="soft">{t("lookup.note")}</p>
      <fieldset class="choices">
        <legend class="visually-hidden">{t("lookup.with")}</legend>
        {(["phone", "order"] as const).map((each) => (
          <label key={each} class="choice">
            <input type="radio" name="by" value={each} checked={by === each} onChange={() => choose(each)} />
            <span>{t(`lookup.by.${each}`)}</span>
          </label>
        ))}
      </fieldset>
      <label class="field" key={by}>
        <span>{t(`lookup.by.${by}`)}</span>
        <input
          type="text"
          inputMode={by === "phone" ? "tel" : "text"}
          name={by}
          autocomplete={by === "phone" ? "tel" : "off"}
          autocapitalize="off"
          spellcheck={false}
          required
          maxLength={by === "phone" ? 40 : 100}
          aria-describedby="hint"
          aria-invalid={refusal ? true : undefined}
          value={typed[by]}
          onInput={(event) => setTyped({ ...typed, [by]: event.currentTarget.value })}
        />
        <small id="hint">{t(`lookup.${by}.hint`)}</small>
      </label>
      <Warning refusal={refusal} />
      <button type="submit" class="button primary" disabled={busy || !asked}>
        {t(busy ? "lookup.busy" : "lookup.send")}
      </button>
    </form>
  );
}

interface ProveProps {
  by: By;
  asked: string;
  onFound(found: Found, remember: boolean): void;
  onOther(): void;
}

function Prove({ by, asked, onFound, onOther }: ProveProps) {
  const [code, setCode] = useState("");
  const [remember, setRemember] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const answer = await confirm(by, asked, code);
    setBusy(false);
    if (answer.ok) return onFound(answer.value, remember);
    setCode("");
    setRefusal(answer.refusal);
  };
  return (
    <form class="lookup-card" onSubmit={submit}>
      <Sign name="message" />
      <Heading>{t("lookup.code.title")}</Heading>
      <p class="soft">{t("lookup.code.note", { asked })}</p>
      <label class="field">
        <span>{t("lookup.code")}</span>
        <input
          type="text"
          name="code"
          class="code"
          inputMode="numeric"
          autocomplete="one-time-code"
          required
          pattern="\d{6}"
          maxLength={6}
          aria-invalid={refusal ? true : undefined}
          value={code}
          onInput={(event) => setCode(event.currentTarget.value.replace(/\D/g, ""))}
        />
      </label>
      {by === "phone" && (
        <label class="remember">
          <input type="checkbox" checked={remember} onChange={(event) => setRemember(event.currentTarget.checked)} />
          <span>
            {t("my.remember")}
            <small>{t("my.remember.note")}</small>
          </span>
        </label>
      )}
      <Warning refusal={refusal} />
      <button type="submit" class="button primary" disabled={busy || code.length !== 6}>
        {t(busy ? "lookup.busy" : "lookup.show")}
      </button>
      <div class="lookup-foot">
        <button type="button" class="text-button" onClick={onOther}>
          {t("lookup.other")}
        </button>
        <Again by={by} asked={asked} onRefused={setRefusal} />
      </div>
      <p class="soft small">{t("lookup.code.none")}</p>
    </form>
  );
}

function Again({ by, asked, onRefused }: { by: By; asked: string; onRefused(refusal: Refusal | null): void }) {
  const [left_s, setLeft] = useState(AGAIN_AFTER_S);
  useEffect(() => {
    const timer = setTimeout(() => setLeft((n) => Math.max(0, n - 1)), 1000);
    return () => clearTimeout(timer);
  }, [left_s]);
  const again = async () => {
    setLeft(AGAIN_AFTER_S);
    const answer = await lookUp(by, asked);
    onRefused(answer.ok ? null : answer.refusal);
  };
  return (
    <button type="button" class="text-button" disabled={left_s > 0} onClick={() => void again()}>
      {left_s > 0 ? t("lookup.again.in", { n: left_s }) : t("lookup.again")}
    </button>
  );
}

function List({ found, onRestart }: { found: Found; onRestart(): void }) {
  const { open, over } = rows(found.orders, found.now_ms);
  const none = found.orders.length === 0;
  return (
    <section class="lookup-list">
      {none && <Sign name="store" />}
      <Heading>{t(none ? "lookup.none" : "lookup.orders")}</Heading>
      <p class="soft">{none ? t("lookup.none.note") : t("lookup.as_of", { time: clockTime(found.now_ms) })}</p>
      <Orders title={t("lookup.under_way")} orders={open} />
      <Orders title={t("lookup.over")} orders={over} />
      <button type="button" class="button" onClick={onRestart}>
        {t("lookup.restart")}
      </button>
    </section>
  );
}
