import { useEffect, useState } from "preact/hooks";

/** Where in the app one is: kept in the address's fragment, so that the phone's back button and a reload work. */
export type Where =
  | { at: "route" | "messages" | "today" | "more" }
  | { at: "stop" | "take" | "give" | "fail"; stop_id: string }
  | { at: "thread"; order_id: string };

const TABS = ["route", "messages", "today", "more"] as const;
export type Tab = (typeof TABS)[number];

export function hashOf(where: Where): string {
  if ("stop_id" in where) return `#${where.at}/${encodeURIComponent(where.stop_id)}`;
  return "order_id" in where ? `#thread/${encodeURIComponent(where.order_id)}` : `#${where.at}`;
}

export function whereOf(hash: string): Where {
  const [at = "", id = ""] = hash.slice(1).split("/");
  const name = decoded(id);
  if (name && (at === "stop" || at === "take" || at === "give" || at === "fail")) return { at, stop_id: name };
  if (name && at === "thread") return { at, order_id: name };
  return { at: TABS.find((tab) => tab === at) ?? "route" };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

export function go(where: Where, instead = false): void {
  if (instead) history.replaceState(null, "", hashOf(where));
  else history.pushState(null, "", hashOf(where));
  dispatchEvent(new Event("hashchange"));
}

/** The tab that a where belongs to. */
export function tabOf(where: Where): Tab {
  if (where.at === "thread") return "messages";
  return "stop_id" in where ? "route" : (where.at as Tab);
}

/** One step back, or to the route where nothing is behind us. */
export function goBack(): void {
  if (history.length > 1) history.back();
  else go({ at: "route" }, true);
}

export function useWhere(): Where {
  const [where, setWhere] = useState(() => whereOf(location.hash));
  useEffect(() => {
    const moved = () => {
      setWhere(whereOf(location.hash));
      scrollTo(0, 0);
    };
    addEventListener("hashchange", moved);
    addEventListener("popstate", moved);
    return () => {
      removeEventListener("hashchange", moved);
      removeEventListener("popstate", moved);
    };
  }, []);
  return where;
}
