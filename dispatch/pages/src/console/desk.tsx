import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import type { BusinessClock } from "../shared/protocol/clock";
import type { LinkState } from "../shared/protocol/live";
import type { DataMessage, OrderView } from "../shared/protocol/messages";
import type { Store } from "../shared/store/store";
import type { ZoneState } from "../shared/store/zone";
import { useStore, useTick } from "../shared/ui/hooks";
import type { Looks } from "../shared/ui/looks";
import { changesFor, Drawer } from "./drawer";
import { KeysDialog, useKeys } from "./keys";
import { QueueList } from "./list";
import { DeskMap } from "./map";
import { ChangeDialog, type ChangeKind } from "./override";
import { type Board, boardOf, digitOf, isFleet, isInbox, QUEUES, type Queue } from "./queues";
import { Rail } from "./rail";
import { keepMarks, keptMarks, marked, type ReadMarks } from "./read_marks";
import { isSame, readSelection, type Selection, writeSelection } from "./selection";
import { TopBar } from "./topbar";

interface DeskProps {
  store: Store<ZoneState, DataMessage>;
  link: Store<LinkState, LinkState>;
  clock: BusinessClock;
  token: string;
  looks: Looks;
  onSignOut(): void;
}

const REFRESH_MS = 250;
const NOTICE_MS = 5_000;

/** The desk: queues, list, map and details, with one selection for all of them. */
export function Desk(props: DeskProps) {
  const zone = useStore(props.store, REFRESH_MS);
  const link = useStore(props.link, REFRESH_MS);
  useTick(1000);
  const now_ms = props.clock.now();
  const [queue, setQueue] = useState<Queue>("underway");
  const [search, setSearch] = useState("");
  const [selection, select] = useSelection();
  const marks = useReadMarks(zone, selection);
  const board = zone.synced ? boardOf(zone, now_ms, marks) : null;
  const [change, setChange] = useState<{ kind: ChangeKind; order_id: string } | null>(null);
  const [help, setHelp] = useState(false);
  const [notice, setNotice] = useNotice();
  const rows = useRef<readonly Selection[]>([]);
  const searchBox = useRef<HTMLInputElement>(null);
  const messageBox = useRef<HTMLTextAreaElement>(null);
  const resolveBox = useRef<HTMLTextAreaElement>(null);
  const fitAll = useRef(() => {});
  usePublished(zone, board, link);
  useNews(board?.counts.conflicts, () => setNotice(t("inbox.new.conflict")));
  useNews(board?.counts.messages, () => setNotice(t("inbox.new.message")));

  const ask = (kind: ChangeKind, order: OrderView | undefined) => {
    if (order && changesFor(order).includes(kind)) setChange({ kind, order_id: order.id });
  };
  const askSelected = (kind: ChangeKind) => () => {
    if (selection?.kind === "order") ask(kind, zone.orders.get(selection.id));
  };
  const show = (next: Queue) => {
    setQueue(next);
    setSearch("");
  };
  /** A search for an order looks through all of them. */
  const find = (text: string) => {
    setSearch(text);
    if (text && !isFleet(queue) && !isInbox(queue)) setQueue("all");
  };
  const step = (by: number) => () => {
    const at = rows.current.findIndex((row) => isSame(row, selection));
    const next = rows.current[at < 0 ? 0 : Math.min(rows.current.length - 1, Math.max(0, at + by))];
    if (next) select(next);
  };
  const close = () => {
    if (search) setSearch("");
    else select(null);
    searchBox.current?.blur();
  };
  useKeys({
    j: step(1),
    k: step(-1),
    ArrowDown: step(1),
    ArrowUp: step(-1),
    "/": () => searchBox.current?.focus(),
    Escape: close,
    a: askSelected("assign"),
    u: askSelected("unassign"),
    x: askSelected("cancel"),
    m: () => messageBox.current?.focus(),
    r: () => resolveBox.current?.focus(),
    f: () => fitAll.current(),
    t: props.looks.switchTheme,
    l: props.looks.switchLang,
    "?": () => setHelp(true),
    ...Object.fromEntries(QUEUES.map((name) => [digitOf(name), () => show(name)])),
  });

  return (
    <div class={`desk${selection ? " with-drawer" : ""}`}>
      <TopBar
        kpis={board?.kpis ?? null}
        link={link}
        mono_ms={props.clock.mono()}
        search={search}
        searchBox={searchBox}
        looks={props.looks}
        onSearch={find}
        onHelp={() => setHelp(true)}
        onSignOut={props.onSignOut}
      />
      <Rail board={board} queue={queue} onQueue={show} />
      {board ? (
        <QueueList
          zone={zone}
          board={board}
          queue={queue}
          search={search}
          now_ms={now_ms}
          selection={selection}
          onSelect={select}
          onRows={(shown) => {
            rows.current = shown;
          }}
        />
      ) : (
        <ListSkeleton />
      )}
      <main class="stage">
        <DeskMap {...props} selection={onMap(selection, zone)} fitAll={fitAll} onSelect={select} />
        {selection && board && (
          <Drawer
            zone={zone}
            now_ms={now_ms}
            token={props.token}
            selection={selection}
            messageBox={messageBox}
            resolveBox={resolveBox}
            onSelect={select}
            onChange={ask}
            onNotice={setNotice}
          />
        )}
        {notice && (
          <p class="notice" role="status">
            {notice}
          </p>
        )}
      </main>
      {change && (
        <ChangeDialog
          key={`${change.kind}${change.order_id}`}
          {...change}
          zone={zone}
          token={props.token}
          onClose={() => setChange(null)}
          onDone={(message) => {
            setChange(null);
            setNotice(message);
          }}
        />
      )}
      {help && <KeysDialog onClose={() => setHelp(false)} />}
    </div>
  );
}

/** The selection, kept in the address so that it can be shared and survives a reload. */
function useSelection(): [Selection | null, (next: Selection | null) => void] {
  const [selection, setSelection] = useState(readSelection);
  useEffect(() => {
    const changed = () => setSelection(readSelection());
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  const select = (next: Selection | null) => {
    writeSelection(next);
    setSelection(next);
  };
  return [selection, select];
}

/** What the map shows for a selection: a conflict is where its order is. */
function onMap(selection: Selection | null, zone: ZoneState): Selection | null {
  if (selection?.kind !== "case") return selection;
  const id = zone.cases.get(selection.id)?.order_id;
  return id ? { kind: "order", id } : null;
}

/** What this tab has shown of each order's messages. An open order counts as read while somebody looks at the tab. */
function useReadMarks(zone: ZoneState, selection: Selection | null): ReadMarks {
  const [marks, setMarks] = useState(keptMarks);
  const order_id = selection?.kind === "order" ? selection.id : "";
  const seen = document.visibilityState === "visible" ? marked(marks, zone, order_id) : marks;
  useEffect(() => {
    if (seen === marks) return;
    keepMarks(seen);
    setMarks(seen);
  });
  return seen;
}

/** Tells when a figure has risen since it was first known: something new waits for a person. */
function useNews(figure: number | undefined, tell: () => void): void {
  const known = useRef(figure);
  useEffect(() => {
    if (figure !== undefined && known.current !== undefined && figure > known.current) tell();
    known.current = figure;
  }, [figure]);
}

/** A line that says what came of an action, and goes by itself. */
function useNotice(): [string, (message: string) => void] {
  const [notice, setNotice] = useState("");
  useEffect(() => {
    if (!notice) return;
    const timer = setTimeout(() => setNotice(""), NOTICE_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return [notice, setNotice];
}

/** What browser tests read: plain figures on <html>. */
function usePublished(zone: ZoneState, board: Board | null, link: LinkState): void {
  useEffect(() => {
    const waiting = board ? board.counts.conflicts + board.counts.messages + board.counts.attention : 0;
    document.title = waiting ? `(${waiting}) ${t("app.console")}` : t("app.console");
    Object.assign(document.documentElement.dataset, {
      link: link.kind,
      orderCount: String(zone.orders.size),
      courierCount: String(zone.fixes.size),
      conflicts: String(board?.counts.conflicts ?? 0),
      unread: String(board?.counts.messages ?? 0),
      delivered: String(board?.kpis.delivered ?? 0),
    });
  });
}

function ListSkeleton() {
  return (
    <section class="list" aria-hidden="true">
      {[0, 1, 2, 3, 4, 5, 6].map((i) => (
        <div key={i} class="row-skeleton">
          <span class="skeleton" />
          <span class="skeleton" />
        </div>
      ))}
    </section>
  );
}
