import { useRef } from "preact/hooks";
import { t } from "../shared/i18n";
import { Dialog } from "../shared/ui/dialog";
import { FeesPart } from "./fees_part";
import { KeysPart } from "./keys_part";
import { useMay } from "./may";
import { MessagesPart } from "./messages_part";
import { PolicyPart } from "./policy_part";
import { type Section, sectionsFor } from "./settings";

export interface PartProps {
  token: string;
  zone: string;
  /** Business time. */
  now_ms: number;
  /** Show an order instead of the settings. */
  onOrder(order_id: string): void;
}

interface SettingsProps extends PartProps {
  section: Section;
  onSection(next: Section): void;
  onClose(): void;
}

const PARTS = {
  fees: FeesPart,
  policy: PolicyPart,
  sent: MessagesPart,
  api_keys: KeysPart,
} as const satisfies Readonly<Record<Section, unknown>>;

/** What of the zone is set at the desk: a tab for each part of it that this person may look at. */
export function SettingsDialog({ section, onSection, onClose, ...part }: SettingsProps) {
  const sections = sectionsFor(useMay());
  const Part = PARTS[section];
  return (
    <Dialog title={t("settings.title")} wide onClose={onClose}>
      <Tabs sections={sections} chosen={section} onChoose={onSection} />
      <div id="settings-part" class="settings-part" role="tabpanel" aria-labelledby={`settings-${section}`}>
        <Part key={section} {...part} />
      </div>
    </Dialog>
  );
}

interface TabsProps {
  sections: readonly Section[];
  chosen: Section;
  onChoose(next: Section): void;
}

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Tabs with one of them in the order of Tab, and arrows between them (WAI-ARIA). */
function Tabs({ sections, chosen, onChoose }: TabsProps) {
  const list = useRef<HTMLDivElement>(null);
  const pressed = (event: KeyboardEvent) => {
    const at = sections.indexOf(chosen);
    const to = { Home: 0, End: sections.length - 1 }[event.key] ?? at + (STEPS[event.key] ?? Number.NaN);
    const next = sections.at(to % sections.length);
    if (Number.isNaN(to) || !next) return;
    event.preventDefault();
    onChoose(next);
    list.current?.querySelector<HTMLElement>(`#settings-${next}`)?.focus();
  };
  return (
    <div ref={list} class="tabs" role="tablist" aria-label={t("settings.title")} tabIndex={-1} onKeyDown={pressed}>
      {sections.map((section) => (
        <button
          key={section}
          id={`settings-${section}`}
          type="button"
          role="tab"
          class="tab"
          aria-selected={section === chosen}
          aria-controls="settings-part"
          tabIndex={section === chosen ? 0 : -1}
          onClick={() => onChoose(section)}
        >
          {t(`settings.${section}`)}
        </button>
      ))}
    </div>
  );
}
