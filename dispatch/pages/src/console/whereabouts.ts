import { useEffect } from "preact/hooks";
import { get } from "../shared/http";
import type { LastPlace, ZoneState } from "../shared/store/zone";
import { onDuty } from "./queues";
import type { DeskZone } from "./replay";

/** Somebody who is out of sight is asked for this often, real time. */
const ASK_EVERY_MS = 10_000;
/** Nobody waits longer than this for places that only sort a list. */
const WAIT_MS = 800;

type Placed = readonly (readonly [courier_id: string, place: LastPlace])[];

interface CourierShown {
  id: string;
  position?: LastPlace | null;
}

/** Keeps knowing where a courier is while they are out of sight; "" is nobody. */
export function useWhereabouts(store: DeskZone, zone: ZoneState, token: string, courier_id: string): void {
  const isAway = isOutOfSight(zone, courier_id);
  useEffect(() => {
    if (!isAway) return;
    const ask = async () => {
      const shown = await get(`/v1/couriers/${encodeURIComponent(courier_id)}`, token);
      if (shown) take(store, [shown as CourierShown]);
    };
    void ask();
    const timer = setInterval(ask, ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [store, token, courier_id, isAway]);
}

/** Learn where everybody on duty is, if some of them are out of sight; gives up when that takes long. */
export async function learnPlaces(store: DeskZone, token: string): Promise<void> {
  const { state } = store;
  if (![...state.couriers.values()].some((each) => onDuty(each) && isOutOfSight(state, each.id))) return;
  const asked = get(`/v1/couriers?${new URLSearchParams({ zone: state.zone })}`, token).then((found) => {
    if (found) take(store, (found as { couriers: readonly CourierShown[] }).couriers);
  });
  await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, WAIT_MS))]);
}

function isOutOfSight(zone: ZoneState, courier_id: string): boolean {
  return zone.view !== null && zone.couriers.has(courier_id) && !zone.fixes.has(courier_id);
}

function take(store: DeskZone, couriers: readonly CourierShown[]): void {
  store.apply([{ t: "placed", places: placesOf(couriers) }]);
}

/** The places of those who have one. */
export function placesOf(couriers: readonly CourierShown[]): Placed {
  return couriers.flatMap(({ id, position }) => (position ? [[id, position] as const] : []));
}
