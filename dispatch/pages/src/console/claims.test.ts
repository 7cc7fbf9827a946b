import { afterEach, expect, test, vi } from "vitest";
import "./texts";
import { checkApproval, checkReceived, checkRefusal, firstReceived } from "./claim_forms";
import {
  actsOf,
  type Claim,
  claimsNamed,
  dueOf,
  dueWords,
  OPEN_CLAIMS,
  statusWords,
  toneOfClaim,
  whatWords,
} from "./claims";
import { fetchClaims, fetchClaimsOf } from "./claims_api";

const NOW_MS = new Date(2026, 10, 29, 12).getTime();

afterEach(() => vi.unstubAllGlobals());

function aClaim(fields: Partial<Claim> = {}): Claim {
  const lines = [
    { line: 0, name: "Charger", sku: "charger", quantity: 2, restocked: 0, written_off: 0 },
    { line: 3, name: "A card", sku: "", quantity: 1, restocked: 0, written_off: 0 },
  ];
  const times = { at_ms: NOW_MS, answer_due_at_ms: NOW_MS + 3_600_000, delivered_at_ms: NOW_MS };
  const told = { id: "k1", order_id: "o-1", kind: "return", reason: "quality", depot_id: "d1", ref: "R-7" } as const;
  return { ...told, ...times, status: "requested", lines, ...fields };
}

test("what can be done follows from where a claim stands", () => {
  expect(actsOf(aClaim())).toEqual(["approve", "refuse"]);
  expect(actsOf(aClaim({ status: "approved" }))).toEqual(["receive"]);
  expect(actsOf(aClaim({ status: "collecting" }))).toEqual(["receive"]);
  expect(actsOf(aClaim({ status: "received", kind: "repair" }))).toEqual(["repaired"]);
  expect(actsOf(aClaim({ status: "received", kind: "exchange" }))).toEqual(["resend"]);
  expect(actsOf(aClaim({ status: "received", kind: "repair", delivery_order_id: "o-2" }))).toEqual([]);
  expect(actsOf(aClaim({ status: "done" }))).toEqual([]);
});

test("a claim is found by its order, its goods and the customer's words", () => {
  const claims = [aClaim({ text: "充不了电" }), aClaim({ id: "k2", ref: "B-1", lines: [] })];
  for (const text of ["r-7", "CHARGER", "充不了", "a card"]) expect(claimsNamed(claims, text)).toEqual([claims[0]]);
  expect(claimsNamed(claims, " ")).toEqual(claims);
});

test("what waits for an answer is counted, and what is overdue by the zone's word", () => {
  const late = aClaim({ id: "k2", escalated_at_ms: NOW_MS });
  const refused = aClaim({ status: "refused", escalated_at_ms: NOW_MS });
  expect(dueOf([aClaim(), late, refused])).toEqual({ waiting: 2, overdue: 1 });
  expect(dueOf([])).toEqual({ waiting: 0, overdue: 0 });
});

test("what is asked for, where it stands and until when it is due are told in words and a tone", () => {
  const claim = aClaim();
  expect(whatWords(claim)).toBe("Return: Charger × 2, A card × 1");
  expect([toneOfClaim(claim, NOW_MS), dueWords(claim, NOW_MS)]).toEqual(["at_risk", "Answer due 13:00"]);
  const late_ms = claim.answer_due_at_ms;
  expect([toneOfClaim(claim, late_ms), dueWords(claim, late_ms)]).toEqual(["late", "Answer overdue since 13:00"]);
  expect(statusWords(aClaim({ status: "collecting" }))).toBe("Coming in");
  expect(statusWords(aClaim({ status: "collecting", arrived_at_ms: NOW_MS }))).toBe("Arrived");
  expect(dueWords(aClaim({ status: "refused" }), NOW_MS)).toBe("");
  expect(toneOfClaim(aClaim({ status: "refused" }), NOW_MS)).toBe("unknown");
});

test("a depot says of each line what lies in stock again; what did not come is left out", () => {
  const claim = aClaim();
  expect(checkReceived(firstReceived(claim), claim).body).toEqual({
    lines: [
      { line: 0, restocked: 2, written_off: 0, lot: "" },
      { line: 3, restocked: 1, written_off: 0, lot: "" },
    ],
    note: "",
  });
  const some = { "restocked-0": "1", "written_off-0": "1", lot: "B", note: " wet " };
  expect(checkReceived(some, claim).body).toEqual({
    lines: [{ line: 0, restocked: 1, written_off: 1, lot: "B" }],
    note: "wet",
  });
  const wrong = { "restocked-0": "2", "written_off-0": "1", "restocked-3": "x", lot: "é" };
  expect(checkReceived(wrong, claim).wrong).toEqual({
    "restocked-0": "At most 2 can have come back.",
    "restocked-3": "A whole number.",
    lot: "Letters, digits, dots and dashes.",
  });
  expect(checkReceived({}, aClaim({ kind: "repair" })).body).toEqual({ lines: [], note: "" });
});

test("a refusal has its words, an agreement may have some", () => {
  expect(checkRefusal({ answer: "  " }).wrong).toEqual({ answer: "Tell the customer why." });
  expect(checkRefusal({ answer: " used " }).body).toEqual({ answer: "used" });
  expect(checkApproval({ depot: "d1" }).body).toEqual({ answer: "", depot_id: "d1" });
});

test("as many pages are asked for as it takes to find what is wanted", async () => {
  const asked = vi.fn(async (path: string) => {
    const before = new URL(path, "http://desk").searchParams.get("before");
    return Response.json(before ? { claims: [aClaim({ id: "k2" })] } : { claims: [aClaim()], before: "1.k1" });
  });
  vi.stubGlobal("fetch", asked);
  const all = await fetchClaims("", "east", OPEN_CLAIMS, (claims) => claims, 2);
  expect(all).toMatchObject({ claims: [{ id: "k1" }, { id: "k2" }], more: false });
  expect(asked.mock.calls.map(([path]) => path)[0]).toContain("status=open");
  const filter = { status: "all", text: "x" } as const;
  expect(await fetchClaims("", "east", filter, () => [], 1)).toEqual({ claims: [], more: false });
  expect(await fetchClaimsOf("", "east", "o-1")).toMatchObject([{ id: "k1" }]);
  expect(asked.mock.lastCall?.[0]).toContain("order_id=o-1");
  vi.stubGlobal("fetch", async () => Response.json({}, { status: 403 }));
  expect(await fetchClaimsOf("", "east", "o-1")).toEqual([]);
  expect(await fetchClaims("", "east", OPEN_CLAIMS, (claims) => claims, 1)).toEqual({ kind: "forbidden" });
});
