import { t } from "../shared/i18n";
import type { Claim } from "./claims";
import { type Checked, type Typed, whole } from "./stock_forms";

const LOT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

export interface Received {
  lines: readonly { line: number; restocked: number; written_off: number; lot: string }[];
  note: string;
}

/** What a depot says of goods that came back: of each line so many for the stock, so many written off; the rest is not there. */
export function checkReceived(typed: Typed, claim: Claim): Checked<Received> {
  const wrong: Record<string, string> = {};
  const lot = (typed.lot ?? "").trim();
  if (lot && !LOT.test(lot)) wrong.lot = t("claims.wrong.lot");
  const lines = claim.kind === "repair" ? [] : claim.lines.map((line) => received(typed, line, lot, wrong));
  if (Object.keys(wrong).length > 0) return { wrong, body: null };
  const came = lines.filter(({ restocked, written_off }) => restocked + written_off > 0);
  return { wrong: null, body: { lines: came, note: (typed.note ?? "").trim() } };
}

function received(
  typed: Typed,
  { line, quantity }: Claim["lines"][number],
  lot: string,
  wrong: Record<string, string>,
): Received["lines"][number] {
  const [restocked, written_off] = (["restocked", "written_off"] as const).map((what) => {
    const n = whole((typed[`${what}-${line}`] ?? "").trim() || "0", 0, 100_000);
    if (n === null) wrong[`${what}-${line}`] = t("claims.wrong.number");
    return n ?? 0;
  }) as [number, number];
  if (restocked + written_off > quantity) {
    wrong[`restocked-${line}`] ??= t("claims.wrong.pieces", { n: quantity });
  }
  return { line, restocked, written_off, lot };
}

/** A refusal says why. */
export function checkRefusal(typed: Typed): Checked<{ answer: string }> {
  const answer = (typed.answer ?? "").trim();
  if (!answer) return { wrong: { answer: t("claims.wrong.answer") }, body: null };
  return { wrong: null, body: { answer } };
}

/** What is agreed to: the words to the customer, and where the goods go. */
export function checkApproval(typed: Typed): Checked<{ answer: string; depot_id: string }> {
  return { wrong: null, body: { answer: (typed.answer ?? "").trim(), depot_id: typed.depot ?? "" } };
}

/** Everything came back and is good: what is the case most often, and has to be typed by nobody. */
export function firstReceived({ lines }: Claim): Typed {
  return Object.fromEntries(
    lines.flatMap(({ line, quantity }) => [
      [`restocked-${line}`, String(quantity)],
      [`written_off-${line}`, "0"],
    ]),
  );
}
