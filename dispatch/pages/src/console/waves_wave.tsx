import { useEffect, useRef, useState } from "preact/hooks";
import { clockTime, count, shortId } from "../shared/format";
import { t } from "../shared/i18n";
import { preparationWords } from "../shared/preparation";
import { Icon } from "../shared/ui/icon";
import { useMay } from "./may";
import type { PanelProps } from "./over_parts";
import { Papers } from "./papers";
import {
  dueTone,
  dueWords,
  isAllTicked,
  keepTicks,
  keptTicks,
  lineKey,
  type PickLine,
  piecesOfOrder,
  type Step,
  scanned,
  type Ticks,
  tickedOf,
  type Wave,
  type WaveOrder,
  withLine,
  without,
} from "./waves";
import { sendPrepared } from "./waves_api";
import { StateChip } from "./waves_panel";

interface WaveProps extends PanelProps {
  depot_id: string;
  /** null: not known yet; false: it is not there any more. */
  wave: Wave | null | false;
  /** Something was reported: look again. */
  onDone(): void;
  onClose(): void;
}

/** One wave: what to fetch from the shelves, ticked piece by piece, and the orders that it is for. */
export function WaveDrawer(props: WaveProps) {
  const { wave, onClose, now_ms } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <aside class="stock-shelf" aria-label={t("waves.title")} data-drawer="wave">
      <header class="drawer-head">
        <div class="drawer-line">
          <span class={`waves-due ${wave ? dueTone(wave, now_ms) : ""}`}>{wave && dueWords(wave, now_ms)}</span>
          <button
            type="button"
            class="icon-button"
            aria-label={t("waves.back")}
            title={`${t("waves.back")} (Esc)`}
            onClick={onClose}
          >
            <Icon name="close" />
          </button>
        </div>
        <h2 ref={heading} tabIndex={-1}>
          {wave ? titleOf(wave) : t("waves.title")}
        </h2>
        {wave && (
          <p class="drawer-chips">
            <StateChip wave={wave} />
          </p>
        )}
      </header>
      <div class="drawer-body">
        {wave === null && <span class="skeleton preview-skeleton" />}
        {wave === false && <p class="faint">{t("waves.gone")}</p>}
        {wave && <WaveBody {...props} wave={wave} />}
      </div>
    </aside>
  );
}

function titleOf({ courier_id, courier, arrive_at_ms }: Wave): string {
  if (!courier_id) return t("waves.courier.none");
  return [courier || courier_id, clockTime(arrive_at_ms)].join(" · ");
}

/** Whose wave it is, as a file may be called. */
function fileName({ courier_id, courier }: Wave): string {
  return (courier || courier_id || "wave").replaceAll(/[^\p{L}\p{N}]+/gu, "-");
}

type BodyProps = WaveProps & { wave: Wave };

function WaveBody(props: BodyProps) {
  const { wave, depot_id, zone } = props;
  const id = `${zone.zone}/${depot_id}/${wave.id}`;
  const [ticks, setTicks] = useState<Ticks>(() => keptTicks(id, wave));
  const { busy, report } = useReport(props);
  const mayPrepare = useMay()("prepare_wave");
  const isPacked = wave.state === "packed";
  /** The first tick begins the picking, the last one ends it. */
  const tick = (next: Ticks) => {
    setTicks(next);
    keepTicks(id, wave, next);
    if (isAllTicked(next, wave)) void report("packed");
    else if (wave.state === "open") void report("picking");
  };
  return (
    <>
      {mayPrepare && !isPacked && (
        <>
          {wave.lines.length > 0 && <Scan {...props} ticks={ticks} onTicks={tick} />}
          <div class="actions">
            {wave.state === "open" && <Act step="picking" busy={busy} onAct={report} />}
            <Act step="packed" busy={busy} onAct={report} />
          </div>
        </>
      )}
      <h3>{t("waves.lines")}</h3>
      {wave.lines.length === 0 && <p class="faint">{t("waves.lines.none")}</p>}
      <ul class="waves-lines">
        {wave.lines.map((line) => (
          <Line
            key={lineKey(line)}
            line={line}
            n={isPacked ? line.quantity : tickedOf(ticks, line)}
            onTick={mayPrepare && !isPacked ? () => tick(withLine(ticks, line)) : null}
          />
        ))}
      </ul>
      <h3>{t("waves.orders")}</h3>
      <Papers token={props.token} order_ids={wave.orders.map((order) => order.id)} name={fileName(wave)} />
      <ul class="waves-orders">
        {wave.orders.map((order) => (
          <OrderLine key={order.id} order={order} onSelect={props.onSelect} />
        ))}
      </ul>
    </>
  );
}

/** Tells the server what was done of the wave, one report at a time. */
function useReport({ wave, token, zone, depot_id, onNotice, onDone }: BodyProps) {
  const [busy, setBusy] = useState(false);
  const chain = useRef(Promise.resolve());
  const report = (step: Step) => {
    const order_ids = without(wave, step);
    if (order_ids.length === 0) return chain.current;
    setBusy(true);
    chain.current = chain.current.then(async () => {
      const { done, failed, trouble } = await sendPrepared(token, zone.zone, depot_id, step, order_ids);
      setBusy(false);
      if (failed > 0) onNotice(t("waves.done.part", { n: failed, detail: trouble }));
      else onNotice(t(`waves.done.${step}`, { n: done }));
      onDone();
    });
    return chain.current;
  };
  return { busy, report };
}

function Act({ step, busy, onAct }: { step: Step; busy: boolean; onAct(step: Step): Promise<void> }) {
  return (
    <button
      type="button"
      class={`button ${step === "packed" ? "primary" : ""}`}
      disabled={busy}
      data-act={step}
      onClick={() => void onAct(step)}
    >
      {t(`waves.act.${step}`)}
    </button>
  );
}

type ScanProps = BodyProps & { ticks: Ticks; onTicks(next: Ticks): void };

/** Where a scanner types: each code and its Enter ticks one piece. */
function Scan({ wave, ticks, onTicks, searchBox }: ScanProps) {
  const [said, say] = useState({ words: "", found: true });
  const submit = (event: Event) => {
    event.preventDefault();
    const box = searchBox.current;
    if (!box?.value.trim()) return;
    const { ticks: next, words, found } = scanned(ticks, wave, box.value);
    say({ words, found });
    box.value = "";
    box.focus();
    if (found) onTicks(next);
  };
  return (
    <form class="waves-scan" onSubmit={submit}>
      <label>
        <span>{t("waves.scan")}</span>
        <input
          ref={searchBox}
          type="text"
          inputMode="text"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          maxLength={64}
          enterkeyhint="done"
        />
      </label>
      <button type="submit" class="button">
        {t("waves.scan.go")}
      </button>
      <p class={said.found ? "on_time" : "late"} role="status">
        {said.words && <Icon name={said.found ? "check" : "alert"} />}
        {said.words}
      </p>
    </form>
  );
}

function Line({ line, n, onTick }: { line: PickLine; n: number; onTick: (() => void) | null }) {
  const { name, sku, code, quantity } = line;
  const full = n === quantity;
  return (
    <li data-line={sku || code || name} data-ticked={n} class={full ? "full" : ""}>
      <button type="button" aria-pressed={full} disabled={!onTick} onClick={() => onTick?.()}>
        <Icon name={full ? "check" : "circle"} />
        <span class="waves-name">
          {name}
          <span class="faint">{[sku, code].filter(Boolean).join(" · ")}</span>
        </span>
        <strong>
          {count(n)}/{count(quantity)}
        </strong>
      </button>
    </li>
  );
}

function OrderLine({ order, onSelect }: { order: WaveOrder } & Pick<PanelProps, "onSelect">) {
  const { id, ref, mode = "", step, lines, fragile } = order;
  return (
    <li data-order={id} data-step={step}>
      <span>
        <button type="button" class="link" onClick={() => onSelect({ kind: "order", id })}>
          {t("waves.order", { order: ref || shortId(id) })}
        </button>
        {fragile && ` · ${t("waves.fragile")}`}
        {(mode === "self_pickup" || mode === "carrier") && ` · ${t(`waves.mode.${mode}`)}`}
      </span>
      <span class="faint">{step && preparationWords(step)}</span>
      <span class="faint">
        {lines.length > 0
          ? lines.map(({ name, quantity }) => `${name} × ${quantity}`).join(", ")
          : t("waves.order.items", { n: piecesOfOrder(order) })}
      </span>
    </li>
  );
}
