import type { Attendee } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";
import type { Selection } from "./selection";

/** Tells this window from all others; it lives as long as the page. */
export const TAB = [...crypto.getRandomValues(new Uint8Array(8))].map((n) => n.toString(16).padStart(2, "0")).join("");

const KINDS: ReadonlySet<string> = new Set(["order", "courier", "depot", "case"]);

/** The people at the other desks, one line for each window. */
export function othersOf({ people }: ZoneState): Attendee[] {
  return people.filter(({ tab }) => tab !== TAB);
}

/** Who else has this open; who is changing it comes first. */
export function othersAt(zone: ZoneState, { kind, id }: Selection): Attendee[] {
  return othersOf(zone)
    .filter((other) => other.kind === kind && other.id === id)
    .sort((a, b) => Number(b.changing ?? false) - Number(a.changing ?? false));
}

/** What somebody has open, as a selection of this desk; null when it is nothing that can be shown. */
export function openAt({ kind = "", id = "" }: Attendee): Selection | null {
  return KINDS.has(kind) && id ? { kind: kind as Selection["kind"], id } : null;
}

/** Two letters at most for the round sign of a person: the first ones of the first and the last part of their name. */
export function initials(who: string): string {
  const parts = who.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const letters = [parts[0], parts.length > 1 ? parts.at(-1) : undefined].map((part) => [...(part ?? "")][0] ?? "");
  return letters.join("").toUpperCase() || "?";
}
