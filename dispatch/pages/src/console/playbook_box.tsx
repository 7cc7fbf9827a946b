import { useEffect, useId, useState } from "preact/hooks";
import { clockTime, relative } from "../shared/format";
import { newKey, type Outcome } from "../shared/http";
import { currentLang, type Key, type Lang, TEXTS, t } from "../shared/i18n";
import type { OrderView } from "../shared/protocol/messages";
import { Icon, type IconName } from "../shared/ui/icon";
import { sendAttempt, sendMessage } from "./api";
import { NotDone } from "./case_drawer";
import { courierName } from "./cases";
import type { ChangeKind } from "./changes";
import type { DrawerProps } from "./drawer_parts";
import { isOnBoard } from "./fleet";
import { FIRST_GOALS } from "./goals";
import { issueName, issueWhy } from "./issue_row";
import { type Issue, isSnoozed, issuesOf, orderIssue, SNOOZES_MIN, type Step, stepsFor } from "./playbook";
import { isSame } from "./selection";
import { snooze, useSnoozes, wake } from "./snoozes";

const MINUTE_MS = 60_000;
const MAX_TEXT = 500;
const LANGS: readonly (readonly [Lang, string])[] = [
  ["zh", "中文"],
  ["en", "English"],
];

/** These are changes with a dialog of their own, which shows the effect first. */
const CHANGES: Readonly<Partial<Record<Step, ChangeKind>>> = {
  release: "release",
  assign: "assign",
  expedite: "expedite",
  hold: "hold",
  reschedule: "reschedule",
  cancel: "cancel",
};

const ICONS: Readonly<Record<Step, IconName>> = {
  release: "check",
  assign: "person",
  expedite: "up",
  hold: "hold",
  reschedule: "clock",
  cancel: "close",
  retry: "undo",
  return: "store",
  handover: "conflict",
  message_customer: "message",
  message_courier: "message",
  snooze: "snooze",
};

/** What is wrong with an order, and what to do about it. */
export function OrderPlaybook(props: DrawerProps & { order: OrderView }) {
  const { order, zone, now_ms } = props;
  const issue = orderIssue(order, now_ms, (zone.goals ?? FIRST_GOALS).waiting_s * 1000);
  return issue && <Playbook key={issue.id} {...props} issue={issue} />;
}

/** What is wrong with a courier: a silent phone with goods on board. */
export function CourierPlaybook(props: DrawerProps) {
  const issue = issuesOf(props.zone, props.now_ms).find(
    ({ of }) => of.kind === "courier" && isSame(of, props.selection),
  );
  const order = [...props.zone.orders.values()].find(
    (each) => each.courier_id === props.selection.id && isOnBoard(each),
  );
  return issue ? <Playbook key={issue.id} {...props} issue={issue} {...(order && { order })} /> : null;
}

type BoxProps = DrawerProps & { issue: Issue; order?: OrderView };

function Playbook(props: BoxProps) {
  const { issue, order, zone, now_ms } = props;
  const [open, setOpen] = useState<Step | null>(null);
  const snoozes = useSnoozes(zone.zone);
  const later = isSnoozed(issue, snoozes, now_ms);
  const [first, ...others] = stepsFor(issue, order);
  const press = (step: Step) => {
    const change = CHANGES[step];
    if (change && order) props.onChange(change, order.id);
    else setOpen(open === step ? null : step);
  };
  const button = (step: Step, leading: boolean) => (
    <button
      key={step}
      type="button"
      class={`button${leading ? " primary" : step === "cancel" ? " danger" : ""}`}
      data-step={step}
      aria-expanded={CHANGES[step] ? undefined : open === step}
      onClick={() => press(step)}
    >
      <Icon name={ICONS[step]} />
      {t(`step.${step}`)}
    </button>
  );
  return (
    <section class={`playbook${later ? " later" : ""}`} aria-label={t("playbook.title")} data-playbook={issue.kind}>
      <h3>
        <Icon name={later ? "snooze" : "bolt"} />
        <span>{issueName(issue)}</span>
        <span class="faint" title={clockTime(issue.since_ms)}>
          {issue.since_ms ? relative(issue.since_ms, now_ms) : ""}
        </span>
      </h3>
      {issueWhy(issue) && <p class="playbook-why">{issueWhy(issue)}</p>}
      <p class="faint">{t(`issue.told.${issue.kind}`)}</p>
      {later && (
        <p class="playbook-later">
          {t("snooze.until", { time: clockTime(snoozes[issue.id] ?? 0) })}
          <button type="button" class="link" onClick={() => wake(zone.zone, issue.id)}>
            {t("snooze.wake")}
          </button>
        </p>
      )}
      <div class="actions">
        {first && button(first, true)}
        {others.map((step) => button(step, false))}
      </div>
      {open && <StepPanel key={open} step={open} {...props} onDone={() => setOpen(null)} />}
    </section>
  );
}

type PanelProps = BoxProps & { step: Step; onDone(): void };

function StepPanel(props: PanelProps) {
  switch (props.step) {
    case "message_customer":
    case "message_courier":
      return <Message {...props} />;
    case "snooze":
      return <Snooze {...props} />;
    case "retry":
    case "return":
      return <Attempt {...props} resolution={props.step} />;
    default:
      return <p class="faint">{t("step.handover.where")}</p>;
  }
}

/** A text that fits the case, in either language, to be read and changed before it goes. */
function Message({ step, issue, order, zone, token, onNotice, onDone }: PanelProps) {
  const id = useId();
  const to = step === "message_customer" ? "customer" : "courier";
  const [lang, setLang] = useState<Lang>(currentLang());
  const template = (of: Lang) => {
    const values = { order: order?.ref ?? "", address: order?.address ?? "" };
    const text = TEXTS[of][templateKey(issue, to)] ?? "";
    return text.replace(/\{(\w+)\}/g, (_, name: string) => values[name as keyof typeof values] ?? "");
  };
  const [text, setText] = useState(() => template(lang));
  const [key, setKey] = useState(newKey);
  const [state, setState] = useState<Outcome | "sending" | null>(null);
  if (!order) return <p class="faint">{t("playbook.no_order")}</p>;
  const send = async (event: Event) => {
    event.preventDefault();
    if (text.trim() === "" || state === "sending") return;
    setState("sending");
    const outcome = await sendMessage(token, order.id, to, text.trim(), key);
    setState(outcome);
    if (outcome.kind !== "done" && outcome.kind !== "accepted") return;
    setKey(newKey());
    onNotice(t("message.sent"));
    onDone();
  };
  return (
    <form class="step-panel" onSubmit={send}>
      <div class="step-head">
        <label for={id}>
          {t("message.write", {
            to: to === "courier" ? courierName(order.courier_id, zone) : t("message.party.customer"),
          })}
        </label>
        <span class="presets">
          {LANGS.map(([each, name]) => (
            <button
              key={each}
              type="button"
              class="chip"
              lang={each}
              aria-pressed={lang === each}
              onClick={() => {
                setLang(each);
                setText(template(each));
              }}
            >
              {name}
            </button>
          ))}
        </span>
      </div>
      <textarea
        id={id}
        rows={4}
        maxLength={MAX_TEXT}
        lang={lang}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <NotDone state={state} />
      <div class="actions">
        <button type="submit" class="button primary" disabled={state === "sending" || text.trim() === ""}>
          {t(state === "sending" ? "message.sending" : "message.send")}
        </button>
      </div>
    </form>
  );
}

const ASKED = new Set(["address", "stock", "payment", "review"]);

function templateKey(issue: Issue, to: "customer" | "courier"): Key {
  if (issue.kind !== "held") return `say.${to}.${issue.kind}` as Key;
  const why = issue.why.split(": ")[0] ?? "";
  return `say.customer.held.${ASKED.has(why) ? why : "review"}` as Key;
}

function Snooze({ issue, zone, now_ms, onNotice, onDone }: PanelProps) {
  const [min, setMin] = useState<number | null>(null);
  useEffect(() => {
    if (min === null) return;
    const until_ms = now_ms + min * MINUTE_MS;
    snooze(zone.zone, issue.id, until_ms, now_ms);
    onNotice(t("snooze.until", { time: clockTime(until_ms) }));
    onDone();
    // One choice is one snooze
  }, [min]);
  return (
    <fieldset class="step-panel presets">
      <legend>{t("snooze.how_long")}</legend>
      {SNOOZES_MIN.map((n) => (
        <button key={n} type="button" class="chip" data-snooze={n} onClick={() => setMin(n)}>
          {t("time.minutes", { n })}
        </button>
      ))}
    </fieldset>
  );
}

/** What becomes of a failed attempt: its effect, and the reason that the audit keeps. */
function Attempt({ order, token, resolution, onNotice, onDone }: PanelProps & { resolution: "retry" | "return" }) {
  const id = useId();
  const [reason, setReason] = useState(t(`step.${resolution}.reason`));
  const [state, setState] = useState<Outcome | "sending" | null>(null);
  if (!order) return null;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (reason.trim() === "" || state === "sending") return;
    setState("sending");
    const outcome = await sendAttempt(token, order.id, resolution, reason.trim());
    setState(outcome);
    if (outcome.kind !== "done" && outcome.kind !== "accepted") return;
    onNotice(t(`override.${outcome.kind}`));
    onDone();
  };
  return (
    <form class="step-panel" onSubmit={submit}>
      <p>{t(`step.${resolution}.effect`)}</p>
      <label for={id}>{t("override.reason")}</label>
      <input
        id={id}
        type="text"
        maxLength={200}
        required
        value={reason}
        onInput={(event) => setReason(event.currentTarget.value)}
      />
      <NotDone state={state} />
      <div class="actions">
        <button type="submit" class="button primary" disabled={state === "sending"} data-step-do={resolution}>
          {t(state === "sending" ? "override.sending" : `step.${resolution}`)}
        </button>
      </div>
    </form>
  );
}
