const SHAPES = {
  alert: "M12 4L2.8 19.5h18.4zM12 10v4M12 17v.1",
  back: "M15 5l-7 7 7 7",
  bag: "M5 8.5h14l-1 12H6zM8.5 8.5V7a3.5 3.5 0 0 1 7 0v1.5",
  battery: "M3 8h15v8H3zM18 10.5h2.5v3H18",
  bell: "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4",
  call: "M5 4.5h4l1.6 4.4-2.3 1.7c1 2.2 2.8 4 5 5l1.8-2.3 4.4 1.6v4c-8 1-15.5-6.4-14.5-14.4z",
  camera: "M3.5 8h4l1.5-2.5h6L16.5 8h4v11h-17zM12 10a3.3 3.3 0 1 0 0 6.6 3.3 3.3 0 1 0 0-6.6",
  check: "M4.5 12.5l5 5L19.5 7",
  checks: "M1.5 12.5l5 5L16 7.5M11.5 16l1.5 1.5L22.5 7.5",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 1 0 0-17M12 7.5V12l3 2",
  close: "M6 6l12 12M18 6L6 18",
  coffee:
    "M5 9h11v6.5a3.5 3.5 0 0 1-3.5 3.5h-4A3.5 3.5 0 0 1 5 15.5zM16 10.5h1.5a2.5 2.5 0 0 1 0 5H16M8.5 3v2.5M12.5 3v2.5",
  door: "M6 20.5v-16h12v16M3.5 20.5h17M14.5 12v1.5",
  down: "M6 9.5l6 6 6-6",
  flag: "M6 21V4M6 5h11l-2.5 3.75L17 12.5H6",
  home: "M4 11.5L12 4.5l8 7M6 10v9.5h12V10",
  larger: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  message: "M4 5.5h16v11H11l-4.5 3.5v-3.5H4z",
  more: "M5 12h.1M12 12h.1M19 12h.1",
  navigate: "M12 3.5L19 20l-7-3.5L5 20z",
  note: "M6 3.5h9l4 4V20.5H6zM9 11h7M9 15h5",
  offline:
    "M3 9.5c1.2-1.1 2.5-1.9 3.9-2.5M10 6c3.8-.5 7.8.7 11 3.5M6.2 13c1-.9 2.2-1.5 3.4-1.9M14 11.1c1.4.4 2.7 1 3.8 1.9M9.3 16.4c1.7-1.3 3.7-1.3 5.4 0M12 19.6v.1M4 3l16 18",
  out: "M14 4h5v16h-5M10 8l-4 4 4 4M6 12h9",
  pen: "M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM3.5 21.5h17",
  power: "M12 3.5v8M7 6.5a7.5 7.5 0 1 0 10 0",
  queue: "M12 20V8.5M7 13l5-5 5 5M5 4h14",
  route:
    "M6 16a2.5 2.5 0 1 0 0 5 2.5 2.5 0 1 0 0-5M18 3a2.5 2.5 0 1 0 0 5 2.5 2.5 0 1 0 0-5M8.5 18.5H15a3.25 3.25 0 0 0 0-6.5H9a3.25 3.25 0 0 1 0-6.5h6.5",
  scan: "M4 8V4h4M20 8V4h-4M4 16v4h4M20 16v4h-4M7.5 8.5v7M11 8.5v7M14 8.5v7M16.5 8.5v7",
  send: "M4 12L20 4.5 15 20l-3.5-6.5zM11.5 13.5L20 4.5",
  smaller: "M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5",
  store: "M4 9.5L5.5 4.5h13L20 9.5M4 9.5c0 3.3 5.3 3.3 5.3 0 0 3.3 5.4 3.3 5.4 0 0 3.3 5.3 3.3 5.3 0M5.5 12v7.5h13V12",
  today: "M4.5 6h15v14h-15zM4.5 10h15M8.5 3.5V7M15.5 3.5V7M9 15l2 2 4-4",
  undo: "M8.5 5L4 9.5 8.5 14M4.5 9.5H14a5.5 5.5 0 0 1 0 11h-3",
  wifi: "M3 9.5c5.5-5 12.5-5 18 0M6.2 13c3.5-3 8.1-3 11.6 0M9.3 16.4c1.7-1.3 3.7-1.3 5.4 0M12 19.6v.1",
} as const;

export type SignName = keyof typeof SHAPES;

/** A stroke icon of the app; decoration only, the word stands beside it or in the control's label. */
export function Sign({ name }: { name: SignName }) {
  return (
    <svg class={`icon sign-${name}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  );
}
