import type { StopView } from "./protocol/messages";

/**
 * What is done at a stop. `fetch`: a return, at its customer's door. `bring`: goods to a depot. `pass` and `receive`: goods
 * to and from another courier.
 */
export type Task = "pickup" | "dropoff" | "fetch" | "bring" | "pass" | "receive";

type Ended = Pick<StopView, "kind" | "end">;

export function taskKind({ kind, end }: Ended): Task {
  if (end === "meeting") return kind === "pickup" ? "receive" : "pass";
  if (kind === "pickup") return end === "door" ? "fetch" : "pickup";
  return end === "depot" ? "bring" : "dropoff";
}

/** Whether a customer is met there: it has a bell to ring, and what the order asks for is proven there. */
export function isAtDoor(stop: Ended): boolean {
  const task = taskKind(stop);
  return task === "dropoff" || task === "fetch";
}

/** Where a stop is, in few words: an address at a door, else the name of the depot or of the courier to meet. */
export function placeOf(stop: StopView): string {
  return isAtDoor(stop) ? stop.address || stop.name : stop.name || stop.address || "";
}
