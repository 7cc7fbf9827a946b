import { useId, useState } from "preact/hooks";
import { clockTime, relative, span, timeOrDay } from "../shared/format";
import { type Key, t, tCode } from "../shared/i18n";
import { money } from "../shared/money";
import type { CaseView } from "../shared/protocol/messages";
import { Icon } from "../shared/ui/icon";
import { CareForm, type CaseProps, NotDone, SolveForm, useChange } from "./case_forms";
import { CaseOrder } from "./case_order";
import {
  caseAdvice,
  caseDid,
  caseName,
  caseSentence,
  courierName,
  dueWords,
  isAsked,
  isClosed,
  isOpen,
  resolutionsFor,
  standsKey,
  toneOfCase,
} from "./cases";
import { caseDesk } from "./cases_api";
import { Fact, Head } from "./drawer_parts";
import { useMay } from "./may";
import { PastLock } from "./past_lock";

export { NotDone } from "./case_forms";

/** Later than this counts as "happened offline": worth telling by how much. */
const LATE_MS = 60_000;
const MAX_RESOLUTION_LENGTH = 200;
const CAUSES = [
  "late",
  "damaged",
  "missing",
  "wrong_item",
  "courier_conduct",
  "packing",
  "address",
  "stock",
  "app",
  "other",
];

/** One case: what happened or was said, what the system made of it, what is left to do, and how it was settled. */
export function CaseDrawer(props: CaseProps) {
  const { conflict, zone, now_ms } = props;
  const did = caseDid(conflict);
  const due = dueWords(conflict, now_ms);
  const tone = toneOfCase(conflict, now_ms);
  return (
    <>
      <Head {...props} kind={t("case.drawer")} title={caseName(conflict)}>
        <p class="drawer-chips">
          <span class={`chip ${tone}`}>
            <Icon name={!isOpen(conflict) ? "check" : isAsked(conflict) ? "message" : "conflict"} />
            {t(standsKey(conflict))}
          </span>
          {due && (
            <span class={`chip ${tone}`} data-due={conflict.due_at_ms}>
              <Icon name="clock" />
              {due}
            </span>
          )}
        </p>
      </Head>
      <div class="drawer-body">
        <p class="case-told">{caseSentence(conflict, zone)}</p>
        {isAsked(conflict) && <Said {...conflict} />}
        <Told conflict={conflict} now_ms={now_ms} />
        <CaseFacts {...props} />
        {did && (
          <>
            <h3>{t("case.did")}</h3>
            <p>{did}</p>
          </>
        )}
        {isClosed(conflict) ? <Settled {...conflict} /> : <Todo {...props} />}
      </div>
    </>
  );
}

function Todo(props: CaseProps) {
  const { conflict } = props;
  const may = useMay();
  return (
    <>
      <h3>{t("case.do")}</h3>
      <p>{caseAdvice(conflict)}</p>
      <PastLock>
        {may("handle_case") && isAsked(conflict) && <SolveForm key={`${conflict.id}${conflict.status}`} {...props} />}
        {may("handle_case") && <CareForm key={conflict.id} {...props} />}
        {may("resolve_case") && <Resolve key={conflict.id} {...props} />}
      </PastLock>
    </>
  );
}

function Settled({ resolution = "", resolved_by, cause }: CaseView) {
  return (
    <p class="effect">
      <Icon name="check" />
      {t("case.resolved.by", { how: resolution, who: resolved_by || t("case.resolved.someone") })}
      {cause && ` · ${tCode("case.cause", cause)}`}
    </p>
  );
}

/** What the customer said, and added to it. */
function Said({ text = "" }: CaseView) {
  return (
    <figure class="case-said">
      <figcaption>{t("case.said")}</figcaption>
      {text ? <blockquote>{text}</blockquote> : <p class="faint">{t("case.said.nothing")}</p>}
    </figure>
  );
}

/** What the customer was told. */
function Told({ conflict, now_ms }: { conflict: CaseView; now_ms: number }) {
  const { solution, solved_by = "", solved_at_ms = 0, compensation_minor = 0 } = conflict;
  if (!solution) return null;
  return (
    <figure class="case-said">
      <figcaption>{t("case.solution.told", { who: solved_by, time: timeOrDay(solved_at_ms, now_ms) })}</figcaption>
      <blockquote>{solution}</blockquote>
      {compensation_minor > 0 && <p>{t("case.paid", { amount: money(compensation_minor, "") })}</p>}
    </figure>
  );
}

function CaseFacts(props: CaseProps) {
  const { conflict, zone, onSelect, messageBox } = props;
  const { courier_id, other_courier_id, order_id } = conflict;
  const write = () => {
    onSelect({ kind: "order", id: order_id });
    setTimeout(() => messageBox.current?.focus());
  };
  return (
    <dl class="facts">
      {isAsked(conflict) ? <AskedFacts {...props} /> : <ReportedFacts {...props} />}
      {order_id && <CaseOrder {...props} />}
      {isAsked(conflict) && zone.orders.has(order_id) && (
        <Fact label="message.title" value={t("case.write")} onOpen={write} />
      )}
      {courier_id && (
        <Fact
          label={isAsked(conflict) ? "drawer.courier" : "case.courier"}
          value={courierName(courier_id, zone)}
          onOpen={() => onSelect({ kind: "courier", id: courier_id })}
        />
      )}
      {other_courier_id && (
        <Fact
          label="case.other"
          value={courierName(other_courier_id, zone)}
          onOpen={() => onSelect({ kind: "courier", id: other_courier_id })}
        />
      )}
      <CareFacts {...props} />
    </dl>
  );
}

/** Of what couriers did: when it was, and when we heard of it. */
function ReportedFacts({ conflict, now_ms }: CaseProps) {
  const { at_ms } = conflict;
  const happened_ms = conflict.happened_at_ms || at_ms;
  const later_ms = at_ms - happened_ms;
  const heard = clockTime(at_ms);
  return (
    <>
      <Fact
        label="case.happened"
        value={t("case.happened.at", { time: clockTime(happened_ms) })}
        title={relative(happened_ms, now_ms)}
      />
      <Fact
        label="case.heard"
        value={later_ms > LATE_MS ? t("case.heard.at", { time: heard, span: span(later_ms) }) : heard}
        title={relative(at_ms, now_ms)}
      />
    </>
  );
}

/** Of what a customer waits for: since when, until when, and what they want. */
function AskedFacts({ conflict, now_ms }: CaseProps) {
  const { at_ms, due_at_ms = 0, wanted_minor = 0, reopened = 0, opened_by = "" } = conflict;
  const by = opened_by === "customer" ? t("case.by.customer") : opened_by || t("case.by.zone");
  return (
    <>
      <Fact label="case.opened" value={timeOrDay(at_ms, now_ms)} title={relative(at_ms, now_ms)} />
      <Fact label="case.opened.by" value={by} />
      {due_at_ms > 0 && (
        <Fact label="case.due" value={timeOrDay(due_at_ms, now_ms)} title={relative(due_at_ms, now_ms)} />
      )}
      {wanted_minor > 0 && <Fact label="case.wanted" value={money(wanted_minor, "")} />}
      {reopened > 0 && <Fact label="case.reopened" value={t("case.reopened.times", { n: reopened })} />}
    </>
  );
}

function CareFacts({ conflict, now_ms }: CaseProps) {
  const { assignee, follow_up_at_ms = 0, follow_up_note = "", follows_up, cause } = conflict;
  const when = follow_up_at_ms ? timeOrDay(follow_up_at_ms, now_ms) : follows_up ? t("case.follow.due") : "";
  return (
    <>
      <Fact label="case.assignee" value={assignee || t("case.assignee.none")} />
      {when && <Fact label="case.follow" value={[when, follow_up_note].filter(Boolean).join(" · ")} />}
      {cause && <Fact label="case.cause" value={tCode("case.cause", cause)} />}
    </>
  );
}

/** How it was settled: a usual ending at one press, or in the dispatcher's own words. */
function Resolve({ conflict, zone, token, resolveBox, onNotice }: CaseProps) {
  const id = useId();
  const [how, setHow] = useState("");
  const [cause, setCause] = useState(conflict.cause ?? "");
  const [missing, setMissing] = useState(false);
  const { state, send, busy } = useChange(onNotice);
  const submit = async (event: Event) => {
    event.preventDefault();
    setMissing(how.trim() === "");
    if (how.trim() === "") return;
    await send(() => caseDesk(token, zone.zone, conflict.id).resolve(how.trim(), cause), t("case.done"));
  };
  return (
    <form class="resolve" onSubmit={submit}>
      <div class="field">
        <label for={id}>{t("case.resolution")}</label>
        <textarea
          id={id}
          ref={resolveBox}
          rows={2}
          maxLength={MAX_RESOLUTION_LENGTH}
          value={how}
          aria-invalid={missing}
          aria-describedby={`${id}-hint`}
          onInput={(event) => setHow(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit(event);
          }}
        />
        <span class="presets">
          {resolutionsFor(conflict).map((key: Key) => (
            <button key={key} type="button" class="chip" onClick={() => setHow(t(key))}>
              {t(key)}
            </button>
          ))}
        </span>
        <span id={`${id}-hint`} class={missing ? "late" : "faint"}>
          {t(missing ? "case.resolution.missing" : "case.resolution.hint")}
        </span>
      </div>
      <Cause id={`${id}-cause`} chosen={cause} onChoose={setCause} />
      <NotDone state={state} />
      <div class="actions">
        <button
          type="submit"
          class={`button${isAsked(conflict) ? "" : " primary"}`}
          disabled={busy}
          data-action="resolve"
        >
          {t(busy ? "override.sending" : isAsked(conflict) ? "case.close" : "case.resolve")}
        </button>
      </div>
    </form>
  );
}

/** What was at the root of it. */
function Cause({ id, chosen, onChoose }: { id: string; chosen: string; onChoose(cause: string): void }) {
  return (
    <div class="field">
      <label for={id}>{t("case.cause")}</label>
      <select id={id} value={chosen} onChange={(event) => onChoose(event.currentTarget.value)}>
        <option value="">{t("case.cause.none")}</option>
        {CAUSES.map((cause) => (
          <option key={cause} value={cause}>
            {tCode("case.cause", cause)}
          </option>
        ))}
      </select>
    </div>
  );
}
