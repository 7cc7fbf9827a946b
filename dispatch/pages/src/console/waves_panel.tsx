import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { age, clockTime, count, percent } from "../shared/format";
import { t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import { Old, type PanelProps } from "./over_parts";
import { problemWords } from "./problem_words";
import { Alert } from "./signin";
import { useWaves, type WavesKnown } from "./use_waves";
import { dueTone, dueWords, piecesOf, placeOfWave, type Wave } from "./waves";
import { WaveDrawer } from "./waves_wave";

/** A depot's work: what leaves when, and one wave with what is to be picked for it. */
export function WavesPanel(props: PanelProps) {
  const { zone, token, chosen } = props;
  const asked = placeOfWave(chosen);
  const depots = [...zone.depots.values()].sort((a, b) => a.name.localeCompare(b.name));
  const depot_id = asked.depot_id || (depots[0]?.id ?? "");
  const known = useWaves(token, zone.zone, depot_id);
  const open = (wave: string) => props.onSelect({ kind: "waves", id: [depot_id, wave].filter(Boolean).join("/") });
  const waves = known.found?.waves ?? [];
  useLayoutEffect(() => props.onRows(waves.map(({ id }) => ({ kind: "waves", id: `${depot_id}/${id}` }))));
  const shown = waves.find(({ id }) => id === asked.wave);
  return (
    <section
      class={`stock waves${asked.wave ? " with-shelf" : ""}`}
      aria-label={t("waves.title")}
      data-waves={depot_id}
    >
      <div class="stock-main">
        <Head
          {...props}
          known={known}
          depot_id={depot_id}
          depots={depots}
          onDepot={(id) => props.onSelect({ kind: "waves", id })}
        />
        {depot_id ? (
          <Shown {...props} known={known} wave={asked.wave} onWave={open} />
        ) : (
          <p class="list-empty">{t("waves.none.depot")}</p>
        )}
      </div>
      {asked.wave && (
        <WaveDrawer
          key={`${depot_id}/${asked.wave}`}
          {...props}
          depot_id={depot_id}
          wave={shown ?? (known.found ? false : null)}
          onDone={known.lookAgain}
          onClose={() => {
            open("");
            // The drawer had the focus; its row goes on with it.
            setTimeout(() => document.querySelector<HTMLElement>(`[data-wave="${CSS.escape(asked.wave)}"]`)?.focus());
          }}
        />
      )}
    </section>
  );
}

interface HeadProps extends PanelProps {
  known: WavesKnown;
  depot_id: string;
  depots: readonly { id: string; name: string }[];
  onDepot(id: string): void;
}

function Head({ known, depot_id, depots, onDepot, onSelect }: HeadProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever came by a key goes on from here by keys.
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <header class="stock-head">
      <h2 ref={heading} tabIndex={-1}>
        {t("waves.title")}
      </h2>
      <select
        class="waves-depot"
        aria-label={t("filter.depot")}
        value={depot_id}
        onChange={(event) => onDepot(event.currentTarget.value)}
      >
        {depots.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <Today known={known} />
      <span class="stock-tools">
        <button
          type="button"
          class="icon-button"
          aria-label={t("drawer.close")}
          title={`${t("drawer.close")} (Esc)`}
          onClick={() => onSelect(null)}
        >
          <Icon name="close" />
        </button>
      </span>
    </header>
  );
}

/** How many were packed before their courier came, today. */
function Today({ known }: { known: WavesKnown }) {
  const { picking } = known;
  if (!picking) return null;
  const { share, orders, in_time } = picking.total;
  if (share === null) return <span class="waves-today">{t("waves.today.none")}</span>;
  const words = { share: percent(in_time, orders), goal: percent(picking.goal, 1) };
  return (
    <span class={`waves-today ${share < picking.goal ? "at_risk" : ""}`} data-share={share}>
      {t("waves.today", words)}
    </span>
  );
}

type ShownProps = PanelProps & { known: WavesKnown; wave: string; onWave(wave: string): void };

/** The waves, or why there are none to be seen. */
function Shown(props: ShownProps) {
  const { known, now_ms, wave, onWave } = props;
  if (!known.found) return known.trouble ? <Trouble known={known} /> : <span class="skeleton preview-skeleton" />;
  const { waves } = known.found;
  return (
    <>
      {known.trouble && <Old words={t("waves.old", { age: age(performance.now() - known.at_ms) })} />}
      {waves.length === 0 && <p class="list-empty">{t("waves.none")}</p>}
      <ol class="waves-list" aria-label={t("waves.count", { n: count(waves.length) })}>
        {waves.map((each) => (
          <Row key={each.id} wave={each} now_ms={now_ms} chosen={each.id === wave} onWave={onWave} />
        ))}
      </ol>
    </>
  );
}

function Trouble({ known }: { known: WavesKnown }) {
  const { trouble } = known;
  if (trouble?.kind === "forbidden") return <p class="list-empty">{t("waves.forbidden")}</p>;
  const detail = trouble && trouble.kind !== "unreachable" ? problemWords(trouble) : "";
  return (
    <div class="stock-trouble">
      <Alert>{detail ? t("waves.failed", { detail }) : t("waves.failed.offline")}</Alert>
      <button type="button" class="button" onClick={known.lookAgain}>
        {t("replay.again")}
      </button>
    </div>
  );
}

interface RowProps {
  wave: Wave;
  now_ms: number;
  chosen: boolean;
  onWave(id: string): void;
}

function Row({ wave, now_ms, chosen, onWave }: RowProps) {
  const button = useRef<HTMLButtonElement>(null);
  // It may have been chosen by a key.
  useEffect(() => {
    if (chosen) button.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const size = { orders: count(wave.orders.length), pieces: count(piecesOf(wave)) };
  return (
    <li>
      <button
        ref={button}
        type="button"
        class={`waves-row ${dueTone(wave, now_ms)}`}
        aria-pressed={chosen}
        data-wave={wave.id}
        data-state={wave.state}
        onClick={() => onWave(wave.id)}
      >
        <span class="waves-due">{dueWords(wave, now_ms)}</span>
        <span class="waves-who">
          {wave.courier_id ? wave.courier || wave.courier_id : t("waves.open")}
          {wave.there && (
            <span class="chip at_risk">
              <Icon name="person" />
              {t("waves.there")}
            </span>
          )}
        </span>
        <StateChip wave={wave} />
        <span class="faint">
          {t("waves.size", size)}
          {wave.arrive_at_ms > 0 && ` · ${t("waves.arrives", { time: clockTime(wave.arrive_at_ms) })}`}
        </span>
      </button>
    </li>
  );
}

export function StateChip({ wave }: { wave: Wave }) {
  return (
    <span class={`chip waves-state ${wave.state === "packed" ? "on_time" : ""}`}>
      <Icon name={wave.state === "packed" ? "check" : wave.state === "picking" ? "list" : "circle"} />
      {t(`waves.state.${wave.state}`)}
    </span>
  );
}
