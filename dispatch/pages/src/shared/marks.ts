/** Points in time that the benches and browser tests read: a User Timing mark and a `data-` attribute on <html>. */
export function reached(name: "map-painted" | "first-fix"): void {
  if (performance.getEntriesByName(name).length > 0) return;
  performance.mark(name);
  document.documentElement.dataset[name === "map-painted" ? "mapPainted" : "firstFix"] = "1";
}
