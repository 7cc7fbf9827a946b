import { useRef } from "preact/hooks";
import { count, decimal } from "../shared/format";
import { type Key, t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Icon, type IconName } from "../shared/ui/icon";
import { FIGURES, type Figure, type FigureId, figuresOf, type GoalVerdict } from "./goals";

/** Figures walk over all orders: once a second is as often as anybody reads them. */
const EVERY_MS = 1_000;

/** The zone's figures now; null until the zone is known. */
export function useFigures(zone: ZoneState, now_ms: number): readonly Figure[] | null {
  const kept = useRef<{ at_ms: number; goals: unknown; figures: readonly Figure[] } | null>(null);
  if (!zone.synced) return null;
  const mono_ms = performance.now();
  const last = kept.current;
  if (last && mono_ms - last.at_ms < EVERY_MS && last.goals === zone.goals) return last.figures;
  const figures = figuresOf(zone, now_ms);
  kept.current = { at_ms: mono_ms, goals: zone.goals, figures };
  return figures;
}

export const VERDICTS: Readonly<Record<GoalVerdict, readonly [tone: string, icon: IconName]>> = {
  met: ["on_time", "check"],
  near: ["at_risk", "clock"],
  missed: ["late", "alert"],
  none: ["unknown", "circle"],
};

const PERCENT: ReadonlySet<FigureId> = new Set<FigureId>(["on_time", "at_risk", "late"]);

/** A value of a figure in its own unit: "96%", "12", "31 min", "2.4". */
export function valueWords(id: FigureId, value: number | null): string {
  if (value === null) return "–";
  if (PERCENT.has(id)) return t("goals.percent", { n: decimal(value) });
  if (id === "door") return t("time.minutes", { n: Math.round(value) });
  return id === "pace" ? decimal(value) : count(Math.round(value));
}

/** What the strip shows: of what is at risk or late how many, for a share of few orders says little. */
function shownValue({ id, value, orders }: Figure): string {
  return id === "late" || id === "at_risk" ? count(orders) : valueWords(id, value);
}

export function figureName(id: FigureId): string {
  return t(`goals.figure.${id}`);
}

export function goalWords(id: FigureId, goal: number | null): string {
  if (goal === null) return t("goals.none");
  const least: Key = id === "on_time" || id === "pace" ? "goals.least" : "goals.most";
  return t(least, { value: valueWords(id, goal) });
}

interface StripProps {
  figures: readonly Figure[] | null;
  onOpen(id: FigureId): void;
}

/** Each figure with its verdict and where it is going; a press tells more. */
export function GoalStrip({ figures, onOpen }: StripProps) {
  if (!figures) {
    return (
      <div class="kpis" aria-hidden="true">
        {FIGURES.map((id) => (
          <span key={id} class="skeleton kpi-skeleton" />
        ))}
      </div>
    );
  }
  return (
    <fieldset class="kpis" aria-label={t("goals.title")}>
      {figures.map((figure) => (
        <StripFigure key={figure.id} figure={figure} onOpen={onOpen} />
      ))}
    </fieldset>
  );
}

function StripFigure({ figure, onOpen }: { figure: Figure } & Pick<StripProps, "onOpen">) {
  const { id, goal, verdict, trend, moved } = figure;
  const [tone, icon] = VERDICTS[verdict];
  const more = [
    goal === null ? "" : `${goalWords(id, goal)}: ${t(`goals.verdict.${verdict}`)}`,
    moved === 0 ? "" : t(`goals.trend.${trend}`),
  ].filter(Boolean);
  return (
    <button
      type="button"
      class={`kpi ${tone}`}
      data-figure={id}
      data-verdict={verdict}
      title={more.join("\n")}
      onClick={() => onOpen(id)}
    >
      <span class="kpi-name">{figureName(id)}</span>
      <span class="kpi-value">
        {verdict !== "none" && <Icon name={icon} />}
        {shownValue(figure)}
        {moved !== 0 && (
          <span class={`kpi-trend ${trend}`}>
            <Icon name={moved > 0 ? "up" : "down"} />
          </span>
        )}
      </span>
      <span class="visually-hidden">{more.map((words) => `. ${words}`).join("")}</span>
    </button>
  );
}
