import { useState } from "preact/hooks";

/** Whether the timeline is shown, and how high. */
export interface Panel {
  open: boolean;
  height_px: number;
}

export const LEAST_PX = 140;
/** The map stays in sight above it. */
export const MOST_SHARE = 0.7;
const FIRST: Panel = { open: false, height_px: 300 };
const REMEMBERED = "dispatch.timeline";

export function grownTo(panel: Panel, height_px: number, window_px: number): Panel {
  const most_px = Math.max(LEAST_PX, Math.round(window_px * MOST_SHARE));
  return { ...panel, height_px: Math.round(Math.min(most_px, Math.max(LEAST_PX, height_px))) };
}

/** What was kept, or how it is at first: nobody else's text is trusted. */
export function readPanel(text: string | null, window_px: number): Panel {
  try {
    const { open, height_px } = JSON.parse(text ?? "") as Partial<Panel>;
    if (typeof open === "boolean" && typeof height_px === "number" && Number.isFinite(height_px))
      return grownTo({ open, height_px }, height_px, window_px);
  } catch {
    // Nothing was kept, or something else.
  }
  return grownTo(FIRST, FIRST.height_px, window_px);
}

/** The timeline's place at the desk, remembered by the browser. */
export function usePanel(): [Panel, (panel: Panel) => void] {
  const [panel, setPanel] = useState(() => readPanel(kept(), innerHeight));
  return [
    panel,
    (next) => {
      setPanel(next);
      keep(next);
    },
  ];
}

function kept(): string | null {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

function keep(panel: Panel): void {
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify(panel));
  } catch {
    // Private windows may refuse storage: the choice then lasts as long as the page.
  }
}
