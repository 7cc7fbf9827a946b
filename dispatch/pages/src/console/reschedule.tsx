import { useEffect, useRef, useState } from "preact/hooks";
import { shortId } from "../shared/format";
import { newKey, type Outcome, read } from "../shared/http";
import { t } from "../shared/i18n";
import { Dialog } from "../shared/ui/dialog";
import { Icon } from "../shared/ui/icon";
import { soonWords, type Window, type Windows, windowChoices, windowKey, windowWords } from "../shared/windows";
import { sendReschedule } from "./api";
import { AttendedBy } from "./attendance_parts";
import type { ChangeProps } from "./override";
import { Choice, Picker, Reason, Row } from "./override_parts";
import { problemWords, readable } from "./problem_words";

/**
 * Another time for an order, agreed on with its customer: one of the windows that couriers can keep, and why.
 *
 * The order's version is sent along, so that what the customer changes meanwhile on their own page is a choice here.
 */
export function RescheduleDialog({ id, zone, token, now_ms, onClose, onDone }: ChangeProps) {
  const order = zone.orders.get(id);
  const [loaded, setLoaded] = useState<Outcome | null>(null);
  const [chosen, choose] = useState<Window | null>(null);
  const [reason, setReason] = useState("");
  const [missing, setMissing] = useState(false);
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<Outcome | null>(null);
  const [seen, setSeen] = useState(order?.wish_version ?? 0);
  const key = useRef(newKey());
  const load = async () => {
    setLoaded(null);
    setLoaded(await read(`/v1/orders/${encodeURIComponent(id)}/windows`, { token }));
  };
  useEffect(() => void load(), [id]);
  if (!order) return null;

  const windows = loaded?.kind === "done" ? (loaded.body as Windows) : null;
  const send = async (seen_version: number) => {
    if (!chosen) return;
    setSending(true);
    setProblem(null);
    const outcome = await sendReschedule(token, id, { ...chosen, seen_version, reason: reason.trim() }, key.current);
    setSending(false);
    // Another body is another request; one that nobody has answered stays the same.
    if (outcome.kind !== "unreachable") key.current = newKey();
    if (outcome.kind === "done" || outcome.kind === "accepted") onDone(t(`override.${outcome.kind}`), "");
    else setProblem(outcome);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    setMissing(reason.trim() === "");
    if (reason.trim()) void send(seen);
  };
  const review = () => {
    setSeen(order.wish_version ?? 0);
    setProblem(null);
    choose(null);
    void load();
  };
  const pick = (window: Window) => {
    choose(window);
    setSeen(order.wish_version ?? 0);
    setProblem(null);
  };
  return (
    <Dialog title={t("override.reschedule.title", { order: order.ref || shortId(id) })} onClose={onClose}>
      <form onSubmit={submit}>
        <AttendedBy zone={zone} selection={{ kind: "order", id }} />
        <Picker words={t("override.pick.window")}>
          {loaded === null && <span class="skeleton preview-skeleton" />}
          {windows &&
            windowChoices(windows, order).map((window) => (
              <Row
                key={windowKey(window)}
                name="window"
                value={windowKey(window)}
                picked={chosen !== null && windowKey(window) === windowKey(chosen)}
                onPick={() => pick(window)}
              >
                <span class="picker-name">
                  {window.earliest_at_ms ? windowWords(window, now_ms) : soonWords(window, now_ms)}
                </span>
              </Row>
            ))}
          {windows?.windows.length === 0 && <p class="faint">{t("override.pick.window.none")}</p>}
        </Picker>
        {loaded && !windows && (
          <Refused outcome={loaded} words={(text) => readable(text, zone)} onRetry={() => void load()} />
        )}
        <p class="effect">
          <Icon name="clock" />
          {t("override.effect.reschedule")}
        </p>
        <Reason value={reason} missing={missing && reason.trim() === ""} onChange={setReason} presets={false} />
        {problem?.kind === "conflict" && (
          <Choice
            words={`${t("override.reschedule.stale")} ${t("override.conflict.hint")}`}
            onReview={review}
            onGoOn={() => void send(problem.current_version)}
          />
        )}
        {problem && problem.kind !== "conflict" && (
          <Refused outcome={problem} words={(text) => readable(text, zone)} onRetry={review} />
        )}
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("action.dismiss")}
          </button>
          <button type="submit" class="button primary" disabled={sending || !chosen}>
            {t(sending ? "override.sending" : "override.do.reschedule")}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

interface RefusedProps {
  outcome: Outcome;
  words(text: string): string;
  onRetry(): void;
}

function Refused({ outcome, words, onRetry }: RefusedProps) {
  return (
    <p class="alert" role="alert">
      <Icon name="alert" />
      <span>{words(problemWords(outcome))}</span>
      <button type="button" class="button" onClick={onRetry}>
        {t("override.conflict.review")}
      </button>
    </p>
  );
}
