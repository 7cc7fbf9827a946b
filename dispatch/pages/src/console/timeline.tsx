import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { age, clockTime, span } from "../shared/format";
import { t } from "../shared/i18n";
import type { LinkState } from "../shared/protocol/live";
import type { ZoneState } from "../shared/store/zone";
import { Icon, type IconName } from "../shared/ui/icon";
import type { Board } from "./queues";
import type { Selection } from "./selection";
import { Lanes } from "./timeline_lanes";
import { FIRST_SPAN, panned, type Span, ticksOf, zoomed } from "./timeline_layout";
import { grownTo, LEAST_PX, MOST_SHARE, type Panel } from "./timeline_panel";
import type { Drag } from "./use_drag";

export interface TimelineProps {
  zone: ZoneState;
  board: Board | null;
  link: LinkState;
  mono_ms: number;
  now_ms: number;
  selection: Selection | null;
  drag: Drag;
  panel: Panel;
  onPanel(panel: Panel): void;
  onSelect(selection: Selection): void;
  /** The queue of those that nobody has. */
  onUnassigned(): void;
}

const ZOOM_STEP = 1.5;
const PAN_SHARE = 0.25;
const WHEEL_ZOOM = 1.0015;
/** What lies under a moving pointer waits so long after its last move. */
const POINTER_RESTS_MS = 1_500;

/** The routes in time: a lane for each courier on duty, a bar for each stop, and the orders that nobody has. */
export function Timeline(props: TimelineProps) {
  const { panel, drag, link } = props;
  const [shown, setShown] = useState<Span>(FIRST_SPAN);
  const [onlySelected, setOnlySelected] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const track = useRef<HTMLDivElement>(null);
  const width_px = useWidth(track);
  const pointerMoved = useRef(0);
  const calm = useCalm(props, drag.carrier.carried !== null, pointerMoved);
  const change = (next: (old: Span) => Span) => {
    pointerMoved.current = 0;
    setShown(next);
  };
  useWheel(box, track, change);
  const only = onlySelected ? courierOf(props.selection, props.zone) : "";
  return (
    <section class="timeline" aria-label={t("timeline.title")} style={{ height: `${panel.height_px}px` }}>
      <Separator panel={panel} onPanel={props.onPanel} />
      <header class="tl-head">
        <h2>{t("timeline.title")}</h2>
        {link.kind !== "live" && props.board && (
          <span class="chip at_risk" role="status">
            <Icon name="clock" />
            {link.kind === "waiting"
              ? t("timeline.stale", { age: age(props.mono_ms - link.since_ms) })
              : t("timeline.offline")}
          </span>
        )}
        <span class="tl-tools">
          <button
            type="button"
            class="chip-button"
            aria-pressed={onlySelected}
            onClick={() => setOnlySelected(!onlySelected)}
          >
            {t("timeline.only")}
          </button>
          <Tool icon="back" label={t("timeline.earlier")} onClick={() => change((old) => panned(old, -PAN_SHARE))} />
          <button type="button" class="chip-button" onClick={() => change(() => FIRST_SPAN)}>
            {t("time.now")}
          </button>
          <Tool icon="forward" label={t("timeline.later")} onClick={() => change((old) => panned(old, PAN_SHARE))} />
          <Tool icon="minus" label={t("timeline.wider")} onClick={() => change((old) => zoomed(old, ZOOM_STEP))} />
          <Tool icon="plus" label={t("timeline.closer")} onClick={() => change((old) => zoomed(old, 1 / ZOOM_STEP))} />
          <Tool
            icon="close"
            label={`${t("timeline.close")} (g)`}
            onClick={() => props.onPanel({ ...panel, open: false })}
          />
        </span>
      </header>
      <div
        ref={box}
        class="tl-box"
        data-scrolls
        onPointerMove={() => {
          pointerMoved.current = performance.now();
        }}
        onPointerLeave={() => {
          pointerMoved.current = 0;
        }}
      >
        <div class="tl-axis" aria-hidden="true">
          <span class="tl-corner">{span(shown.length_ms)}</span>
          <div ref={track} class="tl-ruler" onPointerDown={(event) => panBy(event, width_px, change)}>
            <Ticks from_ms={calm.now_ms + shown.ahead_ms} length_ms={shown.length_ms} width_px={width_px} />
          </div>
        </div>
        {calm.board ? (
          <Lanes
            {...props}
            {...calm}
            board={calm.board}
            now_ms={wholePixels(calm.now_ms, shown.length_ms / width_px)}
            only={only}
            width_px={width_px}
            shown={shown}
            onShown={change}
            box={box}
            track={track}
          />
        ) : (
          <Skeleton />
        )}
        {onlySelected && !only && <p class="tl-empty">{t("timeline.only.none")}</p>}
      </div>
    </section>
  );
}

/** The courier of what is selected; empty: there is none. */
function courierOf(selection: Selection | null, zone: ZoneState): string {
  if (selection?.kind === "courier") return selection.id;
  return selection?.kind === "order" ? (zone.orders.get(selection.id)?.courier_id ?? "") : "";
}

/** Nobody sees time move by less, and lanes in which nothing else has changed need not be drawn again. */
function wholePixels(now_ms: number, pixel_ms: number): number {
  return Math.floor(now_ms / pixel_ms) * pixel_ms;
}

/** The zone and the time to draw: the newest ones, or those under a moving pointer as they were. */
function useCalm({ zone, board, now_ms }: TimelineProps, isCarrying: boolean, pointerMoved: { current: number }) {
  const kept = useRef({ zone, board, now_ms });
  const isMoving = performance.now() - pointerMoved.current < POINTER_RESTS_MS;
  if ((!isMoving && !isCarrying) || !kept.current.board) kept.current = { zone, board, now_ms };
  return kept.current;
}

function useWidth(track: RefObject<HTMLElement | null>): number {
  const [width_px, setWidth] = useState(800);
  useLayoutEffect(() => {
    if (!track.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(1, entry.contentRect.width)));
    observer.observe(track.current);
    return () => observer.disconnect();
    // The ruler stays the same
  }, []);
  return width_px;
}

/** With Ctrl the wheel zooms around the pointer, with Shift or sideways it pans; else it scrolls the lanes. */
function useWheel(
  box: RefObject<HTMLElement | null>,
  track: RefObject<HTMLElement | null>,
  change: (next: (old: Span) => Span) => void,
): void {
  const newest = useRef(change);
  newest.current = change;
  useEffect(() => {
    const turned = (event: WheelEvent) => {
      const rect = track.current?.getBoundingClientRect();
      if (!rect) return;
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        const at = Math.min(1, Math.max(0, (event.clientX - rect.left) / rect.width));
        newest.current((old) => zoomed(old, WHEEL_ZOOM ** event.deltaY, at));
      } else if (sideways) newest.current((old) => panned(old, sideways / rect.width));
      else return;
      event.preventDefault();
    };
    const element = box.current;
    element?.addEventListener("wheel", turned, { passive: false });
    return () => element?.removeEventListener("wheel", turned);
    // The box stays the same
  }, []);
}

/** The ruler follows the pointer that has taken hold of it. */
function panBy(event: PointerEvent, width_px: number, change: (next: (old: Span) => Span) => void): void {
  let last_px = event.clientX;
  held(event, (moved) => {
    const by_px = moved.clientX - last_px;
    last_px = moved.clientX;
    change((old) => panned(old, -by_px / width_px));
  });
}

/** Every move of a pointer that was pressed on an element, until it is let go. */
function held(event: PointerEvent, onMove: (moved: PointerEvent) => void): void {
  const element = event.currentTarget as HTMLElement;
  element.setPointerCapture(event.pointerId);
  const over = () => {
    element.removeEventListener("pointermove", onMove);
    element.removeEventListener("lostpointercapture", over);
  };
  element.addEventListener("pointermove", onMove);
  element.addEventListener("lostpointercapture", over);
}

function Ticks({ from_ms, length_ms, width_px }: { from_ms: number; length_ms: number; width_px: number }) {
  return (
    <>
      {ticksOf(from_ms, length_ms, width_px).map((at_ms) => (
        <span key={at_ms} class="tl-tick" style={{ insetInlineStart: `${((at_ms - from_ms) / length_ms) * 100}%` }}>
          {clockTime(at_ms)}
        </span>
      ))}
    </>
  );
}

const STEP_PX = 24;

/** The upper edge: how much of the height the timeline takes. */
function Separator({ panel, onPanel }: { panel: Panel; onPanel(panel: Panel): void }) {
  const most_px = Math.round(innerHeight * MOST_SHARE);
  const grow = (by_px: number) => onPanel(grownTo(panel, panel.height_px + by_px, innerHeight));
  const keys: Record<string, () => void> = {
    ArrowUp: () => grow(STEP_PX),
    ArrowDown: () => grow(-STEP_PX),
    Home: () => onPanel(grownTo(panel, LEAST_PX, innerHeight)),
    End: () => onPanel(grownTo(panel, most_px, innerHeight)),
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that can be moved is no thematic break
    <div
      class="tl-separator"
      role="separator"
      tabIndex={0}
      aria-orientation="horizontal"
      aria-label={t("timeline.height")}
      aria-valuenow={panel.height_px}
      aria-valuemin={LEAST_PX}
      aria-valuemax={most_px}
      onKeyDown={(event) => {
        const act = keys[event.key];
        if (!act) return;
        event.preventDefault();
        act();
      }}
      onPointerDown={(event) => {
        const bottom_px = panel.height_px + event.clientY;
        held(event, (moved) => onPanel(grownTo(panel, bottom_px - moved.clientY, innerHeight)));
      }}
    />
  );
}

function Tool({ icon, label, onClick }: { icon: IconName; label: string; onClick(): void }) {
  return (
    <button type="button" class="icon-button" title={label} aria-label={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

function Skeleton() {
  return (
    <div aria-hidden="true" data-timeline="loading">
      {[0, 1, 2, 3].map((i) => (
        <div key={i} class="tl-skeleton">
          <span class="skeleton" />
          <span class="skeleton" />
        </div>
      ))}
    </div>
  );
}
