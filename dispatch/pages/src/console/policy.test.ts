import { expect, test, vi } from "vitest";
import { setLang } from "../shared/i18n";
import "./texts";
import { checkRules, isSamePolicy, type Policy, ruleWords, typedRules, withOneMore } from "./policy";

const POLICY: Policy = {
  version: 1,
  rules: [
    { category: "Fresh", no_reason_days: 0, fault_days: 1, repair_days: 0 },
    { category: "", no_reason_days: 7, fault_days: 15, repair_days: 365 },
  ],
};

test("the rule for all others comes first, and what is typed is the policy again", () => {
  const typed = typedRules(POLICY);
  expect(typed.map(({ category }) => category)).toEqual(["", "Fresh"]);
  expect(checkRules(typed).body?.[1]).toEqual(POLICY.rules[0]);
  expect(isSamePolicy(checkRules(typed).body ?? [], POLICY)).toBe(true);
});

test("one more category begins with what holds for all others, and has to be named", () => {
  const more = withOneMore(typedRules(POLICY));
  expect(more[2]).toEqual({ key: 2, category: "", no_reason_days: "7", fault_days: "15", repair_days: "365" });
  expect(Object.keys(checkRules(more).wrong ?? {})).toEqual(["category 2"]);
});

test("a category has one rule, however it is written, and days are whole", () => {
  const [all, fresh] = typedRules(POLICY);
  if (!all || !fresh) throw new Error("two rules are typed");
  const twice = { ...fresh, key: 7, category: " FRESH " };
  expect(checkRules([all, fresh, twice]).wrong).toEqual({ "category 7": "This category has a rule already." });
  const wrong = { ...all, fault_days: "1.5", repair_days: "1101" };
  expect(Object.keys(checkRules([wrong]).wrong ?? {})).toEqual(["fault_days 0", "repair_days 0"]);
});

test("a rule says in a sentence what it means", () => {
  const [fresh, all] = POLICY.rules;
  if (!all || !fresh) throw new Error("there are two rules");
  expect(ruleWords(all)).toBe(
    "All other goods: returned or exchanged without a reason within 7 days, for a fault within 15 days, repaired within 365 days.",
  );
  expect(ruleWords(fresh)).toBe("Fresh: no return without a reason, for a fault within 1 day, no repair.");
  expect(ruleWords({ ...fresh, fault_days: 0 })).toBe("Fresh: nothing can be claimed.");
  vi.stubGlobal("document", { documentElement: { lang: "" } });
  setLang("zh");
  expect(ruleWords(all)).toBe("其他商品：7 天内可无理由退换，15 天内有问题可退换，365 天内可维修。");
  setLang("en");
  vi.unstubAllGlobals();
});
