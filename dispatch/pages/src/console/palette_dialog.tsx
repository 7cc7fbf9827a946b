import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Icon } from "../shared/ui/icon";
import { type Entry, entriesOf, found, type Ways } from "./palette";

/** One box that finds every action, queue, order, courier and depot: a combobox with its list, in a dialog. */
export function Palette({ zone, ways, onClose }: { zone: ZoneState; ways: Ways; onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  // The zone goes on changing behind it; what is offered stays as it was when the palette was opened, or the zone came.
  const entries = useMemo(() => entriesOf(zone, ways), [zone.synced]);
  const shown = useMemo(() => found(entries, text), [entries, text]);
  const chosen = shown[Math.min(at, shown.length - 1)];
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  const pressed = (event: KeyboardEvent) => {
    event.stopPropagation();
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) setAt((Math.min(at, shown.length - 1) + by + shown.length) % Math.max(1, shown.length));
    else if (event.key === "Enter" && !event.isComposing) run(chosen);
    else return;
    event.preventDefault();
  };
  return (
    <dialog
      ref={dialog}
      class="palette"
      aria-label={t("palette.title")}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
      onKeyDown={pressed}
    >
      <div class="palette-box">
        <label class="palette-search">
          <Icon name="search" />
          <span class="visually-hidden">{t("palette.label")}</span>
          <input
            type="text"
            role="combobox"
            autofocus
            autocomplete="off"
            spellcheck={false}
            placeholder={t("palette.label")}
            aria-expanded="true"
            aria-controls="palette-list"
            aria-activedescendant={chosen && optionId(chosen)}
            value={text}
            onInput={(event) => {
              setText(event.currentTarget.value);
              setAt(0);
            }}
          />
        </label>
        <div ref={list} id="palette-list" class="palette-list" role="listbox" aria-label={t("palette.title")}>
          {shown.map((entry) => (
            <Line key={entry.id} entry={entry} chosen={entry === chosen} onRun={() => run(entry)} />
          ))}
        </div>
        {shown.length === 0 && (
          <p class="palette-none" role="status">
            {t("palette.none", { text: text.trim() })}
          </p>
        )}
        <p class="palette-hint faint">{t("palette.hint")}</p>
      </div>
    </dialog>
  );
}

function Line({ entry, chosen, onRun }: { entry: Entry; chosen: boolean; onRun(): void }) {
  return (
    <div
      id={optionId(entry)}
      class="palette-line"
      role="option"
      tabIndex={-1}
      aria-selected={chosen}
      onClick={onRun}
      onKeyDown={(event) => event.key === "Enter" && onRun()}
    >
      <Icon name={entry.icon} />
      <span class="palette-title">{entry.title}</span>
      {entry.sub && <span class="faint">{entry.sub}</span>}
      {entry.key && <kbd>{entry.key}</kbd>}
    </div>
  );
}

function optionId({ id }: Entry): string {
  return `palette ${id}`.replaceAll(" ", "-");
}
