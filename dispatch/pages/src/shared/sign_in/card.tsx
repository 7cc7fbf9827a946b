import type { ComponentChildren } from "preact";
import { type Key, t } from "../i18n";
import { Icon } from "../ui/icon";
import type { Looks } from "../ui/looks";
import { Switches } from "../ui/switches";

/** The card in the middle of an otherwise empty page. */
export function Card({ title, looks, children }: { title: Key; looks: Looks; children: ComponentChildren }) {
  return (
    <main class="signin">
      <div class="signin-tools">
        <Switches looks={looks} />
      </div>
      <div class="signin-card">
        <span class="signin-mark">
          <Icon name="route" />
        </span>
        <h1>{t(title)}</h1>
        {children}
      </div>
    </main>
  );
}
