/** What is selected, in all panels at once. Its address is the fragment, e.g. `#/orders/ID`. */
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
  const [, folder, id] = /^#\/(\w+)\/(.+)$/.exec(location.hash) ?? [];
  const kind = (Object.keys(FOLDERS) as Selection["kind"][]).find((name) => FOLDERS[name] === folder);
  return kind && id ? { kind, id: decodeURIComponent(id) } : null;
}

export function writeSelection(selection: Selection | null): void {
  const hash = selection ? `#/${FOLDERS[selection.kind]}/${encodeURIComponent(selection.id)}` : "";
  history.replaceState(null, "", `${location.pathname}${hash}`);
}

export function isSame(a: Selection | null, b: Selection | null): boolean {
  return a?.kind === b?.kind && a?.id === b?.id;
}
