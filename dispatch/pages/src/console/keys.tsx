import { useEffect } from "preact/hooks";
import { type Key, t } from "../shared/i18n";
import { Dialog } from "../shared/ui/dialog";

/** Key by key, what happens. The handler gets the event's key, so that ranges such as 0-9 need one entry. */
export type Bindings = Readonly<Record<string, (key: string) => void>>;

/** Single keys that work everywhere but in text fields; Escape works there too. */
export function useKeys(bindings: Bindings): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
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

const SHOWN: readonly [keys: string, what: Key][] = [
  ["j  k", "keys.move"],
  ["/", "keys.search"],
  ["Esc", "keys.close"],
  ["0–9", "keys.queues"],
  ["a", "keys.assign"],
  ["u", "keys.unassign"],
  ["x", "keys.cancel"],
  ["e", "keys.expedite"],
  ["h", "keys.hold"],
  ["s", "keys.sequence"],
  ["z", "keys.undo"],
  ["o", "keys.overrides"],
  ["p", "keys.pins"],
  ["i", "keys.traffic"],
  ["n", "keys.report"],
  ["c", "keys.calibration"],
  ["m", "keys.message"],
  ["r", "keys.resolve"],
  ["f", "keys.fit"],
  ["t", "keys.theme"],
  ["l", "keys.language"],
  ["?", "keys.help"],
];

/** The list of keys. */
export function KeysDialog({ onClose }: { onClose(): void }) {
  return (
    <Dialog title={t("keys.title")} onClose={onClose}>
      <dl class="keys">
        {SHOWN.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.split("  ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(what)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
