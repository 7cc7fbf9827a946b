import { useRef, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import type { LinkState } from "../shared/protocol/live";
import type { View } from "../shared/protocol/messages";
import type { Grant, Me } from "../shared/sign_in/api";
import type { Store } from "../shared/store/store";
import type { ZoneAction, ZoneState } from "../shared/store/zone";
import { useStore, useTick } from "../shared/ui/hooks";
import type { Looks } from "../shared/ui/looks";
import { bindingsOf, type Handlers } from "./actions";
import { AreasPanel } from "./areas_panel";
import { useAttending } from "./attendance_parts";
import { caseHandlers } from "./case_actions";
import { lateAnswers } from "./cases";
import { type ChangeKind, type Choices, MODE_CHANGES } from "./changes";
import { type Opened, OpenedDialog } from "./desk_dialogs";
import {
  changed,
  deskClass,
  isPanel,
  ListSkeleton,
  OverPanel,
  offered,
  onMap,
  useBoard,
  useNews,
  usePublished,
  useReadMarks,
  useSelection,
} from "./desk_parts";
import { DragGhost } from "./drag_ghost";
import { Drawer } from "./drawer";
import { FilterBar, SavedFilters, useLinkedFilter, useSavedFilters } from "./filter_bar";
import { mayChangeGoals } from "./filters";
import { FleetPanel } from "./fleet_panel";
import type { FigureId } from "./goals";
import { GoalsDialog } from "./goals_dialog";
import { useFigures } from "./goals_strip";
import { useKeys } from "./keys";
import { QueueList } from "./list";
import { DeskMap } from "./map";
import { rightFor, useMay } from "./may";
import { Notice, useNotice } from "./notice";
import { ChangeDialog } from "./override";
import { usePins } from "./pins_dialog";
import { problemWords } from "./problem_words";
import { digitOf, isFleet, isInbox, QUEUES, type Queue } from "./queues";
import { Rail } from "./rail";
import type { DeskClock, Replay } from "./replay";
import { isOverDesk, isSame, type OverKind, type Selection, upFrom } from "./selection";
import { settingsHandlers } from "./settings";
import { useSnoozes } from "./snoozes";
import { PastBanner, TimeBar } from "./time_bar";
import { Timeline } from "./timeline";
import { usePanel } from "./timeline_panel";
import { TopBar } from "./topbar";
import { TrafficPanel } from "./traffic_panel";
import { useAreas } from "./use_areas";
import { useClaimNews } from "./use_claim_news";
import { useDrag } from "./use_drag";
import { asItWas, type Replayed } from "./use_replay";
import { useTraffic } from "./use_traffic";
import { learnPlaces, useWhereabouts } from "./whereabouts";

export interface DeskProps {
  store: Store<ZoneState, ZoneAction>;
  link: Store<LinkState, LinkState>;
  clock: DeskClock;
  replay: Replay;
  past: Replayed;
  token: string;
  /** Who sits here; null: that is not known yet. */
  me: Me | null;
  looks: Looks;
  /** What is on the map now. */
  onLook(view: View): void;
  /** What is open here, for the other desks. */
  onAttend(selection: Selection | null, changing: boolean): void;
  /** Another zone is to be watched. */
  onZone(zone: string): void;
  /** There is a new token, after a change of the password. */
  onGrant(grant: Grant): void;
  /** False: the server could not be told. */
  onSignOut(everywhere: boolean): Promise<boolean>;
}

const REFRESH_MS = 250;

/** The desk: queues, list, map and details, with one selection for all of them. */
export function Desk(props: DeskProps) {
  const { replay, past } = props;
  const { isPast } = past;
  const zone = useStore(replay.zone, REFRESH_MS);
  const link = useStore(props.link, REFRESH_MS);
  const may = useMay();
  useTick(1000);
  const now_ms = replay.clock.now();
  const [queue, setQueue] = useState<Queue>("underway");
  const [search, setSearch] = useState("");
  const [selection, select] = useSelection();
  const marks = useReadMarks(zone, isPast ? null : selection);
  const snoozes = useSnoozes(zone.zone);
  const board = useBoard(zone, now_ms, marks, snoozes);
  const figures = useFigures(zone, now_ms);
  const [figure, openFigure] = useState<FigureId | null>(null);
  const [filtering, setFiltering] = useState(false);
  const saved = useSavedFilters(props.token, zone.zone);
  const [change, setChange] = useState<{ kind: ChangeKind; id: string; first?: Partial<Choices> } | null>(null);
  const [opened, setOpened] = useState<Opened | null>(null);
  const [pins, lookAtPins] = usePins(props.token, may("read_corrections") ? past.live.zone : "");
  const traffic = asItWas(useTraffic(props.token, past.live, selection, select), replay, now_ms);
  const areas = useAreas(props.token, past.live, selection, select);
  const { notice, setNotice, setMade, setBack, undo } = useNotice(props.token, zone);
  const [panel, setPanel] = usePanel();
  // What a depot has is known as it is now only.
  const over = isOverDesk(selection) && !isPast ? selection : null;
  const drag = useDrag(zone, ({ kind, id, first }) => void begin(kind, id, first), setNotice);
  const rows = useRef<readonly Selection[]>([]);
  const searchBox = useRef<HTMLInputElement>(null);
  const stockSearch = useRef<HTMLInputElement>(null);
  const messageBox = useRef<HTMLTextAreaElement>(null);
  const resolveBox = useRef<HTMLTextAreaElement>(null);
  const fitAll = useRef(() => {});
  usePublished(zone, board, link, past.at_ms);
  useNews(isPast ? undefined : board?.counts.conflicts, () => setNotice(t("inbox.new.conflict")));
  useNews(isPast || !board ? undefined : lateAnswers(zone), () => setNotice(t("inbox.late.case")));
  useNews(isPast ? undefined : board?.counts.messages, () => setNotice(t("inbox.new.message")));

  useClaimNews(props.token, props.me && may("answer_claim") ? past.live.zone : "", setNotice);
  useAttending(change ? changed(zone, change.id) : selection, change !== null, props.onAttend);
  useWhereabouts(replay.zone, zone, props.token, selection?.kind === "courier" ? selection.id : "");
  const begin = async (kind: ChangeKind, id: string, first: Partial<Choices> = {}) => {
    if (isPast) return setNotice(t("replay.why"));
    if (!may(rightFor(kind))) return setNotice(problemWords({ kind: "forbidden" }));
    // The dialog sorts couriers by their distance, once
    await learnPlaces(replay.zone, props.token);
    setChange({ kind, id, first });
  };
  const ask = async (kind: ChangeKind, id: string) => {
    if (offered(zone, id, may).includes(kind)) await begin(kind, id);
  };
  /** The first of these changes that what is selected allows; null: none. */
  const askSelected = (...kinds: ChangeKind[]) => {
    const id = selection?.id ?? "";
    const kind = isPast ? undefined : kinds.find((each) => offered(zone, id, may).includes(each));
    return kind ? () => void ask(kind, id) : null;
  };
  const show = (next: Queue) => {
    setQueue(next);
    setSearch("");
    if (over) select(null);
  };
  /** A search for an order looks through all of them. */
  const find = (text: string) => {
    setSearch(text);
    if (text && queue !== "fleet" && !isFleet(queue) && !isInbox(queue)) setQueue("all");
  };
  /** The orders of a filter, whatever was shown before. */
  const showFilter = (text: string) => {
    setQueue("all");
    setSearch(text);
  };
  useLinkedFilter(showFilter);
  /** Open an order where somebody can write about it at once. */
  const write = (order_id: string) => {
    select({ kind: "order", id: order_id });
    setTimeout(() => messageBox.current?.focus());
  };
  const step = (by: number) => () => {
    const at = rows.current.findIndex((row) => isSame(row, selection));
    const next = rows.current[at < 0 ? 0 : Math.min(rows.current.length - 1, Math.max(0, at + by))];
    if (next) select(next);
  };
  const close = () => {
    if (over) return select(upFrom(over));
    if (areas.back() || traffic.back()) return;
    if (filtering) return setFiltering(false);
    if (isPast && !search && !selection) {
      past.close();
      return;
    }
    if (search) setSearch("");
    else select(null);
    searchBox.current?.blur();
  };
  const switchTimeline = () => setPanel({ ...panel, open: !panel.open });
  // One panel lies over the map at a time.
  const showTraffic = () => {
    areas.hide();
    traffic.show();
  };
  const showAreas = () => {
    traffic.hide();
    areas.show();
  };
  const goBack = () => {
    areas.hide();
    traffic.hide();
    past.show();
  };
  const open = (next: Opened) => () => setOpened(next);
  const closeDialog = () => setOpened(null);
  const overDesk = (kind: OverKind) => select(selection?.kind === kind ? null : { kind, id: "" });
  const handlers: Handlers = {
    palette: open("palette"),
    next: step(1),
    previous: step(-1),
    search: () => (stockSearch.current ?? searchBox.current)?.focus(),
    filter: () => setFiltering(!filtering),
    close,
    assign: askSelected("assign"),
    unassign: askSelected("unassign"),
    cancel: askSelected("cancel"),
    expedite: askSelected("expedite"),
    reschedule: askSelected("reschedule"),
    hold: askSelected("hold", "release"),
    ...Object.fromEntries(MODE_CHANGES.map((kind) => [kind, askSelected(kind)])),
    resequence: askSelected("resequence"),
    message: !isPast && selection?.kind === "order" && may("write_message") && (() => messageBox.current?.focus()),
    resolve: !isPast && selection?.kind === "case" && may("resolve_case") && (() => resolveBox.current?.focus()),
    ...caseHandlers({ zone, selection, token: props.token, may, isPast, onNotice: setNotice }),
    undo: !isPast && notice.made !== "" && (() => void undo(notice.made)),
    fit: () => fitAll.current(),
    timeline: switchTimeline,
    traffic: !isPast && (traffic.open ? traffic.hide : showTraffic),
    report:
      !isPast &&
      may("report_traffic") &&
      (() => {
        areas.hide();
        traffic.report();
      }),
    corner: () => {
      areas.undoCorner();
      traffic.undoCorner();
    },
    areas: !isPast && (areas.open ? areas.hide : showAreas),
    stock: !isPast && may("read_stock") && (() => overDesk("stock")),
    waves: !isPast && may("read_waves") && (() => overDesk("waves")),
    claims: !isPast && may("read_claims") && (() => overDesk("claim")),
    goals: () => openFigure("on_time"),
    replay: past.open ? past.close : goBack,
    overrides: !isPast && may("read_overrides") && open("overrides"),
    partners: !isPast && may("list_points") && open("partners"),
    pins: !isPast && may("read_corrections") && open("pins"),
    calibration: may("read_calibration") && open("calibration"),
    causes: may("read_causes") && open("causes"),
    ...settingsHandlers(may, setOpened),
    theme: props.looks.switchTheme,
    language: props.looks.switchLang,
    keys: open("keys"),
    users: may("manage_staff") && open("users"),
    account: props.me !== null && open("account"),
    leave: () => void props.onSignOut(false).then((left) => left || setNotice(t("staff.out.failed"))),
  };
  useKeys({
    ...bindingsOf(handlers),
    ...Object.fromEntries(QUEUES.map((name) => [digitOf(name), () => show(name)])),
  });

  return (
    <div
      class={deskClass({
        drawer: (selection && !over) || traffic.open || areas.open,
        timeline: panel.open,
        past: isPast,
      })}
    >
      <TopBar
        figures={figures}
        onGoals={openFigure}
        link={link}
        mono_ms={props.clock.mono()}
        zone={zone}
        onSelect={select}
        search={search}
        searchBox={searchBox}
        looks={props.looks}
        onSearch={find}
        pins={pins ? pins.total : 0}
        onTimeline={switchTimeline}
        traffic={traffic.incidents}
        onTraffic={traffic.open ? traffic.hide : showTraffic}
        isPast={isPast}
        onReplay={past.open ? past.close : goBack}
        onPins={may("read_corrections") ? open("pins") : null}
        me={props.me}
        onPalette={open("palette")}
        handlers={handlers}
      />
      <PastBanner replay={replay} />
      <Rail board={board} queue={queue} onQueue={show}>
        <SavedFilters
          zone={zone}
          now_ms={now_ms}
          filters={saved.filters}
          search={queue === "all" ? search : ""}
          onFilter={showFilter}
        />
      </Rail>
      {over && zone.zone && (
        <OverPanel
          zone={zone}
          token={props.token}
          now_ms={now_ms}
          selection={over}
          searchBox={stockSearch}
          onSelect={select}
          onNotice={setNotice}
          onRows={(shown) => {
            rows.current = shown;
          }}
        />
      )}
      {board && !over && queue === "fleet" && (
        <FleetPanel
          zone={zone}
          search={search}
          now_ms={now_ms}
          token={props.token}
          selection={selection}
          onSelect={select}
          onWrite={write}
          onBack={setBack}
          onRows={(shown) => {
            rows.current = shown;
          }}
        />
      )}
      {board ? (
        !over &&
        queue !== "fleet" && (
          <QueueList
            zone={zone}
            board={board}
            queue={queue}
            search={search}
            now_ms={now_ms}
            selection={selection}
            onSelect={select}
            onGrab={(id, grip) => drag.carrier.grab({ kind: "order", id }, grip)}
            onRows={(shown) => {
              rows.current = shown;
            }}
          >
            {!isFleet(queue) && queue !== "conflicts" && (
              <FilterBar
                zone={zone}
                search={search}
                open={filtering}
                onOpen={setFiltering}
                saved={saved}
                onSearch={find}
                onNotice={setNotice}
              />
            )}
          </QueueList>
        )
      ) : (
        <ListSkeleton />
      )}
      <main class="stage">
        <DeskMap
          {...props}
          store={replay.zone}
          clock={replay.clock}
          selection={onMap(selection, zone)}
          traffic={traffic}
          areas={areas}
          fitAll={fitAll}
          carrier={drag.carrier}
          onSelect={select}
        />
        {traffic.open && (
          <TrafficPanel
            traffic={traffic}
            token={props.token}
            zone={zone.zone}
            now_ms={now_ms}
            onSelect={select}
            onNotice={setNotice}
          />
        )}
        {areas.open && (
          <AreasPanel areas={areas} token={props.token} zone={zone} now_ms={now_ms} onNotice={setNotice} />
        )}
        {selection && !isPanel(selection) && board && (
          <Drawer
            zone={zone}
            now_ms={now_ms}
            token={props.token}
            selection={selection}
            messageBox={messageBox}
            resolveBox={resolveBox}
            onSelect={select}
            onChange={ask}
            onUndo={undo}
            onNotice={setNotice}
            onBack={setBack}
          />
        )}
        <Notice {...notice} onUndo={undo} />
      </main>
      {panel.open && (
        <Timeline
          zone={zone}
          board={board}
          link={link}
          mono_ms={props.clock.mono()}
          now_ms={now_ms}
          selection={selection}
          drag={drag}
          panel={panel}
          onPanel={setPanel}
          onSelect={select}
          onUnassigned={() => show("unassigned")}
        />
      )}
      <DragGhost drag={drag} zone={zone} token={props.token} />
      {past.open && (
        <TimeBar
          replay={replay}
          live_ms={props.clock.now()}
          order={selection?.kind === "order" ? props.store.state.orders.get(selection.id) : undefined}
          onClose={past.close}
        />
      )}
      {change && (
        <ChangeDialog
          key={`${change.kind}${change.id}`}
          {...change}
          zone={zone}
          token={props.token}
          now_ms={now_ms}
          onClose={() => setChange(null)}
          onDone={(message, made) => {
            setChange(null);
            setMade(message, made);
          }}
        />
      )}
      {figure && figures && (
        <GoalsDialog
          zone={zone}
          figures={figures}
          first={figure}
          now_ms={now_ms}
          token={props.token}
          mayChange={!isPast && mayChangeGoals(props.token)}
          onSelect={select}
          onFilter={showFilter}
          onClose={() => openFigure(null)}
        />
      )}
      {opened && (
        <OpenedDialog
          opened={opened}
          desk={props}
          zone={zone}
          now_ms={now_ms}
          pins={pins}
          ways={{ handlers, onQueue: show, onSelect: select }}
          onPins={lookAtPins}
          onUndo={undo}
          onOpen={setOpened}
          onClose={closeDialog}
        />
      )}
    </div>
  );
}
