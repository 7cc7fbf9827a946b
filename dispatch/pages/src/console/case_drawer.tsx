import { useId, useState } from "preact/hooks";
import { clockTime, relative, span } from "../shared/format";
import { t } from "../shared/i18n";
import type { CaseView } from "../shared/protocol/messages";
import { Icon } from "../shared/ui/icon";
import { type Outcome, sendResolution } from "./api";
import { caseAdvice, caseDid, caseName, caseSentence, courierName, isOpen, orderName, resolutionsFor } from "./cases";
import { type DrawerProps, Fact, Head } from "./drawer_parts";
import { useMay } from "./may";
import { PastLock } from "./past_lock";

/** Later than this counts as "happened offline": worth telling by how much. */
const LATE_MS = 60_000;
const MAX_RESOLUTION_LENGTH = 200;

/** One conflict: what happened, what the system made of it, what is left to do, and how it was settled. */
export function CaseDrawer(props: DrawerProps & { conflict: CaseView }) {
  const { conflict, zone } = props;
  const did = caseDid(conflict);
  const may = useMay();
  return (
    <>
      <Head {...props} kind={t("case.drawer")} title={caseName(conflict)}>
        <p class="drawer-chips">
          <span class={`chip ${isOpen(conflict) ? "late" : "unknown"}`}>
            <Icon name={isOpen(conflict) ? "conflict" : "check"} />
            {t(isOpen(conflict) ? "case.open" : "case.resolved")}
          </span>
        </p>
      </Head>
      <div class="drawer-body">
        <p class="case-told">{caseSentence(conflict, zone)}</p>
        <CaseFacts {...props} />
        {did && (
          <>
            <h3>{t("case.did")}</h3>
            <p>{did}</p>
          </>
        )}
        {isOpen(conflict) ? (
          <>
            <h3>{t("case.do")}</h3>
            <p>{caseAdvice(conflict)}</p>
            {may("resolve_case") && (
              <PastLock>
                <Resolve key={conflict.id} {...props} />
              </PastLock>
            )}
          </>
        ) : (
          <p class="effect">
            <Icon name="check" />
            {t("case.resolved.by", {
              how: conflict.resolution ?? "",
              who: conflict.resolved_by || t("case.resolved.someone"),
            })}
          </p>
        )}
      </div>
    </>
  );
}

function CaseFacts({ conflict, zone, now_ms, onSelect }: DrawerProps & { conflict: CaseView }) {
  const { at_ms, courier_id, other_courier_id } = conflict;
  const happened_ms = conflict.happened_at_ms || at_ms;
  const later_ms = at_ms - happened_ms;
  const heard = clockTime(at_ms);
  return (
    <dl class="facts">
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
      {conflict.order_id && (
        <Fact
          label="case.order"
          value={[orderName(conflict.order_id, zone), zone.orders.get(conflict.order_id)?.address]
            .filter(Boolean)
            .join(" · ")}
          onOpen={() => onSelect({ kind: "order", id: conflict.order_id })}
        />
      )}
      {courier_id && (
        <Fact
          label="case.courier"
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
    </dl>
  );
}

/** How it was settled: a usual ending at one press, or in the dispatcher's own words. */
function Resolve({ conflict, zone, token, resolveBox, onNotice }: DrawerProps & { conflict: CaseView }) {
  const id = useId();
  const [how, setHow] = useState("");
  const [missing, setMissing] = useState(false);
  const [state, setState] = useState<Outcome | "sending" | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    setMissing(how.trim() === "");
    if (how.trim() === "" || state === "sending") return;
    setState("sending");
    const outcome = await sendResolution(token, zone.zone, conflict.id, how.trim());
    setState(outcome);
    if (outcome.kind === "done" || outcome.kind === "accepted") onNotice(t("case.done"));
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
          {resolutionsFor(conflict).map((key) => (
            <button key={key} type="button" class="chip" onClick={() => setHow(t(key))}>
              {t(key)}
            </button>
          ))}
        </span>
        <span id={`${id}-hint`} class={missing ? "late" : "faint"}>
          {t(missing ? "case.resolution.missing" : "case.resolution.hint")}
        </span>
      </div>
      <NotDone state={state} />
      <div class="actions">
        <button type="submit" class="button primary" disabled={state === "sending"} data-action="resolve">
          {t(state === "sending" ? "override.sending" : "case.resolve")}
        </button>
      </div>
    </form>
  );
}

/** Why something was not done; nothing while it is fine. */
export function NotDone({ state }: { state: Outcome | "sending" | null }) {
  if (state === null || state === "sending" || state.kind === "done" || state.kind === "accepted") return null;
  return (
    <p class="alert" role="alert">
      <Icon name="alert" />
      {state.kind === "refused"
        ? t("override.failed", { detail: state.detail })
        : t(state.kind === "forbidden" ? "override.forbidden" : "override.unreachable")}
    </p>
  );
}
