import type { RefObject } from "preact";
import { t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Icon } from "../shared/ui/icon";
import type { Selection } from "./selection";

/** What every panel over list and map is given. */
export interface PanelProps {
  zone: ZoneState;
  token: string;
  now_ms: number;
  /** What is open in it; empty: nothing, or whatever comes first. */
  chosen: string;
  /** What the key for searching goes to. */
  searchBox: RefObject<HTMLInputElement | null>;
  onSelect(selection: Selection | null): void;
  onRows(rows: readonly Selection[]): void;
  /** Tell what came of an action. */
  onNotice(message: string): void;
}

interface SearchProps {
  label: string;
  value: string;
  searchBox: RefObject<HTMLInputElement | null>;
  onChange(value: string): void;
}

/** Searches what a panel lists. Escape empties it first, and closes the panel only then. */
export function PanelSearch({ label, value, searchBox, onChange }: SearchProps) {
  return (
    <span class="search">
      <Icon name="search" />
      <input
        ref={searchBox}
        type="text"
        aria-label={label}
        placeholder={label}
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || !value) return;
          event.stopPropagation();
          onChange("");
        }}
      />
      {value && (
        <button type="button" class="icon-button" aria-label={t("search.clear")} onClick={() => onChange("")}>
          <Icon name="close" />
        </button>
      )}
    </span>
  );
}

/** What a panel shows is not the newest. */
export function Old({ words }: { words: string }) {
  return (
    <p class="alert stock-old" role="status">
      <Icon name="alert" />
      <span>{words}</span>
    </p>
  );
}
