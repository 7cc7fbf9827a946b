import decodeQR from "qr/decode.js";
import { expect, test } from "vitest";
import { type QrPath, qrPath } from "./qr_path";

const URI = "otpauth://totp/Dispatch:lin.mei%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Dispatch";
const PX = 4;

/** The path as a camera sees it: dark on light, so many pixels a square. */
function painted({ side, d }: QrPath) {
  const width = side * PX;
  const data = new Uint8Array(width * width * 4).fill(255);
  for (const [, x, y, run] of d.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    for (let row = Number(y) * PX; row < (Number(y) + 1) * PX; row++) {
      const from = row * width + Number(x) * PX;
      for (let at = from; at < from + Number(run) * PX; at++) data.fill(0, at * 4, at * 4 + 3);
    }
  }
  return { width, height: width, data };
}

test("a camera that sees the path reads the text again", () => {
  expect(decodeQR(painted(qrPath(URI)))).toBe(URI);
});

test("four squares on each side stay light", () => {
  const { side, d } = qrPath("x");
  const squares = [...d.matchAll(/M(\d+) (\d+)h(\d+)/g)].map(([, x, y, run]) => [Number(x), Number(y), Number(run)]);
  expect(Math.min(...squares.flatMap(([x = 0, y = 0]) => [x, y]))).toBe(4);
  expect(Math.max(...squares.flatMap(([x = 0, y = 0, run = 0]) => [x + run, y + 1]))).toBe(side - 4);
});
