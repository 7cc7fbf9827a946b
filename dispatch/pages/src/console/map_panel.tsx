import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";

interface MapPanelProps {
  title: string;
  /** Its name for browser tests, as a `data-` attribute. */
  mark: "traffic" | "areas";
  drawing?: boolean;
  onClose(): void;
  children: ComponentChildren;
}

/** A panel over the map on which something is drawn: no dialog, for a click on the map is a corner. */
export function MapPanel({ title, mark, drawing, onClose, children }: MapPanelProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever came by a key goes on from here by keys.
  useEffect(() => heading.current?.focus({ preventScroll: true }), [title]);
  return (
    <aside class={`drawer traffic${drawing ? " drawing" : ""}`} aria-label={title} {...{ [`data-${mark}`]: true }}>
      <header class="drawer-head">
        <div class="drawer-line">
          <h2 ref={heading} tabIndex={-1}>
            {title}
          </h2>
          <button
            type="button"
            class="icon-button"
            aria-label={t("drawer.close")}
            title={`${t("drawer.close")} (Esc)`}
            onClick={onClose}
          >
            <Icon name="close" />
          </button>
        </div>
      </header>
      <div class="drawer-body">{children}</div>
    </aside>
  );
}
