import { vehicleShape } from "../vehicles";

const SHAPES = {
  alert: "M12 4L2.8 19.5h18.4zM12 10v4M12 17v.1",
  back: "M15 5l-7 7 7 7",
  bell: "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.8 1.8H4.2zM10 20.8h4",
  battery: "M3 8h15v8H3zM21 10.5v3M6 11v2",
  box: "M12 3.5l8 4.3v8.4l-8 4.3-8-4.3V7.8zM4 7.8l8 4.3 8-4.3M12 12.1v8.4",
  bolt: "M13 3L5 13.5h6L10 21l8-10.5h-6z",
  check: "M4.5 12.5l5 5L19.5 7",
  chart: "M4 20V4M4 20h16M8.5 16v-5M13 16V7.5M17.5 16v-7",
  circle: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M12 7.5V12l3 2",
  closed: "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M7.5 12h9",
  close: "M6 6l12 12M18 6L6 18",
  cloud: "M7 18.5a4 4 0 0 1 0-8 5.5 5.5 0 0 1 10.6-1.2A4.6 4.6 0 0 1 17 18.5z",
  command: "M4 7l5 5-5 5M12 17h8",
  conflict: "M3.5 7.5h4l8 9h5M3.5 16.5h4l8-9h5M18 5l2.5 2.5L18 10M18 14l2.5 2.5L18 19",
  dark: "M20 14.2A8.3 8.3 0 0 1 9.8 4 8.3 8.3 0 1 0 20 14.2z",
  down: "M5 9l7 7 7-7",
  eye: "M2.5 12c2.4-4.4 5.6-6.6 9.5-6.6s7.1 2.2 9.5 6.6c-2.4 4.4-5.6 6.6-9.5 6.6S4.9 16.4 2.5 12M12 9a3 3 0 1 0 0 6a3 3 0 1 0 0-6",
  filter: "M4 5.5h16l-6.2 7.2V19l-3.6-2v-4.3z",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  follow: "M12 3v4M12 17v4M3 12h4M17 12h4M12 8.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7",
  forward: "M9 5l7 7-7 7",
  gear: "M12 8.8a3.2 3.2 0 1 0 0 6.4a3.2 3.2 0 1 0 0-6.4M12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M18.4 5.6l-2.1 2.1M7.7 16.3l-2.1 2.1",
  globe: "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17",
  help: "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M9.6 9.6a2.4 2.4 0 1 1 3.4 2.2c-.7.4-1 .8-1 1.7M12 16.4v.1",
  hold: "M8.5 5v14M15.5 5v14",
  home: "M4 11.5L12 4.5l8 7M6 10v9.5h12V10",
  lanes: "M4 6.5h9M8 12h9M13 17.5h7",
  light:
    "M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  list: "M4 6h16M4 12h16M4 18h16",
  call: "M5 4.5h4l1.6 4.4-2.3 1.7c1 2.2 2.8 4 5 5l1.8-2.3 4.4 1.6v4c-8 1-15.5-6.4-14.5-14.4z",
  message: "M4 5h16v11.5H10.5L6.5 20v-3.5H4zM8 9h8M8 12.5h5",
  minus: "M5 12h14",
  next: "M9 5l7 7-7 7",
  out: "M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9",
  people:
    "M9 5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7M2.5 20c.8-4 3.3-5.5 6.5-5.5s5.7 1.5 6.5 5.5M16 5.3a3.5 3.5 0 0 1 0 6.4M18 14.8c2 .6 3.2 2.3 3.6 5.2",
  person: "M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8M4.5 20.5c1-4.5 4-6 7.5-6s6.5 1.5 7.5 6",
  pin: "M12 21c-3.4-5-6.5-8-6.5-11.5a6.5 6.5 0 1 1 13 0C18.5 13 15.4 16 12 21zM12 7.5a2 2 0 1 0 0 4a2 2 0 1 0 0-4",
  plus: "M12 5v14M5 12h14",
  pause: "M8.5 5v14M15.5 5v14",
  play: "M7 4.5v15l12-7.5z",
  rewind: "M4 5v5h5M4.6 9.8a8 8 0 1 1-.6 4.7M12 8v4.5l3 2",
  route:
    "M6 16a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M18 3a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M8.5 18.5H15a3.25 3.25 0 0 0 0-6.5H9a3.25 3.25 0 0 1 0-6.5h6.5",
  save: "M7 4h10v16l-5-4-5 4z",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.3 15.3L20.5 20.5",
  scales: "M12 4v16M7 20h10M5 7h14M5 7l-2.5 6.5h5zM19 7l-2.5 6.5h5z",
  star: "M12 3.6l2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8-4.2-4.1 5.8-.8z",
  share: "M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1",
  snooze: "M12 6a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15M12 10v4l2.5 1.5M5 3.5L2.5 6M19 3.5L21.5 6",
  store: "M4 9.5L5.5 4.5h13L20 9.5M4 9.5c0 3.3 5.3 3.3 5.3 0 0 3.3 5.4 3.3 5.4 0 0 3.3 5.3 3.3 5.3 0M5.5 12v7.5h13V12",
  stepBack: "M6 5v14M18.5 5.5v13L9 12z",
  stepOn: "M18 5v14M5.5 5.5v13L15 12z",
  system: "M3.5 5h17v11h-17zM9 20h6M12 16v4",
  traffic: "M8 3.5h8v17H8zM12 6.6v.2M12 11.9v.2M12 17.2v.2M4.5 7H8M4.5 12H8M16 7h3.5M16 12h3.5",
  truck: "M4.4 17H2.6V6.6h11.2V17H9.2M13.8 10h4l3.6 3.6V17h-1.8",
  undo: "M9 6L4.5 10.5 9 15M4.5 10.5H14a5 5 0 0 1 0 10h-3",
  up: "M5 15l7-7 7 7",
  wifi: "M3 9.5c5.5-5 12.5-5 18 0M6.2 13c3.5-3 8.1-3 11.6 0M9.3 16.4c1.7-1.3 3.7-1.3 5.4 0M12 19.6v.1",
} as const;

export type IconName = keyof typeof SHAPES;

/** A stroke icon; decoration only, the word stands beside it or in the control's label. */
export function Icon({ name }: { name: IconName }) {
  return <Shape d={SHAPES[name]} />;
}

/** The vehicle of a courier, in the same strokes as on the map. */
export function VehicleIcon({ profile }: { profile: string }) {
  return <Shape d={vehicleShape(profile)} />;
}

function Shape({ d }: { d: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={d} />
    </svg>
  );
}
