import { shortId } from "../shared/format";
import { t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import type { Outcome } from "./api";

/** A refusal in one sentence; empty for what is none. */
export function problemWords(problem: Outcome): string {
  switch (problem.kind) {
    case "refused":
      return t("override.failed", { detail: problem.detail });
    case "forbidden":
      return t("override.forbidden");
    case "unreachable":
      return t("override.unreachable");
    case "conflict":
      return t("override.conflict");
    case "infeasible":
      return `${t("override.infeasible")} ${problem.violations.join(" ")}`;
    default:
      return "";
  }
}

/** A sentence of the server's in which orders and couriers are called as people call them, not by their ids. */
export function readable(text: string, zone: ZoneState): string {
  return text.replace(/[A-Za-z0-9][\w.-]*[\w]/g, (word) => {
    const order = zone.orders.get(word);
    if (order) return order.ref || shortId(word);
    return zone.couriers.get(word)?.name ?? word;
  });
}
