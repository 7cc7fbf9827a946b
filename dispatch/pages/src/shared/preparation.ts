import { type Key, t } from "./i18n";
import type { PreparationView } from "./protocol/messages";

const ORDER = ["paid", "picking", "packed"] as const;

/** What was reported of an order before a courier had the goods, in the order in which people do it. */
export function preparationOf(steps: readonly PreparationView[]): readonly PreparationView[] {
  return ORDER.flatMap((step) => steps.filter((reported) => reported.step === step));
}

/** How a step is called; `over` once the next one has begun. */
export function preparationKey(step: PreparationView["step"], over: boolean): Key {
  return step === "picking" && over ? "prep.step.picked" : `prep.step.${step}`;
}

export function preparationWords(step: PreparationView["step"]): string {
  return t(preparationKey(step, false));
}
