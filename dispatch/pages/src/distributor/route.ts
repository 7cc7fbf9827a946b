import { useEffect, useState } from "preact/hooks";

/** What is looked at: every view has an address of its own. */
export type View = "orders" | "new" | "table" | "figures" | "account";
export const VIEWS: readonly View[] = ["orders", "new", "table", "figures", "account"];

export interface Route {
  view: View;
  /** The order that is open, among the orders. */
  order_id: string;
}

/** `#/orders/ID`, `#/new`; anything else is the list of orders. */
export function routeOf(hash: string): Route {
  const [, view = "", id = ""] = /^#\/([a-z]+)(?:\/([\w.-]+))?$/.exec(hash) ?? [];
  const known = VIEWS.find((each) => each === view) ?? "orders";
  return { view: known, order_id: known === "orders" ? id : "" };
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  useEffect(() => {
    const look = () => setRoute(routeOf(location.hash));
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  return route;
}
