/** What is selected, in all panels at once. Its address is the fragment, e.g. `#/orders/ID`, or `#/orders/ID&at=MS`. */
export interface Selection {
  kind: "order" | "courier" | "depot" | "case" | "incident" | "area";
  id: string;
}

const FOLDERS = {
  order: "orders",
  courier: "couriers",
  depot: "depots",
  case: "cases",
  incident: "incidents",
  area: "areas",
} as const;

export function readSelection(): Selection | null {
  const [, folder, id] = /^#\/(\w+)\/([^&]+)/.exec(location.hash) ?? [];
  const kind = (Object.keys(FOLDERS) as Selection["kind"][]).find((name) => FOLDERS[name] === folder);
  return kind && id ? { kind, id: decodeURIComponent(id) } : null;
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
  const path = selection ? `/${FOLDERS[selection.kind]}/${encodeURIComponent(selection.id)}` : "";
  const parts = [path, at_ms === null ? "" : `at=${at_ms}`].filter(Boolean).join("&");
  history.replaceState(null, "", `${location.pathname}${parts && `#${parts}`}`);
}

export function isSame(a: Selection | null, b: Selection | null): boolean {
  return a?.kind === b?.kind && a?.id === b?.id;
}
