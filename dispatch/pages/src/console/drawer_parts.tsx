import type { ComponentChildren } from "preact";
import type { Outcome } from "../shared/http";
import { type Key, t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Icon } from "../shared/ui/icon";
import { AttendedBy } from "./attendance_parts";
import type { ChangeKind } from "./changes";
import type { Selection } from "./selection";

type Box = { current: HTMLTextAreaElement | null };

export interface DrawerProps {
  zone: ZoneState;
  now_ms: number;
  token: string;
  selection: Selection;
  /** Where the keys "m" and "r" move the focus. */
  messageBox: Box;
  resolveBox: Box;
  onSelect(selection: Selection | null): void;
  /** Change an order, or a courier's route, by hand. */
  onChange(kind: ChangeKind, id: string): void;
  onUndo(override_id: string): void;
  /** Tell what came of an action. */
  onNotice(message: string): void;
  /** Tell it, with the way back. */
  onBack(message: string, back: () => Promise<Outcome>): void;
}

export function Head(props: DrawerProps & { kind: string; title: string; children?: ComponentChildren }) {
  return (
    <header class="drawer-head">
      <div class="drawer-line">
        <span class="faint">{props.kind}</span>
        <button
          type="button"
          class="icon-button"
          aria-label={t("drawer.close")}
          title={`${t("drawer.close")} (Esc)`}
          onClick={() => props.onSelect(null)}
        >
          <Icon name="close" />
        </button>
      </div>
      <h2>{props.title}</h2>
      {props.children}
      <AttendedBy zone={props.zone} selection={props.selection} />
    </header>
  );
}

interface FactProps {
  label: Key;
  value: string;
  title?: string;
  onOpen?: () => void;
}

/** One line of what is known; with `onOpen` it leads to the thing itself. */
export function Fact({ label, value, title, onOpen }: FactProps) {
  return (
    <div class="fact">
      <dt>{t(label)}</dt>
      <dd title={title}>
        {onOpen ? (
          <button type="button" class="link" onClick={onOpen}>
            {value}
          </button>
        ) : (
          value
        )}
      </dd>
    </div>
  );
}
