import { t, tCode } from "../i18n";
import type { Asked, Me } from "./api";

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

export function whoWords({ name, role }: Me): string {
  return t("staff.who", { name, role: tCode("role", role) });
}
