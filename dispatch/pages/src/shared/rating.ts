/** Why a delivery was good or bad: the stable codes of `dispatch/domain/rating.py`. */
export const GOOD_REASONS = ["on_time", "friendly", "careful", "well_packed", "well_informed"] as const;
export const BAD_REASONS = ["late", "damaged", "missing", "wrong_place", "rude", "badly_informed"] as const;
export const STARS = [1, 2, 3, 4, 5] as const;
/** From so many stars on something was good. */
const GOOD_FROM = 4;

/** The reasons that are asked for with so many stars. */
export function reasonsFor(stars: number): readonly string[] {
  return stars >= GOOD_FROM ? GOOD_REASONS : BAD_REASONS;
}

/** Those of the chosen reasons that still fit when the number of stars has changed. */
export function stillFitting(reasons: readonly string[], stars: number): readonly string[] {
  const asked = reasonsFor(stars);
  return reasons.filter((reason) => asked.includes(reason));
}

/** "★★★☆☆", for sighted readers only. */
export function starRow(stars: number): string {
  return "★".repeat(stars) + "☆".repeat(STARS.length - stars);
}
