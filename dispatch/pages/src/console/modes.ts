import { type Outcome, post } from "../shared/http";
import { currentLang, type Key, TEXTS, t } from "../shared/i18n";
import type { Mode, OrderView } from "../shared/protocol/messages";
import type { ModeChange } from "./changes";
import { problemWords } from "./problem_words";

/** What a carrier may report, the usual first. */
export const CARRIER_SAYS = ["in_transit", "delivered", "failed", "returned", "not_taken"] as const;
export type CarrierSays = (typeof CARRIER_SAYS)[number];

const MODES = ["delivery", "self_pickup", "carrier"] as const;
const PATHS: Readonly<Record<ModeChange, string>> = {
  mode: ":change-mode",
  hand_out: ":hand-out",
  to_carrier: ":hand-to-carrier",
  carrier_says: "/carrier-report",
};

/** Who else could bring it. */
export function otherModes({ mode = "delivery" }: OrderView): Mode[] {
  return MODES.filter((each) => each !== mode);
}

/** What came of it. Only what somebody else has changed meanwhile can be sent again on top of that. */
export async function sendMode(
  token: string,
  order_id: string,
  kind: ModeChange,
  body: object,
  key: string,
): Promise<Outcome> {
  const outcome = await post(`/v1/orders/${encodeURIComponent(order_id)}${PATHS[kind]}`, body, { token, key });
  if (outcome.kind !== "conflict" || outcome.code === "stale_order") return outcome;
  const { code, detail = "" } = outcome;
  return { kind: "refused", detail, ...(code && { code }) };
}

/** Why it was not done. */
export function modeProblem(outcome: Outcome): string {
  const key = `mode.refused.${outcome.kind === "refused" ? outcome.code : ""}`;
  return key in TEXTS[currentLang()] ? t(key as Key) : problemWords(outcome);
}
