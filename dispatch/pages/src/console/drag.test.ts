import { expect, test } from "vitest";
import { t } from "../shared/i18n";
import type { OrderView, StopView } from "../shared/protocol/messages";
import { EMPTY_ZONE, reduceZone, type ZoneState } from "../shared/store/zone";
import { aCourier, anOrder, aSnapshot } from "../shared/testing/views";
import { wishOf } from "./changes";
import { decide, type Source, sourceName, type Target, type Verdict, verdictKey } from "./drag";

const stop = (stop_id: string, kind: StopView["kind"], order_ids: string[], state?: StopView["state"]): StopView => ({
  ...{ stop_id, kind, order_ids, lat: 0, lon: 0, name: stop_id },
  ...(state && { state }),
});
const had = (id: string, given: Partial<OrderView> = {}) =>
  anOrder({ id, ref: id.toUpperCase(), status: "assigned", courier_id: "ada", ...given });

/** Ada fetches a and b together and brings them; c is on board. Bo is free. Cy is off duty. */
const ZONE: ZoneState = reduceZone(
  EMPTY_ZONE,
  aSnapshot({
    zone: "z",
    orders: [
      had("a"),
      had("b"),
      had("c", { status: "picked_up" }),
      had("off", { status: "offered" }),
      anOrder({ id: "w" }),
      anOrder({ id: "h", status: "held" }),
      anOrder({ id: "d", status: "delivered", courier_id: "ada" }),
      anOrder({ id: "f", status: "attempt_failed", courier_id: "ada" }),
    ],
    couriers: [
      aCourier({
        id: "ada",
        name: "Ada",
        stops: [
          stop("bring-c", "dropoff", ["c"], "en_route"),
          stop("fetch", "pickup", ["a", "b"]),
          stop("bring-a", "dropoff", ["a"]),
          stop("bring-b", "dropoff", ["b"]),
        ],
      }),
      aCourier({ id: "bo", name: "Bo" }),
      aCourier({ id: "cy", name: "Cy", duty: "off_duty" }),
    ],
  }),
);
const BO: Target = { kind: "courier", id: "bo" };
const QUEUE: Target = { kind: "queue" };
const ada = (place?: number): Target => ({ kind: "courier", id: "ada", ...(place !== undefined && { place }) });
const order = (id: string): Source => ({ kind: "order", id });
const bar = (stop_id: string): Source => ({ kind: "stop", courier_id: "ada", stop_id });
const why = (source: Source, target: Target) => {
  const verdict = decide(source, target, ZONE);
  return verdict.kind === "no" ? verdict.why : verdict.kind;
};
const change = (verdict: Verdict) => (verdict.kind === "change" ? verdict.change : null);

test("an order goes to a courier, from a row, a mark or its bar alike", () => {
  expect(change(decide(order("w"), BO, ZONE))).toEqual({ kind: "assign", id: "w", first: { courier_id: "bo" } });
  expect(change(decide(order("a"), BO, ZONE))).toEqual({ kind: "assign", id: "a", first: { courier_id: "bo" } });
  expect(change(decide(bar("bring-a"), BO, ZONE))).toEqual({ kind: "assign", id: "a", first: { courier_id: "bo" } });
});

test("a stop of several orders takes all of them along", () => {
  const first = { order_ids: ["a", "b"], courier_id: "bo" };
  expect(change(decide(bar("fetch"), BO, ZONE))).toEqual({ kind: "split", id: "ada", first });
  const off = change(decide(bar("fetch"), QUEUE, ZONE));
  expect(off).toEqual({ kind: "split", id: "ada", first: { ...first, courier_id: "" } });
  const chosen = { courier_id: "", order_ids: [], stop_ids: [], lock: "courier" as const };
  expect(off && wishOf(off.kind, off.id, { ...chosen, ...off.first }, ZONE)).toMatchObject({ action: "split" });
});

test("on the strip an order waits again, offers too; what waits already stays", () => {
  expect(change(decide(bar("bring-a"), QUEUE, ZONE))).toMatchObject({ kind: "unassign", id: "a" });
  expect(change(decide(order("off"), QUEUE, ZONE))).toMatchObject({ kind: "unassign", id: "off" });
  expect(why(order("w"), QUEUE)).toBe("nothing");
  expect(why(order("h"), QUEUE)).toBe("nothing");
});

test("along its own lane a stop gets another place in the sequence, and never before its pickup", () => {
  const after = { stop_ids: ["fetch", "bring-b", "bring-a"] };
  expect(change(decide(bar("bring-b"), ada(1), ZONE))).toEqual({ kind: "resequence", id: "ada", first: after });
  expect(why(bar("bring-b"), ada(2))).toBe("nothing");
  expect(why(bar("bring-b"), ada())).toBe("nothing");
  expect(why(bar("bring-a"), ada(0))).toBe("drag.no.before_pickup");
  expect(why(bar("fetch"), ada(1))).toBe("drag.no.before_pickup");
  expect(why(bar("bring-c"), ada(2))).toBe("drag.no.started");
  expect(why(order("a"), ada(0))).toBe("drag.no.theirs");
});

test("what only a handover, a release or nobody can do is said", () => {
  expect(why(bar("bring-c"), BO)).toBe("drag.no.on_board");
  expect(why(order("c"), QUEUE)).toBe("drag.no.on_board");
  expect(why(order("h"), BO)).toBe("drag.no.held");
  expect(why(order("d"), BO)).toBe("drag.no.over");
  expect(why(order("f"), BO)).toBe("drag.no.failed");
  expect(why(order("w"), { kind: "courier", id: "cy" })).toBe("drag.no.off_duty");
  expect(why(order("w"), { kind: "courier", id: "nobody" })).toBe("drag.no.off_duty");
  expect(why(order("nothing"), BO)).toBe("drag.no.gone");
  expect(why(bar("nowhere"), BO)).toBe("drag.no.gone");
});

test("every drop is a sentence", () => {
  const said = (source: Source, target: Target) => t(...verdictKey(decide(source, target, ZONE), target, ZONE));
  expect(said(order("w"), BO)).toBe("Give to Bo");
  expect(said(bar("fetch"), BO)).toBe("Give 2 orders to Bo");
  expect(said(bar("fetch"), QUEUE)).toBe("Take 2 orders off the route");
  expect(said(order("a"), QUEUE)).toBe("Take it off the route");
  expect(said(bar("bring-b"), ada(1))).toBe("Stop 2 of what is ahead of Ada");
  expect(said(order("w"), QUEUE)).toBe("It is here already");
  expect(said(order("c"), BO)).toContain("Ada has the goods of C on board");
  expect([sourceName(order("a"), ZONE), sourceName(bar("fetch"), ZONE)]).toEqual(["A", "fetch"]);
});
