import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Icon } from "../shared/ui/icon";
import { holderOf, ordersOf, sourceName } from "./drag";
import { Preview, usePreview } from "./preview";
import type { Drag } from "./use_drag";

/** So long over one target, and the server is asked what dropping it there would do. */
const RESTED_MS = 300;
const BESIDE_PX = 18;
const EDGE_PX = 8;
const NARROW_PX = 900;

/** What is carried, beside the pointer: what dropping it here would mean, and once it rests what that would change. */
export function DragGhost({ drag, zone, token }: { drag: Drag; zone: ZoneState; token: string }) {
  const { carrier, verdict, words, wish } = drag;
  const box = useRef<HTMLDivElement>(null);
  const point = useRef({ x: 0, y: 0 });
  const { carried } = carrier;
  const [looked, lookAnew] = usePreview(token, wish, RESTED_MS);
  useEffect(() => {
    carrier.onPoint = (x, y) => {
      point.current = { x, y };
      if (box.current) putBeside(box.current, x, y);
    };
    return () => {
      carrier.onPoint = null;
    };
  }, [carrier]);
  useLayoutEffect(() => {
    if (!box.current || !carried) return;
    const at = carried.by === "keys" ? besideTarget() : point.current;
    putBeside(box.current, at.x, at.y);
  });
  if (!carried) return null;
  const n = ordersOf(carried.source, zone).length;
  const from = zone.couriers.get(holderOf(carried.source, zone))?.name ?? t("drag.from.nobody");
  return (
    <div ref={box} class={`ghost ${carried.by}`} data-verdict={verdict?.kind ?? "none"}>
      <p class="ghost-what">
        <strong>{sourceName(carried.source, zone)}</strong>
        <span class="faint">{n > 1 ? t("drag.from.many", { n, from }) : from}</span>
      </p>
      <p class={`ghost-words ${verdict?.kind ?? "none"}`}>
        <Icon name={verdict?.kind === "change" ? "route" : verdict?.kind === "no" ? "closed" : "circle"} />
        {words || t("drag.nowhere")}
      </p>
      {wish && <Preview looked={looked} zone={zone} named={wish.order_ids ?? []} onAgain={lookAnew} />}
      <p class="ghost-keys faint">{t(carried.by === "keys" ? "drag.hint.keys" : "drag.hint.pointer")}</p>
    </div>
  );
}

/**
 * Right of the point or, where there is no room, left of it; always whole on the screen. On a phone it stands at the top,
 * where no finger covers it.
 */
function putBeside(box: HTMLElement, x: number, y: number): void {
  if (innerWidth <= NARROW_PX) {
    box.style.transform = "";
    return;
  }
  const { offsetWidth: width, offsetHeight: height } = box;
  const right = x + BESIDE_PX;
  const left = right + width + EDGE_PX > innerWidth ? x - BESIDE_PX - width : right;
  const top = Math.max(EDGE_PX, Math.min(y + BESIDE_PX, innerHeight - EDGE_PX - height));
  box.style.transform = `translate(${Math.round(Math.max(EDGE_PX, left))}px, ${Math.round(top)}px)`;
}

/** Under keys there is no pointer: the middle of the lane that is aimed at. */
function besideTarget(): { x: number; y: number } {
  const lane = document.querySelector("[data-aimed]")?.getBoundingClientRect();
  return lane ? { x: lane.left + lane.width / 2, y: lane.bottom } : { x: innerWidth / 2, y: innerHeight / 2 };
}
