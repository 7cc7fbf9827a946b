import { t, tCode } from "../shared/i18n";
import type { Outcome } from "./api";
import type { Asked, Me } from "./staff_api";

const KNOWN: ReadonlySet<string> = new Set([
  "wrong_password",
  "account_inactive",
  "one_time_expired",
  "code_needed",
  "wrong_code",
  "second_factor_on",
  "second_factor_not_begun",
  "short_password",
  "long_password",
  "common_password",
  "same_password",
  "bad_origin",
  "user_exists",
  "bad_user",
  "bad_name",
  "last_admin",
  "zones_not_yours",
  "user_not_yours",
  "unknown_user",
]);

/** Why the server refused, in a sentence; its own words where we have none. */
export function refusalWords(code: string, detail: string): string {
  return KNOWN.has(code) ? tCode("staff.error", code) : t("staff.error.other", { detail });
}

/** Why nobody was let in. */
export function replyWords(reply: Asked<unknown>): string {
  if (reply.kind === "granted") return "";
  if (reply.kind === "unreachable") return t("staff.error.unreachable");
  return reply.code === "too_many_tries"
    ? t("staff.error.too_many_tries", { n: reply.wait_s })
    : refusalWords(reply.code, reply.detail);
}

/** Why something about a user was not done; empty when it was. */
export function outcomeWords(outcome: Outcome): string {
  if (outcome.kind === "refused") return refusalWords(outcome.code ?? "", outcome.detail);
  if (outcome.kind === "forbidden") return t("staff.error.forbidden");
  return outcome.kind === "unreachable" ? t("staff.error.unreachable") : "";
}

export function whoWords({ name, role }: Me): string {
  return t("staff.who", { name, role: tCode("role", role) });
}

/** What limits somebody beside their zones; empty: nothing does. */
export function depotsWords(depots: readonly string[] = []): string {
  return depots.length > 0 ? t("staff.depots.only", { depots: depots.join(", ") }) : "";
}

export function zonesWords(zones: readonly string[]): string {
  return zones.length > 0 ? zones.join(", ") : t("staff.zones.all");
}
