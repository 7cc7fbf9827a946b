import { useEffect, useState } from "preact/hooks";
import type { QrPath } from "./qr_path";

/** A text for cameras; whoever cannot point one has the text beside it. What draws it is fetched when it is needed. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const [code, setCode] = useState<QrPath | null>(null);
  useEffect(() => {
    let wanted = true;
    // Without the picture the text is still there.
    void import("./qr_path").then(({ qrPath }) => wanted && setCode(qrPath(text))).catch(() => {});
    return () => {
      wanted = false;
    };
  }, [text]);
  if (!code) return <span class="qr" />;
  return (
    <svg
      class="qr"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${code.side} ${code.side}`}
      shape-rendering="crispEdges"
    >
      <path d={code.d} />
    </svg>
  );
}
