import { expect, test } from "vitest";
import {
  bodyOf,
  type Drop,
  faultsFrom,
  faultsOf,
  filledLines,
  firstDrop,
  licenceDrafts,
  licenceOf,
  nextDrop,
} from "./drops";

const NOW_MS = new Date(2026, 10, 30, 9, 20).getTime();
const at = (hour: number, minute = 0) => new Date(2026, 10, 30, hour, minute).getTime();

function drop(more: Partial<Drop> = {}): Drop {
  return { ...firstDrop(NOW_MS), address: " 3 Maple Street ", ...more };
}

test("the first drop has a window of two hours that can still be kept", () => {
  expect(firstDrop(NOW_MS)).toMatchObject({ day: "2026-11-30", from: "11:00", until: "13:00" });
  const late = firstDrop(new Date(2026, 10, 30, 21, 20).getTime());
  expect(late).toMatchObject({ day: "2026-11-30", from: "23:00", until: "23:59" });
});

test("the next drop takes the window and the proofs of the last one, and nothing else", () => {
  const last = drop({ key: 4, from: "14:00", until: "15:00", proofs: ["photo"], name: "Ann" });
  const next = nextDrop([drop(), last], NOW_MS);
  expect(next).toMatchObject({ key: 5, from: "14:00", until: "15:00", proofs: ["photo"], name: "", address: "" });
});

test("what is typed becomes an order", () => {
  const lines = [
    { name: " Oil ", quantity: "3", sku: "" },
    { name: "", quantity: "1", sku: "" },
    { name: "", quantity: "2", sku: "rice" },
  ];
  const place = { address: "3 Maple Street", lat: 60.1, lon: 24.9 };
  const body = bodyOf(drop({ place, lines, weight_kg: "1,5", cash: "12.50", ref: "A-1" }), " W-7 ", "north");
  expect(body).toEqual({
    zone: "north",
    dropoff: { lat: 60.1, lon: 24.9, address: "3 Maple Street", name: "", phone: "", note: "" },
    ref: "A-1",
    drop_of: "W-7",
    earliest_at_ms: at(11),
    promise_at_ms: at(13),
    lines: [
      { name: "Oil", quantity: 3 },
      { name: "rice", quantity: 2, sku: "rice" },
    ],
    load: { weight_g: 1500 },
    requires: ["signature"],
    payment: { state: "cash", due_minor: 1250 },
  });
});

test("what is left open is not sent", () => {
  const body = bodyOf(drop({ from: "", until: "" }), "", "north");
  for (const name of ["earliest_at_ms", "promise_at_ms", "load", "payment"]) expect(body).not.toHaveProperty(name);
});

test.each<[Partial<Drop>, string]>([
  [{ address: "  " }, "address"],
  [{ from: "14:00", until: "14:00" }, "until"],
  [{ from: "14:00", until: "" }, "until"],
  [{ weight_kg: "heavy" }, "weight_kg"],
  [{ cash: "1.234" }, "cash"],
  [{ lines: [{ name: "Oil", quantity: "0", sku: "" }] }, "quantity.0"],
  [{ lines: [{ name: "Oil", quantity: "1.5", sku: "" }] }, "quantity.0"],
])("%j is told at its field", (more, field) => {
  expect(Object.keys(faultsOf(drop(more)))).toEqual([field]);
});

test("a drop that can be sent has no faults", () => {
  expect(faultsOf(drop())).toEqual({});
  expect(faultsOf(drop({ from: "" }))).toEqual({});
});

test("what the server says of a field stands at it, of a line at the line as it was typed", () => {
  const lines = [
    { name: "", quantity: "1", sku: "" },
    { name: "Oil", quantity: "1", sku: "oyl" },
  ];
  const filled = filledLines(drop({ lines }));
  const errors = [
    { pointer: "/lines/0/sku", code: "unknown_sku", detail: "There is no sku oyl." },
    { pointer: "/promise_at_ms", code: "window_in_the_past", detail: "x" },
    { pointer: "/nowhere", code: "odd", detail: "Odd." },
  ];
  expect(faultsFrom({ code: "bad", detail: "x", errors }, filled)).toEqual({
    "sku.1": "There is no such good; leave this empty.",
    until: "This time is over; choose a later one.",
    all: "Odd.",
  });
});

test("what is about no field is told of the drop", () => {
  expect(faultsFrom({ code: "not_approved", detail: "x" }, [])).toEqual({ all: "You are not approved yet." });
  expect(faultsFrom({ code: "brand_new", detail: "Something new." }, [])).toEqual({ all: "Something new." });
});

test("a licence is good until its last day is over, and is shown with that day again", () => {
  const typed = { key: 0, kind: "liquor" as const, number: " L-7 ", until: "2026-12-31" };
  const licence = licenceOf(typed);
  expect(licence).toEqual({ kind: "liquor", number: "L-7", expires_at_ms: new Date(2027, 0, 1).getTime() });
  expect(licenceDrafts([licence])).toEqual([{ ...typed, number: "L-7" }]);
  expect(licenceOf({ ...typed, until: "" }).expires_at_ms).toBe(0);
  expect(licenceDrafts([{ kind: "food", number: "F", expires_at_ms: 0 }])[0]?.until).toBe("");
});
