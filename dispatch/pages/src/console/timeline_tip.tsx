import { useLayoutEffect, useRef } from "preact/hooks";
import { clockRange, clockTime, shortId, span } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import { lateness_ms, toneOf } from "../shared/order";
import type { CourierView } from "../shared/protocol/messages";
import { placeOf, taskKind } from "../shared/stop";
import type { ZoneState } from "../shared/store/zone";
import { Icon } from "../shared/ui/icon";
import { TONE_ICONS } from "./list";
import { toneWords } from "./timeline_bars";
import type { Bar } from "./timeline_layout";

/** The bar that somebody points at, and where it is on the screen. */
export interface Tipped {
  bar: Bar;
  courier: CourierView;
  rect: DOMRect;
}

const GAP_PX = 6;
const MOST_ORDERS = 5;

/** The details of a stop, above its bar. It takes no pointer and no room: nothing moves because of it. */
export function Tip({ bar, courier, rect, zone, now_ms }: Tipped & { zone: ZoneState; now_ms: number }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!box.current) return;
    const { offsetWidth: width, offsetHeight: height } = box.current;
    const above = rect.top - GAP_PX - height;
    const top = above >= GAP_PX ? above : rect.bottom + GAP_PX;
    const left = Math.max(GAP_PX, Math.min(rect.left, innerWidth - GAP_PX - width));
    box.current.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  });
  const { stop, arrive_ms, begin_ms, leave_ms } = bar;
  const { earliest_at_ms = 0, latest_at_ms = 0 } = stop;
  const orders = stop.order_ids.map((id) => zone.orders.get(id)).filter((order) => order !== undefined);
  return (
    <div ref={box} class="tl-tip" role="tooltip">
      <p>
        <strong>{placeOf(stop)}</strong>
      </p>
      <p>
        {t(`drawer.stop.${taskKind(stop)}`, { n: stop.order_ids.length })} · {courier.name}
      </p>
      <p>
        {t("timeline.there", { range: clockRange(arrive_ms, leave_ms) })}
        {begin_ms > arrive_ms && ` · ${t("timeline.waits", { span: span(begin_ms - arrive_ms) })}`}
      </p>
      {earliest_at_ms > 0 && latest_at_ms > earliest_at_ms && (
        <p>{t("timeline.window", { range: clockRange(earliest_at_ms, latest_at_ms) })}</p>
      )}
      <ul>
        {orders.slice(0, MOST_ORDERS).map((order) => {
          const tone = toneOf(order, now_ms);
          const late_ms = lateness_ms(order, now_ms);
          return (
            <li key={order.id}>
              <span>{order.ref || shortId(order.id)}</span>
              <span>{t("timeline.promised", { time: clockTime(order.promise_at_ms) })}</span>
              <span class="tl-tip-tone">
                <Icon name={TONE_ICONS[tone]} />
                {late_ms > 0 ? t("row.late", { span: span(late_ms) }) : toneWords(tone)}
              </span>
              {(order.lock ?? "none") !== "none" && (
                <span>
                  <Icon name="lock" /> {tCode("override.lock", order.lock ?? "")}
                </span>
              )}
            </li>
          );
        })}
      </ul>
      {orders.length > MOST_ORDERS && <p>{t("timeline.more", { n: orders.length - MOST_ORDERS })}</p>}
    </div>
  );
}
