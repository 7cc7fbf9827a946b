const DATA = { answer: "answer", "map-painted": "mapPainted", "first-fix": "firstFix" } as const;

/** Points in time that the benches and browser tests read: a User Timing mark and a `data-` attribute on <html>. */
export function reached(name: "answer" | "map-painted" | "first-fix"): void {
  if (performance.getEntriesByName(name).length > 0) return;
  performance.mark(name);
  document.documentElement.dataset[DATA[name]] = "1";
}

/** After the next picture, which shows what has just been rendered, is on the screen. */
export function whenPainted(then: () => void): void {
  requestAnimationFrame(() => setTimeout(then));
}
