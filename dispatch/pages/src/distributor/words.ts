import type { Refusal } from "../shared/call";
import { t } from "../shared/i18n";
import { faultWords } from "./drops";

/** What went wrong and what to do, in one sentence. */
export function refusalWords({ code, detail }: Refusal): string {
  return code === "offline" ? t("dist.problem.offline") : faultWords(code, detail || code);
}
