import type { Tone } from "../order";
import type { Shade } from "../theme";

/** The colours of everything that is drawn on the map, in one hierarchy for both shades. */
export interface Palette {
  land: string;
  green: string;
  wood: string;
  pitch: string;
  sand: string;
  built: string;
  water: string;
  building: string;
  buildingEdge: string;
  road: string;
  motorway: string;
  casing: string;
  path: string;
  rail: string;
  label: string;
  faint: string;
  waterLabel: string;
  halo: string;
  accent: string;
  accentSoft: string;
  surface: string;
  ink: string;
  grey: string;
  /** Rain, snow, wind: what concerns a whole area. */
  weather: string;
  tone: Readonly<Record<Tone, string>>;
}

const LIGHT: Palette = {
  land: "#f3f2ee",
  green: "#dfeadb",
  wood: "#d3e3d0",
  pitch: "#d5e6d3",
  sand: "#f0ead8",
  built: "#eeece7",
  water: "#bfd9e8",
  building: "#e6e3dc",
  buildingEdge: "#d9d5cc",
  road: "#ffffff",
  motorway: "#fbf3df",
  casing: "#dcd8cf",
  path: "#d2cdc2",
  rail: "#cfcac2",
  label: "#5c605f",
  faint: "#8a8d8a",
  waterLabel: "#5f8aa3",
  halo: "#f9f8f5",
  accent: "#0b6e66",
  accentSoft: "#5aa9a1",
  surface: "#ffffff",
  ink: "#17201f",
  grey: "#6b7472",
  weather: "#2f66a8",
  tone: { on_time: "#16804a", at_risk: "#c77700", late: "#cf2f36", unknown: "#6b7472" },
};

const DARK: Palette = {
  land: "#171c1d",
  green: "#1b2723",
  wood: "#1a2a23",
  pitch: "#1d2b26",
  sand: "#23241f",
  built: "#1a2021",
  water: "#10242f",
  building: "#202728",
  buildingEdge: "#283031",
  road: "#323b3d",
  motorway: "#43453c",
  casing: "#121718",
  path: "#2c3435",
  rail: "#2b3334",
  label: "#a5adac",
  faint: "#78817f",
  waterLabel: "#54809a",
  halo: "#141919",
  accent: "#35b8a8",
  accentSoft: "#1f7c73",
  surface: "#1d2425",
  ink: "#eef3f2",
  grey: "#929b99",
  weather: "#7fb0ea",
  tone: { on_time: "#35b673", at_risk: "#eda12f", late: "#f2666b", unknown: "#929b99" },
};

export function paletteOf(shade: Shade): Palette {
  return shade === "dark" ? DARK : LIGHT;
}
