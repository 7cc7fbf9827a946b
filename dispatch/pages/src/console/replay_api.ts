import { type Outcome, read } from "../shared/http";
import { type AsOf, Stretch, type Tracks } from "./stretch";

/** Why a moment of the past cannot be shown. */
export type Trouble = "forbidden" | "unreachable" | "before" | "failed";

export type Loaded = { kind: "stretch"; stretch: Stretch } | { kind: "trouble"; trouble: Trouble };

/** Loads a stretch of a zone's past; null: the zone as it is, by the server's clock. */
export type Load = (zone: string, at_ms: number | null, until_ms: number) => Promise<Loaded>;

/** The zone from a moment on, as far as one answer reaches. */
export function loader(token: string): Load {
  return async (zone, at_ms, until_ms) => {
    const path = `/v1/zones/${encodeURIComponent(zone)}`;
    const when = at_ms === null ? "" : `?${new URLSearchParams({ at_ms: `${at_ms}`, until_ms: `${until_ms}` })}`;
    const asOf = await read(`${path}/as-of${when}`, { token });
    if (asOf.kind !== "done") return { kind: "trouble", trouble: troubleOf(asOf) };
    const found = asOf.body as AsOf;
    const to_ms = found.until_ms;
    const period = new URLSearchParams({ from_ms: `${found.at_ms}`, to_ms: `${to_ms}` });
    const tracks = to_ms > found.at_ms ? await read(`${path}/tracks?${period}`, { token }) : null;
    // Places may be lost, or older than is kept: what was decided is shown even so
    const places = tracks?.kind === "done" ? (tracks.body as Tracks) : { to_ms, tracks: [] };
    return { kind: "stretch", stretch: new Stretch(found, places) };
  };
}

function troubleOf(outcome: Outcome): Trouble {
  if (outcome.kind === "forbidden") return "forbidden";
  if (outcome.kind === "unreachable") return "unreachable";
  return outcome.kind === "refused" && outcome.code === "before_the_log" ? "before" : "failed";
}
