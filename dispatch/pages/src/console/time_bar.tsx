import { useEffect, useMemo } from "preact/hooks";
import { clockSeconds, clockTime } from "../shared/format";
import { type Key, t } from "../shared/i18n";
import type { OrderView } from "../shared/protocol/messages";
import { useStore } from "../shared/ui/hooks";
import { Icon, type IconName } from "../shared/ui/icon";
import { PACES, type Pace, type Replay, type ReplayState } from "./replay";
import type { Trouble } from "./replay_api";
import { rangeOf, shareOf, stepTicks, ticksOf } from "./time_range";

interface TimeBarProps {
  replay: Replay;
  /** Business time as it is, whatever is looked at. */
  live_ms: number;
  /** What is selected, whose steps are marked on the bar. */
  order: OrderView | undefined;
  onClose(): void;
}

/** Time to drag: a slider over the last hours, steps from event to event, and playing. */
export function TimeBar({ replay, live_ms, order, onClose }: TimeBarProps) {
  const state = useStore(replay.status, 50);
  useEffect(() => void replay.learn(), [replay]);
  const minute = Math.floor(live_ms / 60_000);
  const range = useMemo(() => rangeOf(live_ms, state.first_ms, state.at_ms), [minute, state.first_ms, state.at_ms]);
  const at_ms = state.at_ms ?? live_ms;
  const isPast = state.at_ms !== null;
  // The end of the bar is now, although now has gone on since the bar was drawn
  const drag = (wanted_ms: number) => (wanted_ms >= range.to_ms ? replay.leave() : replay.seek(wanted_ms, false));
  return (
    <section class="time-bar" aria-label={t("replay.bar")} aria-busy={state.loading}>
      <div class="time-controls">
        <Control label={t("replay.step.back")} icon="stepBack" onClick={() => void replay.step(-1)} />
        <Control
          label={t(state.playing ? "replay.pause" : "replay.play")}
          icon={state.playing ? "pause" : "play"}
          disabled={!isPast}
          onClick={() => (state.playing ? replay.pause() : replay.play())}
        />
        <Control label={t("replay.step.on")} icon="stepOn" disabled={!isPast} onClick={() => void replay.step(1)} />
        <Paces state={state} onPace={(pace) => replay.setPace(pace)} />
      </div>
      <div class="time-scale">
        <input
          type="range"
          class="time-slider"
          aria-label={t("replay.slider")}
          aria-valuetext={isPast ? clockSeconds(at_ms) : t("replay.now")}
          min={range.from_ms}
          max={range.to_ms}
          step={1000}
          value={Math.min(at_ms, range.to_ms)}
          onInput={(event) => drag(Number(event.currentTarget.value))}
        />
        <div class="time-ticks" aria-hidden="true">
          {stepTicks(order, range).map((tick_ms) => (
            <span key={`s${tick_ms}`} class="time-step" style={{ insetInlineStart: shareOf(tick_ms, range) }} />
          ))}
          {ticksOf(range).map((tick_ms) => (
            <span key={tick_ms} class="time-tick" style={{ insetInlineStart: shareOf(tick_ms, range) }}>
              {clockTime(tick_ms)}
            </span>
          ))}
        </div>
      </div>
      <Control label={`${t("replay.close")} (b)`} icon="close" onClick={onClose} />
    </section>
  );
}

interface ControlProps {
  label: string;
  icon: IconName;
  disabled?: boolean;
  onClick(): void;
}

function Control({ label, icon, disabled = false, onClick }: ControlProps) {
  return (
    <button type="button" class="icon-button" title={label} aria-label={label} disabled={disabled} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

function Paces({ state, onPace }: { state: ReplayState; onPace(pace: Pace): void }) {
  return (
    <fieldset class="paces">
      <legend class="visually-hidden">{t("replay.pace")}</legend>
      {PACES.map((pace) => (
        <button key={pace} type="button" class="pace" aria-pressed={state.pace === pace} onClick={() => onPace(pace)}>
          {t("replay.pace.times", { n: pace })}
        </button>
      ))}
    </fieldset>
  );
}

const TROUBLES: Readonly<Record<Trouble, Key>> = {
  forbidden: "replay.forbidden",
  unreachable: "replay.unreachable",
  before: "replay.before",
  failed: "replay.failed",
};

/** What says that the desk does not show now, and leads back there. */
export function PastBanner({ replay }: { replay: Replay }) {
  const { at_ms, loading, trouble } = useStore(replay.status, 50);
  if (at_ms === null && !trouble) return null;
  return (
    <section class={`past-banner${trouble ? " trouble" : ""}`} aria-label={t("replay.banner")}>
      <Icon name={trouble ? "alert" : "rewind"} />
      {trouble ? (
        <p role="alert">{t(TROUBLES[trouble])}</p>
      ) : (
        <p>
          <strong>{t("replay.as_of", { time: clockSeconds(at_ms ?? 0) })}</strong>{" "}
          <span class="past-note" role="status">
            {t(loading ? "replay.loading" : "replay.locked")}
          </span>
        </p>
      )}
      {trouble && trouble !== "forbidden" && (
        <button type="button" class="button" onClick={() => replay.again()}>
          {t("replay.again")}
        </button>
      )}
      <button type="button" class="button primary" data-action="now" onClick={() => replay.leave()}>
        {t("replay.leave")}
      </button>
    </section>
  );
}
