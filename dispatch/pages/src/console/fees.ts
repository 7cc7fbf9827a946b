import { digitsOf, minorOf, typedMoney } from "../shared/money";
import { type Checked, Faults, type Typed, whole } from "./stock_forms";

export const TIERS = [0, 1, 2, 3] as const;
export type Tier = (typeof TIERS)[number];

/** What a zone's deliveries cost, as `GET /v1/fees` has it; money is in the smallest unit of `currency`. */
export interface Fees {
  version: number;
  base_minor: number;
  per_km_minor: number;
  free_weight_g: number;
  per_kg_minor: number;
  tier_pct: readonly number[];
  currency: string;
}

export type FeesWish = Omit<Fees, "version">;

/** A price in its parts; `tier_minor` is what the tier adds or takes off. */
export interface Fee {
  total_minor: number;
  base_minor: number;
  distance_minor: number;
  weight_minor: number;
  tier_minor: number;
}

const MOST_TIER_PCT = 10_000;
const MOST_FREE_G = 10_000_000;
const GRAMS = 3;

/** What one delivery costs by a rule; to the cent what the server would ask (`dispatch/domain/fees.py`). */
export function feeOf(rule: FeesWish, distance_m: number, weight_g: number, tier: Tier): Fee {
  const distance_minor = roundedToEven(rule.per_km_minor * distance_m, 1000);
  const weight_minor = rule.per_kg_minor * Math.ceil(Math.max(0, weight_g - rule.free_weight_g) / 1000);
  const plain_minor = rule.base_minor + distance_minor + weight_minor;
  const total_minor = Math.floor((plain_minor * (rule.tier_pct[tier] ?? 100) + 50) / 100);
  return {
    total_minor,
    base_minor: rule.base_minor,
    distance_minor,
    weight_minor,
    tier_minor: total_minor - plain_minor,
  };
}

/** A quotient as Python rounds it: what lies in the middle goes to the even neighbour. */
function roundedToEven(dividend: number, divisor: number): number {
  const down = Math.floor(dividend / divisor);
  const twice = 2 * (dividend - down * divisor);
  return twice > divisor || (twice === divisor && down % 2 === 1) ? down + 1 : down;
}

/** The rule as somebody would type it. */
export function typedFees(fees: Fees): Typed {
  const { currency } = fees;
  return {
    base: typedMoney(fees.base_minor, currency),
    per_km: typedMoney(fees.per_km_minor, currency),
    free_kg: String(fees.free_weight_g / 1000),
    per_kg: typedMoney(fees.per_kg_minor, currency),
    currency,
    ...Object.fromEntries(TIERS.map((tier) => [`tier_${tier}`, String(fees.tier_pct[tier] ?? 100)])),
  };
}

/** Metres of typed kilometres, grams of typed kilograms; null: no number. */
export function thousandths(typed: string): number | null {
  return typed.trim() === "" ? null : minorOf(typed, GRAMS);
}

export function checkFees(typed: Typed): Checked<FeesWish> {
  const faults = new Faults();
  const currency = (typed.currency ?? "").trim().toUpperCase();
  if (!/^[A-Z]{3}$/.test(currency)) faults.note("currency", "fees.wrong.currency");
  const amount = (field: string) => {
    const text = typed[field] ?? "";
    const minor = text.trim() === "" ? null : minorOf(text, digitsOf(currency));
    if (minor === null) faults.note(field, "fees.wrong.amount");
    return minor ?? 0;
  };
  const free_weight_g = thousandths(typed.free_kg ?? "");
  if (free_weight_g === null || free_weight_g > MOST_FREE_G) faults.note("free_kg", "fees.wrong.weight");
  const tier_pct = TIERS.map((tier) => {
    const pct = whole(typed[`tier_${tier}`] ?? "", 0, MOST_TIER_PCT);
    if (pct === null) faults.note(`tier_${tier}`, "fees.wrong.pct", { most: MOST_TIER_PCT });
    return pct ?? 0;
  });
  return faults.or({
    base_minor: amount("base"),
    per_km_minor: amount("per_km"),
    free_weight_g: free_weight_g ?? 0,
    per_kg_minor: amount("per_kg"),
    tier_pct,
    currency,
  });
}
