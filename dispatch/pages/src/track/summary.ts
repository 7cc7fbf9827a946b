import { cutOffWords, lastMove } from "../shared/eta";
import { clockRange, clockTime, dayWords, relative, span, timeOrDay } from "../shared/format";
import { type Key, t } from "../shared/i18n";
import {
  doneAt_ms,
  isPlannedLater,
  lateness_ms,
  type Phase,
  phaseOf,
  reachedAt_ms,
  type Tone,
  toneOf,
} from "../shared/order";
import { preparationKey, preparationOf } from "../shared/preparation";
import type { OrderStatus, OrderView } from "../shared/protocol/messages";
import type { TrackState } from "../shared/store/track";

/** What a shopper is told: the answer in one line, what is going on, and why, if there is a why. */
export interface Summary {
  phase: Phase;
  tone: Tone;
  answer: string;
  doing: string;
  note: string;
  /** "in about 6 min", when that is near. */
  soon: string;
  /** Why the time changed, "A little later because of traffic; it was 12:40 before."; else how far it is from the first. */
  shift: string;
}

export interface Step {
  key: Key;
  at_ms: number | null;
  state: "done" | "now" | "ahead" | "bad" | "held";
}

/** Smaller changes of the arrival time are not worth a word. */
const SHIFT_TOLD_MS = 3 * 60_000;
/** From here on a change is no little one. */
const MUCH_MS = 10 * 60_000;
const SOON_MS = 90 * 60_000;

export function summarise(state: TrackState, order: OrderView, now_ms: number): Summary {
  const phase = phaseOf(order);
  const coming = phase === "to_pickup" || phase === "waiting" || (phase === "on_way" && !isReturn(order));
  const tone = toneOf(order, now_ms);
  const told = coming && order.eta_at_ms;
  const others = phase === "with_others" ? withOthers(order, now_ms) : null;
  return {
    phase,
    tone,
    answer:
      others?.answer ??
      (told ? arrival(order, told, now_ms) : (plannedWords(order, phase, now_ms) ?? standing(order, phase))),
    doing: told ? doing(order) : "",
    note:
      others?.note ||
      (!told && plannedWords(order, phase, now_ms) ? t("track.planned.note") : note(order, phase)) ||
      (coming ? promiseNote(order, now_ms, tone) : ""),
    soon: told ? soon(told, now_ms) : "",
    shift: told ? moved(order) || shift(told - state.first_eta_at_ms) : "",
  };
}

/** "Comes today 18:30–19:00": a chosen time that is still ahead, while nobody has the order yet. */
function plannedWords(order: OrderView, phase: Phase, now_ms: number): string | null {
  if (phase !== "waiting" || !isPlannedLater(order, now_ms)) return null;
  const { earliest_at_ms = 0, promise_at_ms } = order;
  const range = clockRange(earliest_at_ms, promise_at_ms);
  return t("track.planned", { day: dayWords(earliest_at_ms, now_ms), range });
}

/** What no courier of ours brings: whether it can be fetched, and where and until when; or what the carrier has said. */
function withOthers(order: OrderView, now_ms: number): { answer: string; note: string } {
  const { mode, shipment, preparation = [], ready_at_ms = 0, collect_by_ms = 0, address } = order;
  if (mode === "carrier") {
    if (!shipment) return { answer: t("track.carrier.packing"), note: "" };
    const { carrier } = shipment;
    return shipment.state === "failed"
      ? { answer: t("track.carrier.failed", { carrier }), note: t("track.carrier.failed.note") }
      : { answer: t("track.carrier.way", { carrier }), note: "" };
  }
  const note = t("track.fetch.note", { address, until: timeOrDay(collect_by_ms, now_ms) });
  if (preparation.some(({ step }) => step === "packed")) return { answer: t("track.fetch.ready"), note };
  if (ready_at_ms <= now_ms) return { answer: t("track.fetch.packing"), note };
  return { answer: t("track.fetch.from", { time: timeOrDay(ready_at_ms, now_ms) }), note };
}

/** An apology when the promise is broken, a warning when it may be. */
function promiseNote(order: OrderView, now_ms: number, tone: Tone): string {
  if (lateness_ms(order, now_ms) > 0) return t("track.late.note");
  return tone === "at_risk" && order.eta_at_ms ? t("track.may.be.late") : "";
}

const BECAUSE: Readonly<Record<string, Key>> = {
  traffic: "track.because.traffic",
  weather: "track.because.weather",
  queue: "track.because.queue",
  courier: "track.because.courier",
  depot: "track.because.depot",
  address: "track.because.address",
};

/** One calm line about the last change of the time; nobody asks why something comes sooner. */
function moved(order: OrderView): string {
  const way = lastMove(order);
  if (!way) return "";
  const { eta_at_ms = 0, eta_before_at_ms = 0, eta_cause = "" } = order;
  const size = Math.abs(eta_at_ms - eta_before_at_ms) < MUCH_MS ? "little" : "much";
  const because = BECAUSE[eta_cause];
  return t(`track.moved.${way}`, {
    how: t(`track.moved.${size}.${way}`),
    why: because ? t(because) : "",
    time: clockTime(eta_before_at_ms),
  });
}

/** Whether the courier comes for something: then the time told is when they are at the shopper's door. */
export function isReturn(order: OrderView): boolean {
  return order.direction === "return";
}

/** An arrival time that has passed is not repeated: it is about to come true, from now on. */
function arrival(order: OrderView, eta_ms: number, now_ms: number): string {
  const from_ms = Math.max(eta_ms, now_ms);
  const late_ms = Math.max(order.eta_late_at_ms ?? 0, from_ms);
  const range = clockRange(from_ms, late_ms);
  return range === clockTime(from_ms) ? t("track.arrives.about", { time: range }) : t("track.arrives", { range });
}

function standing(order: OrderView, phase: Phase): string {
  const done_ms = doneAt_ms(order);
  if (order.status === "at_point") return t("track.ready");
  if (order.status === "collected")
    return t("track.collected", { time: clockTime(reachedAt_ms(order, "collected") ?? 0) });
  const done: Key = isReturn(order) ? "track.return.done" : "track.delivered";
  if (phase === "done") return done_ms ? t(done, { time: clockTime(done_ms) }) : t("status.delivered");
  if (phase === "canceled") return t("track.canceled");
  if (phase === "held") return t(cutOffWords(order) ? "track.cut_off" : "track.held");
  if (phase === "failed") return t("track.failed");
  return phase === "waiting" ? t("track.waiting") : doing(order);
}

const DOING_RETURN: Partial<Record<OrderStatus, Key>> = {
  assigned: "track.return.preparing",
  en_route_pickup: "track.return.to.you",
  at_pickup: "track.return.at.door",
  picked_up: "track.return.on.way",
  en_route_dropoff: "track.return.on.way",
  at_dropoff: "track.return.on.way",
};

function doing(order: OrderView): string {
  if (isReturn(order)) return t(DOING_RETURN[order.status] ?? "track.waiting");
  switch (order.status) {
    case "assigned":
      return t("track.preparing");
    case "en_route_pickup":
      return t("track.to.pickup");
    case "at_pickup":
      return t("track.at.pickup");
    case "at_dropoff":
      return t("track.at.door");
    case "picked_up":
    case "en_route_dropoff":
    case "retry":
      return t("track.on.way");
    default:
      return t("track.waiting");
  }
}

function note(order: OrderView, phase: Phase): string {
  if (phase === "waiting" && !order.eta_at_ms) return t("track.waiting.note");
  if (order.status === "at_point")
    return t(order.collection?.state === "uncollected" ? "track.uncollected.note" : "track.ready.note");
  if (phase === "done") return t(isReturn(order) ? "track.return.done.note" : "track.delivered.note");
  if (phase === "canceled") return t("track.canceled.note");
  const cutOff = cutOffWords(order);
  if (cutOff) return t("track.cut_off.note", { reason: cutOff });
  if (phase === "held") return t(order.reason === "address" ? "track.held.address" : "track.held.note");
  if (phase !== "failed") return "";
  return t(order.status.startsWith("return") ? "track.returning.note" : "track.failed.note");
}

function soon(eta_ms: number, now_ms: number): string {
  const ahead_ms = eta_ms - now_ms;
  if (ahead_ms < 60_000) return t("track.any.moment");
  return ahead_ms < SOON_MS ? t("track.soon", { span: span(ahead_ms) }) : "";
}

function shift(shift_ms: number): string {
  if (Math.abs(shift_ms) < SHIFT_TOLD_MS) return "";
  return t(shift_ms > 0 ? "track.later" : "track.earlier", { span: span(shift_ms) });
}

const PICKED_UP = "track.step.picked_up";
const STEPS: readonly { key: Key; reached: readonly OrderStatus[] }[] = [
  { key: "track.step.ordered", reached: ["created"] },
  { key: "track.step.assigned", reached: ["assigned", "en_route_pickup", "at_pickup"] },
  { key: PICKED_UP, reached: ["picked_up"] },
  { key: "track.step.on_way", reached: ["en_route_dropoff", "at_dropoff"] },
  { key: "track.step.delivered", reached: ["delivered", "collected"] },
];

/** To a pickup point: it is brought, then collected. */
const POINT_STEPS: typeof STEPS = [
  ...STEPS.slice(0, -1),
  { key: "track.step.at_point", reached: ["at_point"] },
  { key: "track.step.collected", reached: ["collected"] },
];

/** What its customer fetches, or a carrier takes. */
const FETCHED_STEPS: typeof STEPS = [
  { key: "track.step.ordered", reached: ["created"] },
  { key: "track.step.collected", reached: ["collected"] },
];
const SENT_STEPS: typeof STEPS = [
  { key: "track.step.ordered", reached: ["created"] },
  { key: "track.step.with_carrier", reached: ["with_carrier"] },
  { key: "track.step.delivered", reached: ["delivered"] },
];

function stepsOf({ mode, collection }: OrderView): typeof STEPS {
  if (mode === "self_pickup") return FETCHED_STEPS;
  if (mode === "carrier") return SENT_STEPS;
  return collection ? POINT_STEPS : STEPS;
}

/** The step by which the goods leave the depot: what is prepared stands before it. */
function leavesAt(all: readonly Step[]): number {
  const leaving: readonly Key[] = [PICKED_UP, "track.return.step.fetched", "track.step.with_carrier"];
  const found = all.findIndex(({ key }) => leaving.includes(key));
  return found >= 0 ? found : all.findIndex(({ key }) => key === "track.step.collected");
}

const RETURN_STEPS: Partial<Record<Key, Key>> = {
  [PICKED_UP]: "track.return.step.fetched",
  "track.step.delivered": "track.return.step.done",
};

const ENDINGS: Partial<Record<OrderStatus, Key>> = {
  canceled: "track.step.canceled",
  held: "track.step.held",
  attempt_failed: "track.step.failed",
  rescheduled: "track.step.failed",
  returning: "track.step.failed",
  returned: "track.step.returned",
};

/**
 * The order's way, step by step; what ended it badly stands where the rest would have been. What a shop reports of the
 * preparation stands there once it is reported: nobody knows whether it ever will be.
 */
export function steps(order: OrderView): Step[] {
  const reached = furthest(order);
  const ending = ENDINGS[order.status];
  const all = stepsOf(order).map(({ key: given, reached: statuses }, i): Step => {
    const key = (isReturn(order) && RETURN_STEPS[given]) || given;
    const at_ms = i === 0 ? order.created_at_ms : i <= reached ? reachedAt_ms(order, ...statuses) : null;
    const last = i === stepsOf(order).length - 1;
    return { key, at_ms, state: i < reached || (last && i === reached) ? "done" : i === reached ? "now" : "ahead" };
  });
  if (!ending) return withPreparation(order, all);
  const past = all.slice(0, Math.max(1, reached + 1)).map((step): Step => ({ ...step, state: "done" }));
  return [
    ...withPreparation(order, past),
    { key: ending, at_ms: reachedAt_ms(order, order.status), state: order.status === "held" ? "held" : "bad" },
  ];
}

/** The steps with those of the preparation among them: before the pickup, and the newest of what is not over is now. */
function withPreparation(order: OrderView, all: readonly Step[]): Step[] {
  const reported = preparationOf(order.preparation ?? []);
  if (reported.length === 0) return [...all];
  const pickedUp = leavesAt(all);
  const isOver = pickedUp < 0 || all[pickedUp]?.state !== "ahead";
  const before = pickedUp < 0 ? all.length : pickedUp;
  const early = all.slice(0, before).filter(({ state }) => state !== "ahead");
  const prepared = reported.map(
    ({ step, at_ms }, i): Step => ({
      key: preparationKey(step, isOver || i < reported.length - 1),
      at_ms,
      state: "done",
    }),
  );
  const done = [...early.slice(0, 1), ...prepared, ...early.slice(1)]
    .map((step): Step => ({ ...step, state: "done" }))
    .sort((a, b) => (a.at_ms ?? order.created_at_ms) - (b.at_ms ?? order.created_at_ms));
  const newest = done[done.length - 1];
  if (newest && !isOver) newest.state = "now";
  return [...done, ...all.slice(0, before).filter(({ state }) => state === "ahead"), ...all.slice(before)];
}

/** The last step that the order stands in or has passed. A failed pickup goes back to waiting. */
function furthest(order: OrderView): number {
  if (phaseOf(order) === "waiting") return 0;
  const seen = new Set([order.status, ...(order.timeline ?? []).map((entry) => entry.status)]);
  const found = stepsOf(order)
    .map(({ reached }) => reached.some((status) => seen.has(status)))
    .lastIndexOf(true);
  return Math.max(0, found);
}

/** The code of what lies at its depot for the shopper, while it does; else empty. */
export function codeToShow({ pin }: TrackState, { mode, status }: OrderView): string {
  return mode === "self_pickup" && status === "at_depot" ? pin : "";
}

/** The PIN, while a courier who may ask for it is on the way to the shopper; else empty. */
export function pinToTell({ pin }: TrackState, order: OrderView): string {
  return phaseOf(order) === (isReturn(order) ? "to_pickup" : "on_way") ? pin : "";
}

/** How long ago the courier was last seen, when that is too long; else empty. */
export function staleWords(fix_at_ms: number, now_ms: number): string {
  return now_ms - fix_at_ms > STALE_AFTER_MS ? t("track.stale", { age: relative(fix_at_ms, now_ms) }) : "";
}

/** After this much business time without a fix a place is shown as old (fixes come every 5 s, phones rest up to 30). */
export const STALE_AFTER_MS = 60_000;
