import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Me } from "../shared/sign_in/api";
import type { ChangeKind } from "./changes";

/** What the server lets a role do, as far as the desk offers it: `dispatch/application/access.py`. */
export type Right =
  | "override"
  | "cancel_order"
  | "reschedule_order"
  | "change_mode"
  | "hand_out"
  | "hand_to_carrier"
  | "report_carrier"
  | "hand_over"
  | "resolve_attempt"
  | "resolve_case"
  | "read_causes"
  | "handle_case"
  | "write_message"
  | "call"
  | "print_papers"
  | "read_overrides"
  | "read_corrections"
  | "judge_correction"
  | "report_traffic"
  | "register_area"
  | "revoke_link"
  | "read_calibration"
  | "manage_staff"
  | "manage_news"
  | "manage_stock"
  | "register_goods"
  | "import_table"
  | "read_stock"
  | "list_points"
  | "register_point"
  | "list_distributors"
  | "judge_distributor"
  | "read_performance"
  | "read_claims"
  | "request_claim"
  | "answer_claim"
  | "receive_claim"
  | "place_order"
  | "read_messages_sent"
  | "retry_message"
  | "manage_webhooks"
  | "manage_api_keys"
  | "read_fees"
  | "set_fees"
  | "read_claim_policy"
  | "set_claim_policy"
  | "read_waves"
  | "prepare_wave";

export type May = (right: Right) => boolean;

/** While it is not known who asks, everything is offered: the server decides in any case. */
export function mayOf(me: Me | null): May {
  if (!me) return () => true;
  const actions = new Set(me.actions);
  return (right) => actions.has(right);
}

const RIGHTS: Readonly<Partial<Record<ChangeKind, Right>>> = {
  cancel: "cancel_order",
  reschedule: "reschedule_order",
  mode: "change_mode",
  hand_out: "hand_out",
  to_carrier: "hand_to_carrier",
  carrier_says: "report_carrier",
};

/** The right that a change by hand needs. */
export function rightFor(kind: ChangeKind): Right {
  return RIGHTS[kind] ?? "override";
}

export const MayContext = createContext<May>(() => true);

export function useMay(): May {
  return useContext(MayContext);
}
