import { t } from "../shared/i18n";
import { refusalWords } from "../shared/sign_in/words";
import type { Outcome } from "./api";

/** Why something about a user was not done; empty when it was. */
export function outcomeWords(outcome: Outcome): string {
  if (outcome.kind === "refused") return refusalWords(outcome.code ?? "", outcome.detail);
  if (outcome.kind === "forbidden") return t("staff.error.forbidden");
  return outcome.kind === "unreachable" ? t("staff.error.unreachable") : "";
}

/** What limits somebody beside their zones; empty: nothing does. */
export function depotsWords(depots: readonly string[] = []): string {
  return depots.length > 0 ? t("staff.depots.only", { depots: depots.join(", ") }) : "";
}

export function zonesWords(zones: readonly string[]): string {
  return zones.length > 0 ? zones.join(", ") : t("staff.zones.all");
}
