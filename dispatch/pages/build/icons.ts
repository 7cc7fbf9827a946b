/** The app's icons, drawn at build: an arrow that leads the way, on the accent colour. No picture is committed. */

const ACCENT = [11, 110, 102] as const;
const INK = [255, 255, 255] as const;
/** The arrow in a box of 24, as everywhere in the app. */
const ARROW = [
  [12, 3.6],
  [19, 20],
  [12, 16.6],
  [5, 20],
] as const;
/** Points a pixel is looked at, in each direction. */
const FINE = 4;

export interface Icon {
  px: number;
  /** Fills the whole square, for systems that cut their own shape. */
  maskable: boolean;
}

/** A PNG of the icon. */
export async function drawIcon({ px, maskable }: Icon): Promise<Uint8Array<ArrayBuffer>> {
  const rows = new Uint8Array(px * (1 + px * 4));
  for (let y = 0; y < px; y++) {
    for (let x = 0; x < px; x++) rows.set(pixel(x, y, px, maskable), y * (1 + px * 4) + 1 + x * 4);
  }
  return png(px, rows);
}

function pixel(x: number, y: number, px: number, maskable: boolean): number[] {
  const fine = isEven(x, y, px, maskable) ? 1 : FINE;
  const points = fine * fine;
  let ground = 0;
  let ink = 0;
  for (let i = 0; i < points; i++) {
    const kind = kindAt((x + ((i % fine) + 0.5) / fine) / px, (y + (Math.floor(i / fine) + 0.5) / fine) / px, maskable);
    if (kind > 0) ground++;
    if (kind > 1) ink++;
  }
  const part = ground > 0 ? ink / ground : 0;
  const mixed = ACCENT.map((accent, c) => Math.round(accent + ((INK[c] ?? 0) - accent) * part));
  return [...mixed, Math.round((255 * ground) / points)];
}

/** Whether a pixel has no edge in it: then one look is enough. */
function isEven(x: number, y: number, px: number, maskable: boolean): boolean {
  const first = kindAt(x / px, y / px, maskable);
  return [
    [1, 0],
    [0, 1],
    [1, 1],
  ].every(([dx = 0, dy = 0]) => kindAt((x + dx) / px, (y + dy) / px, maskable) === first);
}

/** 0 outside, 1 the ground, 2 the arrow. */
function kindAt(u: number, v: number, maskable: boolean): number {
  if (!maskable && !isInRounded(u, v)) return 0;
  return isInArrow(u, v, maskable ? 0.48 : 0.62) ? 2 : 1;
}

function isInRounded(u: number, v: number, radius = 0.22): boolean {
  const dx = Math.max(radius - u, u - (1 - radius), 0);
  const dy = Math.max(radius - v, v - (1 - radius), 0);
  return dx * dx + dy * dy <= radius * radius;
}

/** Inside the arrow (even-odd), which takes `size` of the square. */
function isInArrow(u: number, v: number, size: number): boolean {
  const x = ((u - 0.5) / size) * 20 + 12;
  const y = ((v - 0.5) / size) * 20 + 12;
  let inside = false;
  for (let i = 0, j = ARROW.length - 1; i < ARROW.length; j = i++) {
    const [ax, ay] = ARROW[i] ?? [0, 0];
    const [bx, by] = ARROW[j] ?? [0, 0];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

async function png(px: number, rows: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setUint32(0, px);
  view.setUint32(4, px);
  head.set([8, 6, 0, 0, 0], 8); // 8 bits, RGBA
  const packed = await new Response(new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"))).bytes();
  const parts = [
    Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
    chunk("IHDR", head),
    chunk("IDAT", packed),
    chunk("IEND", new Uint8Array()),
  ];
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

function chunk(name: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(12 + data.length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, data.length);
  whole.set(new TextEncoder().encode(name), 4);
  whole.set(data, 8);
  view.setUint32(8 + data.length, crc32(whole.subarray(4, 8 + data.length)));
  return whole;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
