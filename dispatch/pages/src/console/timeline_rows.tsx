import { useMemo } from "preact/hooks";
import { count, shortId, span } from "../shared/format";
import { currentLang, t } from "../shared/i18n";
import type { OrderView } from "../shared/protocol/messages";
import type { ZoneState } from "../shared/store/zone";
import { Icon, VehicleIcon } from "../shared/ui/icon";
import type { Verdict } from "./drag";
import { TONE_ICONS } from "./list";
import { type Board, workWords } from "./queues";
import { isSame, type Selection } from "./selection";
import { Bars, BreakMarks, toneWords } from "./timeline_bars";
import { type Cell, QUEUE_ROW } from "./timeline_keys";
import { type Bar, barsOf, type Lane, momentOf, type Span } from "./timeline_layout";
import type { Drag } from "./use_drag";

export const LANE_PX = 44;
/** More of them are a queue of their own, not a strip. */
export const MOST_CHIPS = 40;

export interface RowProps {
  zone: ZoneState;
  board: Board;
  now_ms: number;
  shown: Span;
  width_px: number;
  selection: Selection | null;
  drag: Drag;
  focus: Cell;
}

/** The strip of what nobody has: from here it is given to somebody, and here it is put back. */
export function QueueRow(props: RowProps & { waiting: readonly OrderView[] }) {
  const { waiting, drag, focus, board, selection } = props;
  const isAimed = drag.carrier.carried?.target?.kind === "queue";
  const chips = waiting.slice(0, MOST_CHIPS);
  const more = waiting.length - MOST_CHIPS;
  const verdict = isAimed ? drag.verdict?.kind : undefined;
  const cell = focus.row === QUEUE_ROW ? focus.cell : null;
  return useMemo(
    () => (
      // biome-ignore lint/a11y/useSemanticElements: a row of the grid
      <div
        class="tl-queue"
        role="row"
        tabIndex={-1}
        aria-rowindex={1}
        data-drop="queue"
        data-aimed={isAimed || undefined}
        data-verdict={verdict}
      >
        {/* biome-ignore lint/a11y/useSemanticElements: a cell of the grid */}
        <div class="tl-name" role="rowheader" tabIndex={cell === "" ? 0 : -1} data-row={QUEUE_ROW} data-cell="">
          <Icon name="hold" />
          <span class="tl-who">{t("timeline.unassigned")}</span>
          <span class="faint">{count(waiting.length)}</span>
        </div>
        <div class="tl-chips" role="presentation">
          {chips.map((order) => {
            const tone = board.tones.get(order.id) ?? "unknown";
            return (
              // biome-ignore lint/a11y/useSemanticElements: a cell of the grid
              <div
                key={order.id}
                class={`tl-chip ${tone}`}
                role="gridcell"
                tabIndex={cell === order.id ? 0 : -1}
                aria-selected={isSame(selection, { kind: "order", id: order.id })}
                aria-label={`${order.ref || shortId(order.id)} ${order.address}, ${toneWords(tone)}`}
                title={order.address}
                data-row={QUEUE_ROW}
                data-cell={order.id}
              >
                <Icon name={TONE_ICONS[tone]} />
                {order.ref || shortId(order.id)}
              </div>
            );
          })}
          {more > 0 && <span class="faint">{t("timeline.more", { n: count(more) })}</span>}
          {waiting.length === 0 && <span class="faint">{t("timeline.unassigned.none")}</span>}
        </div>
      </div>
    ),
    [
      cell,
      verdict,
      isAimed,
      selection?.id,
      waiting.length,
      currentLang(),
      ...chips,
      ...chips.map(({ id }) => board.tones.get(id)),
    ],
  );
}

type LaneProps = RowProps & { lane: Lane; index: number };

/** A lane is drawn again only when something of it has changed: of a thousand, a few do at a time. */
export function LaneRow(props: LaneProps) {
  const { lane, index, zone, board, drag, focus, selection, shown, width_px, now_ms } = props;
  const { courier, tone } = lane;
  const { carried } = drag.carrier;
  const target = carried?.target?.kind === "courier" && carried.target.id === courier.id ? carried.target : null;
  const stop_id =
    carried?.source.kind === "stop" && carried.source.courier_id === courier.id ? carried.source.stop_id : "";
  const verdict = target ? drag.verdict?.kind : undefined;
  const cell = focus.row === courier.id ? focus.cell : null;
  const orders = (courier.stops ?? []).flatMap((stop) => stop.order_ids.map((id) => zone.orders.get(id)));
  const isChosen = selection?.id === courier.id || orders.some((order) => order?.id === selection?.id);
  return useMemo(
    () => (
      <WholeLane
        {...props}
        carried={stop_id}
        place={target?.place}
        verdict={verdict}
        isAimed={target !== null}
        cell={cell}
      />
    ),
    [
      ...[courier, tone, index, now_ms, shown, width_px, cell, stop_id, target?.place, target === null, verdict],
      ...[isChosen && selection?.id, isChosen && selection?.kind, currentLang()],
      ...orders,
      ...orders.map((order) => order && board.tones.get(order.id)),
    ],
  );
}

interface WholeLaneProps extends LaneProps {
  /** The stop that is carried away from here; empty: none. */
  carried: string;
  /** Where in the sequence it would come. */
  place: number | undefined;
  verdict: Verdict["kind"] | undefined;
  isAimed: boolean;
  /** What the keys are on in this lane; null: nothing. */
  cell: string | null;
}

function WholeLane(props: WholeLaneProps) {
  const { lane, index, zone, board, selection, shown, now_ms, carried, place, cell } = props;
  const { courier, tone } = lane;
  const bars = barsOf(courier, zone, board.tones, now_ms);
  const caret_ms = carried && place !== undefined ? momentOf(bars, place, carried) : null;
  const at = (at_ms: number) => `${((at_ms - now_ms - shown.ahead_ms) / shown.length_ms) * 100}%`;
  const link = courier.link ?? "offline";
  return (
    // biome-ignore lint/a11y/useSemanticElements: a row of the grid
    <div
      class="tl-lane"
      role="row"
      tabIndex={-1}
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${index * LANE_PX}px)` }}
      data-drop="lane"
      data-courier={courier.id}
      data-aimed={props.isAimed ? "" : undefined}
      data-verdict={props.verdict}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a cell of the grid */}
      <div
        class="tl-name"
        role="rowheader"
        tabIndex={cell === "" ? 0 : -1}
        aria-selected={isSame(selection, { kind: "courier", id: courier.id })}
        data-row={courier.id}
        data-cell=""
      >
        <VehicleIcon profile={courier.profile} />
        <span class="tl-who">{courier.name}</span>
        <span class={`tl-state ${tone}`}>
          {tone === "unknown" ? null : <Icon name={TONE_ICONS[tone]} />}
          {stateWords(lane, bars, now_ms)}
        </span>
        {link !== "live" && <span class="tl-link">{t(`link.${link}`)}</span>}
      </div>
      <div class="tl-track" role="presentation">
        <BreakMarks courier={courier} at={at} now_ms={now_ms} />
        <Bars {...props} courier={courier} bars={bars} at={at} />
        <span class="tl-now" style={{ insetInlineStart: at(now_ms) }} aria-hidden="true" />
        {caret_ms !== null && <span class="tl-caret" style={{ insetInlineStart: at(caret_ms) }} aria-hidden="true" />}
      </div>
    </div>
  );
}

/** What a lane is about in a few words: how late it gets, a break, or how much there is to do. */
function stateWords({ courier, tone }: Lane, bars: readonly Bar[], now_ms: number): string {
  if (courier.duty !== "available") return t(`duty.${courier.duty}`);
  const last = bars.at(-1);
  if (tone === "late" || tone === "at_risk") return `${toneWords(tone)} · ${workWords(courier)}`;
  return last ? `${workWords(courier)} · ${span(last.leave_ms - now_ms)}` : workWords(courier);
}
