import uFuzzy from "@leeoniya/ufuzzy";
import { shortId } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import type { IconName } from "../shared/ui/icon";
import { doable, everyName, type Handlers, keyName } from "./actions";
import { digitOf, QUEUES, type Queue } from "./queues";
import { queueIcon, queueKey } from "./rail";
import type { Selection } from "./selection";

export const MAX_FOUND = 40;
/** So many matches are ranked; with more, the text says too little to rank by. */
const RANKED = 2_000;
/** So many words may come in any order. */
const MAX_TERMS = 3;
/** Letters of any script, with one slip allowed in a word (a letter too many, missing, wrong or swapped). */
const finder = new uFuzzy({ unicode: true, intraMode: 1, interSplit: "[^\\p{L}\\d']+", intraSplit: "\\p{Ll}\\p{Lu}" });

export type EntryKind = "action" | "queue" | "order" | "courier" | "depot";

/** One line of the palette. `text` is what is searched. */
export interface Entry {
  id: string;
  kind: EntryKind;
  icon: IconName;
  title: string;
  sub: string;
  key: string;
  text: string;
  run(): void;
}

export interface Ways {
  handlers: Handlers;
  onQueue(queue: Queue): void;
  onSelect(selection: Selection): void;
}

/** Everything that the palette can do or show: actions first, then queues, then what is in the zone. */
export function entriesOf(zone: ZoneState, ways: Ways): Entry[] {
  const actions = doable(ways.handlers).map(
    ({ id, label, icon, keys }): Entry => ({
      id: `action ${id}`,
      kind: "action",
      icon,
      title: t(label),
      sub: "",
      key: keyName(keys[0] ?? ""),
      text: everyName(label),
      run: () => void (ways.handlers[id] || (() => {}))(),
    }),
  );
  const queues = QUEUES.map(
    (queue): Entry => ({
      id: `queue ${queue}`,
      kind: "queue",
      icon: queueIcon(queue),
      title: t(queueKey(queue)),
      sub: t("palette.queue"),
      key: digitOf(queue),
      text: everyName(queueKey(queue)),
      run: () => ways.onQueue(queue),
    }),
  );
  const thing = (
    kind: "order" | "courier" | "depot",
    id: string,
    icon: IconName,
    title: string,
    sub: string,
  ): Entry => ({
    id: `${kind} ${id}`,
    kind,
    icon,
    title,
    sub,
    key: "",
    text: `${title} ${sub} ${id}`,
    run: () => ways.onSelect({ kind, id }),
  });
  const couriers = [...zone.couriers.values()].map(({ id, name, duty }) =>
    thing("courier", id, "person", name, tCode("duty", duty)),
  );
  const depots = [...zone.depots.values()].map(({ id, name, address = "" }) =>
    thing("depot", id, "store", name, address),
  );
  const orders = [...zone.orders.values()].map(({ id, ref, address, status }) =>
    thing("order", id, "home", address, `${ref || shortId(id)} · ${tCode("status", status)}`),
  );
  return [...actions, ...queues, ...depots, ...couriers, ...orders];
}

/** What matches, the best first; without a text, what can be done. */
export function found(entries: readonly Entry[], text: string): Entry[] {
  const wanted = text.trim();
  if (!wanted) return entries.filter(({ kind }) => kind === "action" || kind === "queue").slice(0, MAX_FOUND);
  const texts = entries.map((entry) => entry.text);
  const [matching, info, order] = finder.search(texts, wanted, MAX_TERMS, RANKED);
  const ranked = info && order ? order.map((at) => info.idx[at] ?? -1) : (matching ?? []);
  return ranked.slice(0, MAX_FOUND).flatMap((at) => entries[at] ?? []);
}
