import { useEffect } from "preact/hooks";
import { type Key, t } from "../shared/i18n";
import { Dialog } from "../shared/ui/dialog";
import { ACTION_GROUPS, ACTIONS, keyName } from "./actions";

/** Key by key, what happens. The handler gets the event's key, so that ranges such as 0-9 need one entry. */
export type Bindings = Readonly<Record<string, (key: string) => void>>;

/** Ctrl+K and Cmd+K do the same: many hands know them. */
const PALETTE_KEY = ".";

/** Single keys that work everywhere but in text fields; Escape works there too. */
export function useKeys(bindings: Bindings): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "k") {
        event.preventDefault();
        bindings[PALETTE_KEY]?.(PALETTE_KEY);
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      // A dialog has the keys, also when what had the focus in it is gone
      if (document.querySelector("dialog[open]")) return;
      const typing = event.target instanceof HTMLElement && takes(event.target, event.key);
      if (typing && event.key !== "Escape") return;
      const handler = bindings[event.key];
      if (!handler) return;
      event.preventDefault();
      handler(event.key);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  });
}

/** The list of keys. */
export function KeysDialog({ onClose }: { onClose(): void }) {
  return (
    <Dialog title={t("keys.title")} wide onClose={onClose}>
      <div class="keys-groups">
        {ACTION_GROUPS.map((group) => (
          <section key={group}>
            <h3>{t(`keys.group.${group}`)}</h3>
            <dl class="keys">
              {group === "go" && <KeyRow keys={["0–9"]} label="keys.queues" />}
              {ACTIONS.filter((action) => action.group === group && action.keys.length > 0).map(
                ({ id, keys, label }) => (
                  <KeyRow key={id} keys={keys} label={label} />
                ),
              )}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function KeyRow({ keys, label }: { keys: readonly string[]; label: Key }) {
  return (
    <div>
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{keyName(key)}</kbd>
        ))}
      </dt>
      <dd>{t(label)}</dd>
    </div>
  );
}

/** Whether a key is the field's own: every one of a text, the arrows of a slider. */
function takes(field: HTMLElement, key: string): boolean {
  return field.matches("input[type=range]") ? key.startsWith("Arrow") : field.matches("input, textarea, select");
}
