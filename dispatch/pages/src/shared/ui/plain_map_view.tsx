import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { PlainMap, type PlainMark, type PlainScene } from "../map/plain_map";
import type { Shade } from "../theme";

type Picked = { kind: "courier" | PlainMark["kind"]; id: string };

interface PlainMapViewProps {
  scene: PlainScene;
  shade: Shade;
  /** What the sketch shows, in words. */
  children?: ComponentChildren;
  /** A click on something, or on nothing; what can be picked here is in a list as well. */
  onPick?(picked: Picked | null): void;
}

/** Where no map can be drawn: a sketch of the same things, with words below it. */
export function PlainMapView({ scene, shade, children, onPick }: PlainMapViewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const map = useRef<PlainMap | null>(null);
  useEffect(() => {
    if (!canvas.current) return;
    const made = new PlainMap(canvas.current);
    map.current = made;
    return () => made.remove();
  }, []);
  useEffect(() => map.current?.show(scene, shade));
  return (
    <div class="plain-map">
      <div class="plain-canvas">
        <canvas
          ref={canvas}
          role="img"
          aria-label={t("plain.sketch")}
          onClick={({ offsetX, offsetY }) => onPick?.(map.current?.pick(offsetX, offsetY) ?? null)}
        />
      </div>
      <div class="plain-words">
        {children}
        <p class="faint">{t("plain.note")}</p>
      </div>
    </div>
  );
}
