import { encodeQR } from "qr";

/** A QR code as one path of unit squares, `side` of them wide, with the light border that cameras look for. */
export interface QrPath {
  side: number;
  d: string;
}

/** Dark squares side by side are one rectangle: a code of two hundred letters takes some kilobytes. */
export function qrPath(text: string): QrPath {
  const rows = encodeQR(text, "raw", { ecc: "medium", border: 4 });
  const d = rows.flatMap((row, y) => runsOf(row).map(([x, width]) => `M${x} ${y}h${width}v1h-${width}z`)).join("");
  return { side: rows.length, d };
}

/** Where dark squares begin in a row, and how many there are. */
function runsOf(row: readonly boolean[]): [x: number, width: number][] {
  const runs: [number, number][] = [];
  row.forEach((dark, x) => {
    const last = runs.at(-1);
    if (!dark) return;
    if (last && last[0] + last[1] === x) last[1] += 1;
    else runs.push([x, 1]);
  });
  return runs;
}
