import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import type { Me } from "../shared/sign_in/api";
import { whoWords } from "../shared/sign_in/words";
import { Icon } from "../shared/ui/icon";
import { doable, type Handlers, keyName } from "./actions";

/** What concerns the desk as a whole, behind one button: a menu button with its menu (WAI-ARIA). */
export function DeskMenu({ handlers, me }: { handlers: Handlers; me: Me | null }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const items = () => [...(box.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  useEffect(() => {
    if (!open) return;
    items()[0]?.focus();
    const away = (event: Event) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    addEventListener("pointerdown", away);
    addEventListener("focusin", away);
    return () => {
      removeEventListener("pointerdown", away);
      removeEventListener("focusin", away);
    };
  }, [open]);
  const pressed = (event: KeyboardEvent) => {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Escape") {
      setOpen(false);
      button.current?.focus();
    } else if (next !== undefined) all.at(next % all.length)?.focus();
    else if (event.key !== "Tab" && event.key !== "Enter" && event.key !== " ") return;
    // Keys of an open menu are not the desk's.
    event.stopPropagation();
    if (event.key !== "Tab" && event.key !== "Enter" && event.key !== " ") event.preventDefault();
  };
  return (
    <div class="desk-menu" ref={box}>
      <button
        ref={button}
        type="button"
        class="icon-button tool"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={t("menu.title")}
        title={t("menu.title")}
        onClick={() => setOpen(!open)}
      >
        <Icon name="list" />
      </button>
      {open && (
        <div class="menu" role="menu" tabIndex={-1} aria-label={t("menu.title")} onKeyDown={pressed}>
          {doable(handlers)
            .filter(({ group }) => group === "desk")
            .map(({ id, icon, label, keys }) => (
              <button
                key={id}
                type="button"
                class="menu-item"
                role="menuitem"
                tabIndex={-1}
                onClick={() => {
                  setOpen(false);
                  (handlers[id] || (() => {}))();
                }}
              >
                <Icon name={icon} />
                <span>{id === "account" && me ? whoWords(me) : t(label)}</span>
                {keys[0] && <kbd>{keyName(keys[0])}</kbd>}
              </button>
            ))}
        </div>
      )}
    </div>
  );
}
