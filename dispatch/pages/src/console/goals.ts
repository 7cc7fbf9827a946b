import { doneAt_ms, isBrought, phaseOf, reachedAt_ms, toneOf } from "../shared/order";
import type { CourierView, GoalsView, OrderView } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Rates and medians are those of the hour before. */
export const WINDOW_MS = HOUR_MS;
const STEP_MS = 5 * MINUTE_MS;
/** The last hour in steps of five minutes, both ends included. */
const STEPS = 12;
/** A trend is told against so long ago. */
const TREND_MS = 15 * MINUTE_MS;
const MOST_SHOWN = 5;

/** An order of `late` is past its promise now; one `at_risk` is not yet, but is expected to be. */
export type FigureId = "on_time" | "open" | "at_risk" | "late" | "door" | "pace" | "waiting";
export const FIGURES: readonly FigureId[] = ["on_time", "open", "at_risk", "late", "waiting", "door", "pace"];

export type GoalVerdict = "met" | "near" | "missed" | "none";
/** Whether it has become better or worse; `same` also where more is neither. */
export type Trend = "better" | "worse" | "same";

export interface Figure {
  id: FigureId;
  /** In percent, orders, minutes, or orders per courier and hour; null: nothing to tell it from. */
  value: number | null;
  /** How many orders it is about, where the figure itself is a share. */
  orders: number;
  goal: number | null;
  verdict: GoalVerdict;
  trend: Trend;
  /** Whether it went up, down or neither: what the arrow shows. */
  moved: -1 | 0 | 1;
}

/** The goals of a zone that has set none, and of a server that does not tell. */
export const FIRST_GOALS: GoalsView = {
  version: 0,
  on_time_pct: 95,
  at_risk_pct: 10,
  late_pct: 3,
  door_min: 40,
  orders_per_courier_hour: 2,
  waiting_orders: 0,
  waiting_s: 120,
};

/** What of an order decides the figures at any moment, from its own timeline. */
interface Life {
  order: OrderView;
  created_ms: number;
  promise_ms: number;
  delivered_ms: number;
  ended_ms: number;
  /** Spans without a courier. */
  waits: readonly (readonly [from_ms: number, until_ms: number])[];
  /** Open, and expected to be late. */
  expectedLate: boolean;
}

const NEVER = Number.POSITIVE_INFINITY;

export function livesOf(zone: ZoneState, now_ms: number): Life[] {
  return [...zone.orders.values()].filter(isBrought).map((order) => {
    const delivered_ms = doneAt_ms(order) ?? NEVER;
    const over_ms = reachedAt_ms(order, "canceled", "returned", "returning") ?? NEVER;
    const open = ["done", "canceled"].includes(phaseOf(order)) === false;
    return {
      order,
      created_ms: order.created_at_ms,
      promise_ms: order.promise_at_ms || NEVER,
      delivered_ms,
      ended_ms:
        open && order.status !== "returned" && order.status !== "returning" ? NEVER : Math.min(delivered_ms, over_ms),
      waits: waitsOf(order),
      expectedLate: open && ["late", "at_risk"].includes(toneOf(order, now_ms)),
    };
  });
}

/** When the order had no courier, though it might have: from each time it could be dispatched to the next step. */
export function waitsOf(order: OrderView): [from_ms: number, until_ms: number][] {
  const timeline = order.timeline ?? [];
  return timeline.flatMap(({ status, at_ms }, i) => {
    if (status !== "dispatchable") return [];
    const from_ms = Math.max(at_ms, order.ready_at_ms ?? 0);
    const next = timeline[i + 1];
    return [[from_ms, next ? next.at_ms : order.status === "dispatchable" ? NEVER : at_ms]];
  });
}

/** The orders that a figure is about at a moment, and that make it bad. */
function badAt(id: FigureId, lives: readonly Life[], goals: GoalsView, at_ms: number): Life[] {
  const isOpen = (life: Life) => life.created_ms <= at_ms && life.ended_ms > at_ms;
  switch (id) {
    case "open":
      return lives.filter(isOpen);
    case "late":
      return lives.filter((life) => isOpen(life) && life.promise_ms < at_ms);
    case "at_risk":
      return lives.filter(
        (life) =>
          isOpen(life) &&
          life.promise_ms >= at_ms &&
          (life.delivered_ms === NEVER ? life.expectedLate : life.delivered_ms > life.promise_ms),
      );
    case "waiting":
      return lives.filter(({ waits }) =>
        waits.some(([from_ms, until_ms]) => at_ms - from_ms > goals.waiting_s * 1000 && until_ms > at_ms),
      );
    case "on_time":
      return deliveredBefore(lives, at_ms).filter((life) => life.delivered_ms > life.promise_ms);
    case "door":
      return deliveredBefore(lives, at_ms)
        .filter((life) => life.delivered_ms - life.created_ms > goals.door_min * MINUTE_MS)
        .sort((a, b) => b.delivered_ms - b.created_ms - (a.delivered_ms - a.created_ms));
    case "pace":
      return [];
  }
}

function deliveredBefore(lives: readonly Life[], at_ms: number): Life[] {
  return lives.filter(({ delivered_ms }) => delivered_ms <= at_ms && delivered_ms > at_ms - WINDOW_MS);
}

interface Sample {
  value: number | null;
  orders: number;
}

function sampleAt(id: FigureId, lives: readonly Life[], zone: ZoneState, goals: GoalsView, at_ms: number): Sample {
  const bad = badAt(id, lives, goals, at_ms).length;
  const share = (whole: number) => (whole === 0 ? null : (100 * bad) / whole);
  switch (id) {
    case "open":
    case "waiting":
      return { value: bad, orders: bad };
    case "late":
    case "at_risk":
      return { value: share(badAt("open", lives, goals, at_ms).length) ?? 0, orders: bad };
    case "on_time": {
      const late = share(deliveredBefore(lives, at_ms).length);
      return { value: late === null ? null : 100 - late, orders: bad };
    }
    case "door": {
      const times = deliveredBefore(lives, at_ms).map((life) => life.delivered_ms - life.created_ms);
      const median_ms = median(times);
      return { value: median_ms === null ? null : median_ms / MINUTE_MS, orders: bad };
    }
    case "pace": {
      const hours = courierHours([...zone.couriers.values()], at_ms - WINDOW_MS, at_ms);
      const delivered = deliveredBefore(lives, at_ms).length;
      return { value: hours < 1 / 60 ? null : delivered / hours, orders: delivered };
    }
  }
}

export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** Hours on duty within a span, all couriers together: of each the shift that is on, or was last. */
export function courierHours(couriers: readonly CourierView[], from_ms: number, to_ms: number): number {
  const worked_ms = couriers.map(({ duty, shift_from_ms = 0, duty_since_ms = 0 }) => {
    const until_ms = duty === "off_duty" ? duty_since_ms : to_ms;
    const known = duty !== "off_duty" || shift_from_ms > 0;
    return known ? Math.max(0, Math.min(until_ms, to_ms) - Math.max(shift_from_ms, from_ms)) : 0;
  });
  return worked_ms.reduce((sum, each) => sum + each, 0) / HOUR_MS;
}

/** More is better of these; of the others less is; of open orders neither. */
const MORE_IS_BETTER: ReadonlySet<FigureId> = new Set<FigureId>(["on_time", "pace"]);

export function goalOf(id: FigureId, goals: GoalsView): number | null {
  const wanted: Readonly<Record<FigureId, number | null>> = {
    on_time: goals.on_time_pct,
    open: null,
    at_risk: goals.at_risk_pct,
    late: goals.late_pct,
    door: goals.door_min,
    pace: goals.orders_per_courier_hour,
    waiting: goals.waiting_orders,
  };
  return wanted[id];
}

/** `near`: the goal is missed, by a little: a twentieth of what is to be reached, a fifth (and one order) of a limit. */
export function goalVerdict(id: FigureId, value: number | null, goal: number | null): GoalVerdict {
  if (value === null || goal === null) return "none";
  if (MORE_IS_BETTER.has(id)) return value >= goal ? "met" : value >= goal * 0.95 ? "near" : "missed";
  const slack = id === "waiting" ? 1 : 0;
  return value <= goal ? "met" : value <= goal * 1.2 + slack ? "near" : "missed";
}

export function figuresOf(zone: ZoneState, now_ms: number): Figure[] {
  const goals = zone.goals ?? FIRST_GOALS;
  const lives = livesOf(zone, now_ms);
  return FIGURES.map((id) => {
    const now = sampleAt(id, lives, zone, goals, now_ms);
    const before = sampleAt(id, lives, zone, goals, now_ms - TREND_MS).value;
    const goal = goalOf(id, goals);
    const moved = movedBy(now.value, before);
    const better = MORE_IS_BETTER.has(id) ? 1 : -1;
    const trend = moved === 0 || id === "open" ? "same" : moved === better ? "better" : "worse";
    return { id, ...now, goal, verdict: goalVerdict(id, now.value, goal), trend, moved };
  });
}

/** Less than a twentieth is no move. */
function movedBy(now: number | null, before: number | null): -1 | 0 | 1 {
  if (now === null || before === null) return 0;
  if (Math.abs(now - before) < Math.max(0.5, Math.abs(before) * 0.05)) return 0;
  return now > before ? 1 : -1;
}

/** The last hour of a figure, the oldest first; null where there was nothing to tell it from. */
export function historyOf(id: FigureId, zone: ZoneState, now_ms: number): (number | null)[] {
  const goals = zone.goals ?? FIRST_GOALS;
  const lives = livesOf(zone, now_ms);
  return Array.from({ length: STEPS + 1 }, (_, i) => {
    return sampleAt(id, lives, zone, goals, now_ms - (STEPS - i) * STEP_MS).value;
  });
}

/** The orders that make a figure what it is, the gravest first; at most a handful. */
export function culpritsOf(id: FigureId, zone: ZoneState, now_ms: number): OrderView[] {
  if (id === "open") return [];
  const bad = badAt(id, livesOf(zone, now_ms), zone.goals ?? FIRST_GOALS, now_ms);
  const first = id === "door" ? bad : bad.sort((a, b) => a.promise_ms - b.promise_ms);
  return first.slice(0, MOST_SHOWN).map(({ order }) => order);
}

/** The filter that lists the orders of a figure; empty where no list tells more. */
export function filterOf(id: FigureId, goals: GoalsView): string {
  switch (id) {
    case "on_time":
      return "done:60m is:late";
    case "open":
      return "is:open";
    case "late":
      return "is:open is:overdue";
    case "at_risk":
      return "is:open is:at_risk -is:overdue";
    case "waiting":
      return `waiting:${goals.waiting_s}s`;
    case "door":
      return `done:60m took:${goals.door_min}m`;
    case "pace":
      return "done:60m";
  }
}

/** The points of a line that shows a history in a box of so many units; gaps break it into several lines. */
export function sparkline(history: readonly (number | null)[], width: number, height: number): string[] {
  const known = history.filter((value): value is number => value !== null);
  if (known.length === 0) return [];
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const lines: string[][] = [[]];
  history.forEach((value, i) => {
    if (value === null) {
      lines.push([]);
      return;
    }
    const x = (i / Math.max(1, history.length - 1)) * width;
    const y = high === low ? height / 2 : height - ((value - low) / (high - low)) * height;
    lines.at(-1)?.push(`${x.toFixed(1)},${y.toFixed(1)}`);
  });
  return lines.filter((line) => line.length > 0).map((line) => line.join(" "));
}
