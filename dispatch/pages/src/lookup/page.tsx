import { useEffect, useRef, useState } from "preact/hooks";
import type { Refusal } from "../shared/call";
import { clockTime } from "../shared/format";
import { t } from "../shared/i18n";
import { Icon, type IconName } from "../shared/ui/icon";
import { type Looks, useLooks } from "../shared/ui/looks";
import { Switches } from "../shared/ui/switches";
import { type By, confirm, type Found, lookUp } from "./api";
import { type Row, refusalWords, rows } from "./words";

/** A new code may be asked for again after so long; the server has its own limit. */
const AGAIN_AFTER_S = 30;

type Step = { at: "ask" } | { at: "prove"; by: By; asked: string } | { at: "list"; found: Found };

/** Finds a shopper's orders: by phone or order number, proven by a code to the phone of the order. */
export function LookupPage() {
  const looks = useLooks();
  const online = useOnline();
  const [step, setStep] = useState<Step>({ at: "ask" });
  useEffect(() => {
    document.title = t("lookup.title");
    document.documentElement.dataset.view = step.at;
  });
  const restart = () => setStep({ at: "ask" });
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
        {step.at === "ask" && <Ask onAsked={(by, asked) => setStep({ at: "prove", by, asked })} />}
        {step.at === "prove" && (
          <Prove {...step} onFound={(found) => setStep({ at: "list", found })} onOther={restart} />
        )}
        {step.at === "list" && <List found={step.found} onRestart={restart} />}
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

function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return online;
}

/** Moves the focus to a step's heading when it comes up, so that it is read out and the keyboard goes on from there. */
function Heading({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

function Warning({ refusal }: { refusal: Refusal | null }) {
  return refusal ? (
    <p class="warning" role="alert">
      <Icon name="alert" />
      <span>{refusalWords(refusal)}</span>
    </p>
  ) : null;
}

function Ask({ onAsked }: { onAsked(by: By, asked: string): void }) {
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
  onFound(found: Found): void;
  onOther(): void;
}

function Prove({ by, asked, onFound, onOther }: ProveProps) {
  const [code, setCode] = useState("");
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const answer = await confirm(by, asked, code);
    setBusy(false);
    if (answer.ok) return onFound(answer.value);
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

function Orders({ title, orders }: { title: string; orders: readonly Row[] }) {
  if (orders.length === 0) return null;
  return (
    <>
      <h2>{title}</h2>
      <ul class="found">
        {orders.map((order) => (
          <li key={order.id} data-found={order.number}>
            {order.link ? (
              <a class="found-order" href={order.link}>
                <OrderWords order={order} />
                <Icon name="next" />
              </a>
            ) : (
              <div class="found-order over">
                <OrderWords order={order} />
              </div>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

const MARKS: Partial<Record<Row["phase"], { tone: string; icon: IconName }>> = {
  done: { tone: "on_time", icon: "check" },
  canceled: { tone: "unknown", icon: "close" },
  held: { tone: "at_risk", icon: "hold" },
  failed: { tone: "late", icon: "alert" },
};

function OrderWords({ order }: { order: Row }) {
  const { tone, icon } = MARKS[order.phase] ?? { tone: "accent", icon: "clock" };
  return (
    <>
      <span class={`chip ${tone} found-mark`}>
        <Icon name={icon} />
      </span>
      <span class="found-words">
        <strong>{order.answer}</strong>
        {order.doing && <span>{order.doing}</span>}
        <span>
          {[t("lookup.number", { number: order.number }), order.shop && t("lookup.from", { shop: order.shop })]
            .filter(Boolean)
            .join(" · ")}
        </span>
        <span class="faint">{order.note}</span>
      </span>
    </>
  );
}

function Sign({ name }: { name: IconName }) {
  return (
    <span class="lookup-sign">
      <Icon name={name} />
    </span>
  );
}
