import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import { usePast } from "./past";

/** What can be changed; in the past nothing can, and this says why. */
export function PastLock({ children }: { children: ComponentChildren }) {
  const id = useId();
  const past = usePast();
  if (past.at_ms === null) return <>{children}</>;
  return (
    <fieldset class="past-lock" disabled aria-describedby={id}>
      <p id={id} class="faint past-why">
        <Icon name="rewind" />
        {t("replay.why")}
      </p>
      {children}
    </fieldset>
  );
}
