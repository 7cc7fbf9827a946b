import type { RefObject } from "preact";
import { age, count } from "../shared/format";
import { t } from "../shared/i18n";
import type { LinkState } from "../shared/protocol/live";
import type { Me } from "../shared/sign_in/api";
import type { ZoneState } from "../shared/store/zone";
import { Icon } from "../shared/ui/icon";
import type { Looks } from "../shared/ui/looks";
import { Switches } from "../shared/ui/switches";
import type { Handlers } from "./actions";
import { Others } from "./attendance_parts";
import { DeskMenu } from "./desk_menu";
import type { Figure, FigureId } from "./goals";
import { GoalStrip } from "./goals_strip";
import type { Selection } from "./selection";
import { type Incidents, trafficLabel } from "./use_traffic";

interface TopBarProps {
  zone: ZoneState;
  onSelect(selection: Selection): void;
  figures: readonly Figure[] | null;
  onGoals(id: FigureId): void;
  link: LinkState;
  mono_ms: number;
  search: string;
  searchBox: RefObject<HTMLInputElement | null>;
  looks: Looks;
  onSearch(text: string): void;
  /** How many pins are to be checked. */
  pins: number;
  /** null: not theirs to check. */
  onPins: (() => void) | null;
  me: Me | null;
  onTimeline(): void;
  traffic: Incidents;
  onTraffic(): void;
  /** Whether the desk shows the past, where nothing can be changed. */
  isPast: boolean;
  onReplay(): void;
  onPalette(): void;
  /** What the menu offers. */
  handlers: Handlers;
}

/** Key figures, search, the state of the link, and the switches. */
export function TopBar(props: TopBarProps) {
  return (
    <header class="topbar">
      <h1 class="brand">
        <Icon name="route" />
        <span>{t("app.console")}</span>
      </h1>
      <Search {...props} />
      <GoalStrip figures={props.figures} onOpen={props.onGoals} />
      <div class="topbar-tools">
        <Others zone={props.zone} onSelect={props.onSelect} />
        <Link link={props.link} mono_ms={props.mono_ms} />
        <Switches looks={props.looks} />
        <Tool label={t("timeline.title")} icon="lanes" onClick={props.onTimeline} />
        <Tool label={`${t("keys.replay")} (b)`} icon="rewind" onClick={props.onReplay} />
        <Tool
          label={trafficLabel(props.traffic)}
          icon="traffic"
          count={props.traffic ? props.traffic.length : 0}
          disabled={props.isPast}
          onClick={props.onTraffic}
        />
        {props.onPins && (
          <Tool
            label={pinsLabel(props.pins)}
            icon="pin"
            count={props.pins}
            disabled={props.isPast}
            onClick={props.onPins}
          />
        )}
        <Tool label={t("keys.palette")} icon="command" onClick={props.onPalette} />
        <DeskMenu handlers={props.handlers} me={props.me} />
      </div>
    </header>
  );
}

interface ToolProps {
  label: string;
  icon: "lanes" | "traffic" | "pin" | "command" | "rewind";
  /** Shown on the corner when there is something. */
  count?: number;
  disabled?: boolean;
  onClick(): void;
}

function Tool({ label, icon, count: n = 0, disabled = false, onClick }: ToolProps) {
  const title = disabled ? `${label}: ${t("replay.why")}` : label;
  return (
    <button
      type="button"
      class="icon-button tool"
      title={title}
      aria-label={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
      {n > 0 && (
        <span class="tool-count" aria-hidden="true">
          {n > 99 ? "99+" : count(n)}
        </span>
      )}
    </button>
  );
}

function pinsLabel(n: number): string {
  return n > 0 ? t("pins.title.count", { n: count(n) }) : t("pins.title");
}

function Search({ search, searchBox, onSearch }: TopBarProps) {
  return (
    <search class="search">
      <Icon name="search" />
      <input
        ref={searchBox}
        type="text"
        placeholder={t("search.label")}
        aria-label={t("search.label")}
        value={search}
        onInput={(event) => onSearch(event.currentTarget.value)}
      />
      {search ? (
        <button type="button" class="icon-button" aria-label={t("search.clear")} onClick={() => onSearch("")}>
          <Icon name="close" />
        </button>
      ) : (
        <kbd>/</kbd>
      )}
    </search>
  );
}

const LINKS = {
  connecting: { tone: "unknown", key: "net.connecting" },
  live: { tone: "on_time", key: "net.live" },
  waiting: { tone: "at_risk", key: "net.retrying" },
  final: { tone: "late", key: "net.final" },
} as const;

function Link({ link, mono_ms }: { link: LinkState; mono_ms: number }) {
  const { tone, key } = LINKS[link.kind];
  const title = link.kind === "waiting" ? t("net.banner", { age: age(mono_ms - link.since_ms) }) : t(key);
  return (
    <span class={`chip ${tone} net`} role="status" title={title}>
      <span class="net-dot" />
      {t(key)}
    </span>
  );
}
