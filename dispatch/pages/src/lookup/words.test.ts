import "./texts";
import { expect, test } from "vitest";
import type { FoundOrder } from "./api";
import { dayAndTime, refusalWords, rows } from "./words";

const NOW_MS = new Date(2026, 10, 29, 18, 0).getTime();
const MINUTE_MS = 60_000;

function found(more: Partial<FoundOrder>): FoundOrder {
  return { id: "o-1234567890ab", status: "picked_up", created_at_ms: NOW_MS - 30 * MINUTE_MS, link: "/t/x", ...more };
}

test("what is under way comes first and says when", () => {
  const coming = found({ eta_at_ms: NOW_MS + 24 * MINUTE_MS, eta_late_at_ms: NOW_MS + 31 * MINUTE_MS });
  const done = found({ id: "o-2", status: "delivered", ended_at_ms: NOW_MS - 60 * MINUTE_MS, ref: "R-7" });
  const { open, over } = rows([coming, done], NOW_MS);
  expect(open.map((row) => [row.answer, row.doing, row.number])).toEqual([
    ["Arrives 18:24–18:31", "Your order is on its way", "7890AB"],
  ]);
  expect(over.map((row) => [row.answer, row.number, row.note])).toEqual([
    ["Delivered at 17:00", "R-7", "Ordered 17:30"],
  ]);
});

test("an order without a page says so", () => {
  const old = found({ status: "canceled", ended_at_ms: NOW_MS - 2 * 24 * 60 * MINUTE_MS, link: "" });
  const [row] = rows([old], NOW_MS).over;
  expect(row?.note).toMatch(/^Ended Fri.*18:00; there is no page/);
  expect(row?.answer).toBe("This order was canceled");
});

test("a day is named when it is another one", () => {
  expect(dayAndTime(NOW_MS, NOW_MS)).toBe("18:00");
  expect(dayAndTime(NOW_MS - 24 * 60 * MINUTE_MS, NOW_MS)).toMatch(/Sat.*18:00/);
});

test("a refusal says what to do", () => {
  const wait = { code: "too_many_codes", detail: "", retry_after_s: 30 };
  expect(refusalWords(wait)).toBe("Too many codes were asked for. Wait 30 s, then try again.");
  expect(refusalWords({ code: "bad_field", detail: "Too long.", retry_after_s: 0 })).toBe(
    "That did not work: Too long.",
  );
});

test("what is to be fetched says where, and what a carrier has says whose it is", () => {
  const kept = found({ status: "at_depot", mode: "self_pickup", packed: true, shop: "North", link: "/t/x" });
  const sent = found({ id: "o-2", status: "with_carrier", mode: "carrier", carrier: "DHL" });
  const { open } = rows([kept, sent], NOW_MS);
  expect(open.map(({ answer }) => answer)).toEqual(["Ready: come and fetch it", "On its way with DHL"]);
});
