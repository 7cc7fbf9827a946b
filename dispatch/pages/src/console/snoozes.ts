import { Store } from "../shared/store/store";
import { useStore } from "../shared/ui/hooks";
import { type Snoozes, withoutSnooze, withSnooze } from "./playbook";

/** What this desk leaves alone for now, by zone. Kept in the browser: it is back after a reload, and for nobody else. */
const stores = new Map<string, Store<Snoozes, Snoozes>>();

function storeOf(zone: string): Store<Snoozes, Snoozes> {
  const known = stores.get(zone);
  if (known) return known;
  const made = new Store<Snoozes, Snoozes>((_, next) => next, kept(zone));
  stores.set(zone, made);
  return made;
}

export function useSnoozes(zone: string): Snoozes {
  return useStore(storeOf(zone), 0);
}

/** Leave an issue alone until a moment of business time. */
export function snooze(zone: string, id: string, until_ms: number, now_ms: number): void {
  keep(zone, withSnooze(storeOf(zone).state, id, until_ms, now_ms));
}

export function wake(zone: string, id: string): void {
  keep(zone, withoutSnooze(storeOf(zone).state, id));
}

function keep(zone: string, next: Snoozes): void {
  storeOf(zone).apply([next]);
  try {
    localStorage.setItem(keyOf(zone), JSON.stringify(next));
  } catch {
    // Without storage they last as long as the page.
  }
}

function kept(zone: string): Snoozes {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(keyOf(zone)) ?? "{}");
    const entries = Object.entries(found ?? {}).filter(([, until_ms]) => typeof until_ms === "number");
    return Object.fromEntries(entries) as Snoozes;
  } catch {
    return {};
  }
}

function keyOf(zone: string): string {
  return `dispatch.snoozed.${zone}`;
}
