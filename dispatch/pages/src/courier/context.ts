import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Looks } from "../shared/ui/looks";
import type { Account } from "./account";
import type { Shift, Status } from "./shift";
import type { Shown, View } from "./view";

/** What every view of the signed-in app reads. */
export interface Courier {
  shift: Shift;
  account: Account;
  looks: Looks;
  view: View;
  now: Shown;
  status: Status;
  online: boolean;
  /** Business time of this drawing. */
  now_ms: number;
}

export const CourierContext = createContext<Courier | null>(null);

/** The courier whose shift this is; only inside the signed-in app. */
export function useCourier(): Courier {
  const courier = useContext(CourierContext);
  if (!courier) throw new Error("There is no courier here.");
  return courier;
}
