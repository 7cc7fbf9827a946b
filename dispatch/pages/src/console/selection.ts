/** What is selected, in all panels at once. Its address is the fragment, e.g. `#/orders/ID`, or `#/orders/ID&at=MS`. */
export interface Selection {
  kind: "order" | "courier" | "depot" | "case" | "incident" | "area" | OverKind;
  /** Empty for the stock as a whole, for all claims, and for the waves of whatever depot. */
  id: string;
}

const FOLDERS = {
  order: "orders",
  courier: "couriers",
  depot: "depots",
  case: "cases",
  incident: "incidents",
  area: "areas",
  stock: "stock",
  claim: "after-sales",
  waves: "waves",
} as const;
export function readSelection(): Selection | null {
  const [, folder, id = ""] = /^#\/([\w-]+)(?:\/([^&]+))?/.exec(location.hash) ?? [];
  const kind = (Object.keys(FOLDERS) as Selection["kind"][]).find((name) => FOLDERS[name] === folder);
  return kind && (id || kind in UP) ? { kind, id: decodeURIComponent(id) } : null;
}

/** What lies over list and map, and what an id is without its last part: a shelf's stock, a wave's depot. */
const UP = {
  stock: () => "",
  claim: () => "",
  waves: (id: string) => (id.includes("/") ? id.slice(0, id.indexOf("/")) : ""),
} as const;
export type OverKind = keyof typeof UP;
export type OverDesk = Selection & { kind: OverKind };

/** Whether it lies over list and map; such things are known as they are now only. */
export function isOverDesk(selection: Selection | null): selection is OverDesk {
  return selection !== null && selection.kind in UP;
}

/** What is open once a shelf, a claim or a wave was closed; null once the panel was. */
export function upFrom({ kind, id }: OverDesk): Selection | null {
  const up = UP[kind](id);
  return id && (kind !== "waves" || up) ? { kind, id: up } : null;
}

export function writeSelection(selection: Selection | null): void {
  writeAddress(selection, readMoment());
}

/** The moment of the past that the address names (business time, ms); null: now. */
export function readMoment(): number | null {
  const [, at] = /[#&]at=(\d{1,16})(?:&|$)/.exec(location.hash) ?? [];
  return at ? Number(at) : null;
}

export function writeMoment(at_ms: number | null): void {
  if (at_ms !== readMoment()) writeAddress(readSelection(), at_ms);
}

function writeAddress(selection: Selection | null, at_ms: number | null): void {
  const { kind, id } = selection ?? { id: "" };
  const path = kind ? `/${[FOLDERS[kind], encodeURIComponent(id)].filter(Boolean).join("/")}` : "";
  const parts = [path, at_ms === null ? "" : `at=${at_ms}`].filter(Boolean).join("&");
  history.replaceState(null, "", `${location.pathname}${parts && `#${parts}`}`);
}

export function isSame(a: Selection | null, b: Selection | null): boolean {
  return a?.kind === b?.kind && a?.id === b?.id;
}
