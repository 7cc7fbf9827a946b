import { clockRange, clockTime, shortId, span } from "../shared/format";
import { t } from "../shared/i18n";
import type { Tone } from "../shared/order";
import type { CourierView } from "../shared/protocol/messages";
import { placeOf, taskKind } from "../shared/stop";
import type { ZoneState } from "../shared/store/zone";
import { Icon } from "../shared/ui/icon";
import { TONE_ICONS } from "./list";
import type { Board } from "./queues";
import type { Selection } from "./selection";
import { type Bar, promisesOf, type Span } from "./timeline_layout";

/** A bar is at least so wide, where the next one leaves it room: to be seen, and to be taken hold of. */
const LEAST_BAR_PX = 24;
/** From this width on there is room for a sign, and for words. */
const SIGN_PX = 20;
const WORDS_PX = 72;

interface BarsProps {
  courier: CourierView;
  zone: ZoneState;
  board: Board;
  bars: readonly Bar[];
  now_ms: number;
  shown: Span;
  width_px: number;
  selection: Selection | null;
  /** The stop that is carried away. */
  carried: string;
  /** What the keys are on in this lane; null: nothing. */
  cell: string | null;
  /** A moment as a share of the width, for style. */
  at(at_ms: number): string;
}

/** Everything of one courier's route that is on the screen. */
export function Bars(props: BarsProps) {
  const { bars, now_ms, shown, zone, board, at, cell } = props;
  const [from_ms, until_ms] = [now_ms + shown.ahead_ms, now_ms + shown.ahead_ms + shown.length_ms];
  return (
    <>
      {bars.map((bar, i) => {
        const { stop, ride_ms, arrive_ms, begin_ms, leave_ms } = bar;
        const isOut = leave_ms < from_ms || ride_ms > until_ms;
        if (isOut && cell !== stop.stop_id) return null;
        return [
          <Stretch key={`ride${stop.stop_id}`} kind="ride" from_ms={ride_ms} until_ms={arrive_ms} {...props} />,
          <Stretch key={`wait${stop.stop_id}`} kind="wait" from_ms={arrive_ms} until_ms={begin_ms} {...props} />,
          <Window key={`window${stop.stop_id}`} bar={bar} {...props} />,
          ...promisesOf(stop, zone, board.tones).map((promised) => (
            <span
              key={`promise${promised.order_id}`}
              class={`tl-promise ${promised.tone}`}
              style={{ insetInlineStart: at(promised.at_ms) }}
              aria-hidden="true"
            />
          )),
          <BarCell key={stop.stop_id} bar={bar} next={bars[i + 1]} {...props} />,
        ];
      })}
    </>
  );
}

type StretchProps = BarsProps & { kind: "ride" | "wait" | "break"; from_ms: number; until_ms: number };

function Stretch({ kind, from_ms, until_ms, shown, at }: StretchProps) {
  if (until_ms <= from_ms) return null;
  const width = `${((until_ms - from_ms) / shown.length_ms) * 100}%`;
  return <span class={`tl-${kind}`} style={{ insetInlineStart: at(from_ms), width }} aria-hidden="true" />;
}

/** When the courier is wanted there, for what is selected: everybody's at once would be read by nobody. */
function Window({ bar, shown, at, selection, courier }: BarsProps & { bar: Bar }) {
  if (!isChosen(bar, courier, selection)) return null;
  const { earliest_at_ms = 0, latest_at_ms = 0 } = bar.stop;
  if (earliest_at_ms <= 0 || latest_at_ms <= earliest_at_ms) return null;
  const width = `${((latest_at_ms - earliest_at_ms) / shown.length_ms) * 100}%`;
  return <span class="tl-window" style={{ insetInlineStart: at(earliest_at_ms), width }} aria-hidden="true" />;
}

function isChosen({ stop }: Bar, courier: CourierView, selection: Selection | null): boolean {
  if (selection?.kind === "order") return stop.order_ids.includes(selection.id);
  return selection?.kind === "courier" && selection.id === courier.id;
}

function BarCell(props: BarsProps & { bar: Bar; next: Bar | undefined }) {
  const { bar, next, courier, zone, cell, carried, selection, shown, width_px, at } = props;
  const { stop, begin_ms, leave_ms, tone, locked } = bar;
  const px = (length_ms: number) => (length_ms / shown.length_ms) * width_px;
  // Short stops that follow each other closely do not cover each other.
  const room_px = next ? Math.max(3, px(Math.max(next.begin_ms, leave_ms) - begin_ms) - 1) : LEAST_BAR_PX;
  const wide_px = Math.max(px(leave_ms - begin_ms) - 1, Math.min(LEAST_BAR_PX, room_px));
  const isSelected = isChosen(bar, courier, selection);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a cell of the grid
    <div
      class={`tl-bar ${stop.kind} ${tone} ${stop.state ?? "planned"}${carried === stop.stop_id ? " carried" : ""}`}
      role="gridcell"
      tabIndex={cell === stop.stop_id ? 0 : -1}
      aria-selected={isSelected}
      aria-label={barWords(bar, zone)}
      data-row={courier.id}
      data-cell={stop.stop_id}
      style={{ insetInlineStart: at(begin_ms), width: `${wide_px}px` }}
    >
      {wide_px >= SIGN_PX && <Icon name={signOf(bar)} />}
      {wide_px >= WORDS_PX && <span class="tl-words">{placeOf(stop)}</span>}
      {locked && wide_px >= SIGN_PX * 2 && <Icon name="lock" />}
      {locked && wide_px < SIGN_PX * 2 && <span class="tl-locked" />}
    </div>
  );
}

/** What stands against the promise first, then a lock, then what is done there. */
function signOf({ stop, tone, locked }: Bar) {
  if (tone === "late" || tone === "at_risk") return TONE_ICONS[tone];
  if (locked) return "lock" as const;
  return stop.kind === "pickup" ? ("store" as const) : ("home" as const);
}

export function BreakMarks(props: { courier: CourierView; now_ms: number; at(at_ms: number): string }) {
  const { courier, now_ms, at } = props;
  const end_ms = courier.shift_end_at_ms ?? 0;
  return (
    <>
      {(courier.breaks ?? [])
        .filter(({ until_ms }) => until_ms > now_ms)
        .map(({ from_ms, until_ms }) => (
          <span
            key={from_ms}
            class="tl-break"
            title={t("timeline.break", { range: clockRange(from_ms, until_ms) })}
            style={{ insetInlineStart: at(from_ms), width: `calc(${at(until_ms)} - ${at(from_ms)})` }}
          >
            {t("timeline.break.short")}
          </span>
        ))}
      {end_ms > 0 && (
        <span
          class="tl-end"
          title={t("timeline.shift_end", { time: clockTime(end_ms) })}
          style={{ insetInlineStart: at(end_ms) }}
        />
      )}
    </>
  );
}

/** A bar in words, for those who do not see it. */
export function barWords(bar: Bar, zone: ZoneState): string {
  const { stop, arrive_ms, begin_ms, leave_ms, tone, locked } = bar;
  const refs = stop.order_ids.map((id) => zone.orders.get(id)?.ref || shortId(id)).join(", ");
  return [
    t(`drawer.stop.${taskKind(stop)}`, { n: stop.order_ids.length }),
    placeOf(stop),
    refs,
    clockRange(arrive_ms, leave_ms),
    begin_ms > arrive_ms ? t("timeline.waits", { span: span(begin_ms - arrive_ms) }) : "",
    stop.kind === "dropoff" ? toneWords(tone) : "",
    locked ? t("timeline.locked") : "",
  ]
    .filter(Boolean)
    .join(", ");
}

export function toneWords(tone: Tone): string {
  return t(`promise.${tone}`);
}
