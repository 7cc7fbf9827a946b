import { type Key, TEXTS } from "../shared/i18n";
import type { IconName } from "../shared/ui/icon";

/** Those of `settings` are tabs behind one entry of the desk's menu. */
export type ActionGroup = "go" | "order" | "see" | "desk" | "settings";
/** The groups that have keys. */
export const ACTION_GROUPS = ["go", "order", "see", "desk"] as const satisfies readonly ActionGroup[];

interface ActionSpec {
  readonly id: string;
  readonly label: Key;
  readonly group: ActionGroup;
  readonly icon: IconName;
  /** As `KeyboardEvent.key`; the first one is shown. */
  readonly keys: readonly string[];
  /** What only makes sense as a key is not in the palette. */
  readonly keyOnly?: true;
}

/** Everything that can be done at the desk: its key, its line in the palette and in the list of keys. */
export const ACTIONS = [
  { id: "palette", label: "keys.palette", group: "go", icon: "search", keys: ["."], keyOnly: true },
  { id: "next", label: "keys.next", group: "go", icon: "down", keys: ["j", "ArrowDown"], keyOnly: true },
  { id: "previous", label: "keys.previous", group: "go", icon: "up", keys: ["k", "ArrowUp"], keyOnly: true },
  { id: "search", label: "keys.search", group: "go", icon: "search", keys: ["/"] },
  { id: "filter", label: "keys.filter", group: "go", icon: "filter", keys: ["y"] },
  { id: "close", label: "keys.close", group: "go", icon: "close", keys: ["Escape"], keyOnly: true },
  { id: "assign", label: "keys.assign", group: "order", icon: "person", keys: ["a"] },
  { id: "unassign", label: "keys.unassign", group: "order", icon: "minus", keys: ["u"] },
  { id: "expedite", label: "keys.expedite", group: "order", icon: "up", keys: ["e"] },
  { id: "hold", label: "keys.hold", group: "order", icon: "hold", keys: ["h"] },
  { id: "reschedule", label: "keys.reschedule", group: "order", icon: "clock", keys: ["T"] },
  { id: "hand_out", label: "keys.hand_out", group: "order", icon: "person", keys: ["H"] },
  { id: "to_carrier", label: "keys.to_carrier", group: "order", icon: "truck", keys: ["D"] },
  { id: "carrier_says", label: "keys.carrier_says", group: "order", icon: "truck", keys: ["N"] },
  { id: "mode", label: "keys.mode", group: "order", icon: "store", keys: ["M"] },
  { id: "cancel", label: "keys.cancel", group: "order", icon: "close", keys: ["x"] },
  { id: "resequence", label: "keys.sequence", group: "order", icon: "list", keys: ["s"] },
  { id: "message", label: "keys.message", group: "order", icon: "message", keys: ["m"] },
  { id: "resolve", label: "keys.resolve", group: "order", icon: "check", keys: ["r"] },
  { id: "take", label: "keys.take", group: "order", icon: "person", keys: ["A"] },
  { id: "solve", label: "keys.solve", group: "order", icon: "message", keys: ["R"] },
  { id: "follow", label: "keys.follow", group: "order", icon: "clock", keys: ["F"] },
  { id: "undo", label: "keys.undo", group: "order", icon: "undo", keys: ["z"] },
  { id: "fit", label: "keys.fit", group: "see", icon: "fit", keys: ["f"] },
  { id: "timeline", label: "keys.timeline", group: "see", icon: "lanes", keys: ["g"] },
  { id: "traffic", label: "keys.traffic", group: "see", icon: "traffic", keys: ["i"] },
  { id: "report", label: "keys.report", group: "see", icon: "closed", keys: ["n"] },
  { id: "corner", label: "keys.corner", group: "see", icon: "undo", keys: ["Backspace"], keyOnly: true },
  { id: "replay", label: "keys.replay", group: "see", icon: "rewind", keys: ["b"] },
  { id: "areas", label: "keys.areas", group: "see", icon: "fit", keys: ["q"] },
  { id: "stock", label: "keys.stock", group: "desk", icon: "box", keys: ["S"] },
  { id: "claims", label: "keys.claims", group: "desk", icon: "undo", keys: ["B"] },
  { id: "waves", label: "keys.waves", group: "desk", icon: "store", keys: ["W"] },
  { id: "goals", label: "keys.goals", group: "desk", icon: "chart", keys: ["G"] },
  { id: "overrides", label: "keys.overrides", group: "desk", icon: "scales", keys: ["o"] },
  { id: "partners", label: "partners.title", group: "desk", icon: "people", keys: ["P"] },
  { id: "pins", label: "keys.pins", group: "desk", icon: "pin", keys: ["p"] },
  { id: "calibration", label: "keys.calibration", group: "desk", icon: "chart", keys: ["c"] },
  { id: "causes", label: "causes.title", group: "desk", icon: "chart", keys: ["C"] },
  { id: "settings", label: "settings.title", group: "desk", icon: "gear", keys: [","] },
  { id: "fees", label: "settings.fees", group: "settings", icon: "gear", keys: [] },
  { id: "policy", label: "settings.policy", group: "settings", icon: "gear", keys: [] },
  { id: "sent", label: "settings.sent", group: "settings", icon: "message", keys: [] },
  { id: "api_keys", label: "settings.api_keys", group: "settings", icon: "lock", keys: [] },
  { id: "theme", label: "keys.theme", group: "desk", icon: "dark", keys: ["t"] },
  { id: "language", label: "keys.language", group: "desk", icon: "globe", keys: ["l"] },
  { id: "keys", label: "keys.help", group: "desk", icon: "help", keys: ["?"] },
  { id: "users", label: "staff.users", group: "desk", icon: "people", keys: [] },
  { id: "account", label: "staff.account", group: "desk", icon: "person", keys: [] },
  { id: "leave", label: "signin.out", group: "desk", icon: "out", keys: [] },
] as const satisfies readonly ActionSpec[];

export type Action = (typeof ACTIONS)[number];
export type ActionId = Action["id"];

/** What each action does now; one without a handler cannot be done at the moment. */
export type Handlers = Readonly<Partial<Record<ActionId, (() => void) | null | false>>>;

/** Key by key what happens. */
export function bindingsOf(handlers: Handlers): Record<string, () => void> {
  const bound = ACTIONS.flatMap(({ id, keys }) => {
    const run = handlers[id];
    return run ? keys.map((key) => [key, run] as const) : [];
  });
  return Object.fromEntries(bound);
}

/** The actions of the palette that can be done now. */
export function doable(handlers: Handlers): Action[] {
  return ACTIONS.filter((action) => !("keyOnly" in action) && handlers[action.id]);
}

/** A label in every language: whoever works in one of them may know the word of another. */
export function everyName(label: Key): string {
  return [...new Set(Object.values(TEXTS).map((texts) => texts[label] ?? ""))].join(" ");
}

const KEY_NAMES: Readonly<Record<string, string>> = {
  Escape: "Esc",
  ArrowDown: "↓",
  ArrowUp: "↑",
  Backspace: "⌫",
};

/** A key as it is written on it. */
export function keyName(key: string): string {
  return KEY_NAMES[key] ?? key;
}
