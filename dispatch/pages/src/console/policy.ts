import { t } from "../shared/i18n";
import { type Checked, Faults, whole } from "./stock_forms";

/** For how many days after the delivery goods of a category may be claimed; 0: never. No category: all others. */
export interface PolicyRule {
  category: string;
  no_reason_days: number;
  fault_days: number;
  repair_days: number;
}

/** What a zone grants, as `GET /v1/after-sales/policy` has it. */
export interface Policy {
  version: number;
  rules: readonly PolicyRule[];
}

export const TERMS = ["no_reason_days", "fault_days", "repair_days"] as const;
export type Term = (typeof TERMS)[number];

/** A rule as it was typed; `key` stays while its category changes. */
export interface TypedRule extends Readonly<Record<"category" | Term, string>> {
  key: number;
}

export const MOST_DAYS = 1_100;
export const MOST_RULES = 200;
const MOST_LETTERS = 100;

/** The rules as somebody would type them, the one for all others first. */
export function typedRules({ rules }: Policy): TypedRule[] {
  const others = rules.filter(({ category }) => category === "");
  return [...others, ...rules.filter(({ category }) => category !== "")].map((rule, key) => ({
    key,
    category: rule.category,
    no_reason_days: String(rule.no_reason_days),
    fault_days: String(rule.fault_days),
    repair_days: String(rule.repair_days),
  }));
}

/** A rule for one more category: what holds for all others, until somebody says more. */
export function withOneMore(rules: readonly TypedRule[]): TypedRule[] {
  const like = rules[0] ?? { no_reason_days: "7", fault_days: "15", repair_days: "365" };
  return [...rules, { ...like, key: 1 + Math.max(-1, ...rules.map(({ key }) => key)), category: "" }];
}

/** Field by field what is wrong (`category 3`, by the rule's key), or the rules to be sent. */
export function checkRules(typed: readonly TypedRule[]): Checked<PolicyRule[]> {
  const faults = new Faults();
  const seen = new Set<string>();
  const rules = typed.map((rule, at) => {
    const category = rule.category.trim();
    const plain = category.toLocaleLowerCase();
    if (at > 0 && (category === "" || category.length > MOST_LETTERS)) {
      faults.note(`category ${rule.key}`, "policy.wrong.category");
    }
    if (at > 0 && seen.has(plain)) faults.note(`category ${rule.key}`, "policy.wrong.twice");
    seen.add(plain);
    const days = (term: Term) => {
      const n = whole(rule[term], 0, MOST_DAYS);
      if (n === null) faults.note(`${term} ${rule.key}`, "policy.wrong.days", { most: MOST_DAYS });
      return n ?? 0;
    };
    return {
      category,
      no_reason_days: days("no_reason_days"),
      fault_days: days("fault_days"),
      repair_days: days("repair_days"),
    };
  });
  return faults.or(rules);
}

export function isSamePolicy(rules: readonly PolicyRule[], policy: Policy): boolean {
  const plain = (all: readonly PolicyRule[]) =>
    JSON.stringify(all.map((rule) => [rule.category, ...TERMS.map((term) => rule[term])]));
  return plain(rules) === plain(checkRules(typedRules(policy)).body ?? []);
}

/** What a rule means, in a sentence. */
export function ruleWords({ category, no_reason_days, fault_days, repair_days }: PolicyRule): string {
  const about = category || t("policy.others");
  if (no_reason_days + fault_days + repair_days === 0) return t("policy.means.nothing", { about });
  const days = (n: number) => t(n === 1 ? "policy.day" : "policy.days", { n });
  const parts = [
    no_reason_days ? t("policy.means.no_reason", { days: days(no_reason_days) }) : t("policy.means.no_reason.never"),
    fault_days ? t("policy.means.fault", { days: days(fault_days) }) : t("policy.means.fault.never"),
    repair_days ? t("policy.means.repair", { days: days(repair_days) }) : t("policy.means.repair.never"),
  ];
  return t("policy.means", { about, parts: parts.join(t("policy.means.and")) });
}
