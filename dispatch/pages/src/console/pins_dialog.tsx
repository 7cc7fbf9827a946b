import { useEffect, useState } from "preact/hooks";
import { count, percent } from "../shared/format";
import { currentLang, type Key, t, tCode } from "../shared/i18n";
import { Dialog } from "../shared/ui/dialog";
import { Icon } from "../shared/ui/icon";
import type { Looks } from "../shared/ui/looks";
import { fetchPins, type PinCorrection, type PinsToCheck, sendVerdict } from "./pins_api";
import { PinsMap } from "./pins_map";
import { problemWords } from "./problem_words";

const LOOK_EVERY_MS = 60_000;
/** From here on a proposal is called on time (green), below the other it is doubted (amber). */
const SURE = 0.75;
const DOUBTED = 0.5;

export type Pins = PinsToCheck | null | false;

/** The pins to check, looked for now and every minute; null while nobody knows, false when they cannot be had. */
export function usePins(token: string, zone: string): readonly [Pins, () => void] {
  const [pins, setPins] = useState<Pins>(null);
  const [asked, ask] = useState(0);
  useEffect(() => {
    if (!zone) return;
    let wanted = true;
    const look = () => void fetchPins(token, zone).then((found) => wanted && setPins(found ?? false));
    look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [token, zone, asked]);
  return [pins, () => ask((n) => n + 1)];
}

interface PinsProps {
  pins: Pins;
  token: string;
  zone: string;
  looks: Looks;
  onChanged(): void;
  onClose(): void;
}

/** What was just decided, and so can be taken back. */
interface Decided {
  pin: PinCorrection;
  accept: boolean;
}

/** Doors whose pins are probably wrong: which, why, where on the map; accept or leave each. */
export function PinsDialog({ pins, token, zone, looks, onChanged, onClose }: PinsProps) {
  const [chosen, choose] = useState("");
  const [decided, setDecided] = useState<Decided | null>(null);
  const [trouble, setTrouble] = useState("");
  const [sending, setSending] = useState(false);
  const listed = (pins ? pins.corrections : []).filter(({ id }) => id !== decided?.pin.id);
  const shown = listed.find(({ id }) => id === chosen) ?? listed[0];
  const decide = async (pin: PinCorrection, accept: boolean, undoing = false) => {
    if (sending) return;
    setSending(true);
    const outcome = await sendVerdict(token, zone, pin.id, accept);
    setSending(false);
    setTrouble(problemWords(outcome));
    if (outcome.kind !== "done" && outcome.kind !== "accepted") return;
    setDecided(undoing ? null : { pin, accept });
    onChanged();
  };
  return (
    <Dialog title={t("pins.title")} wide onClose={onClose}>
      <p class="faint">{t("pins.explained")}</p>
      {trouble && (
        <p class="alert" role="alert">
          {trouble}
        </p>
      )}
      {decided && <Settled {...decided} onUndo={() => decide(decided.pin, false, true)} />}
      {pins === null && <span class="skeleton preview-skeleton" />}
      {pins === false && <p class="alert">{t("pins.failed")}</p>}
      {pins && !shown && <p class="faint overrides-none">{t("pins.none")}</p>}
      {pins && shown && (
        <div class="pins">
          <div class="pins-side">
            <PinsMap shown={shown} looks={looks} />
            <Legend />
            <PinDetails pin={shown} sending={sending} onDecide={(accept) => decide(shown, accept)} />
          </div>
          <PinList pins={listed} total={pins.total} shown={shown} onChoose={choose} />
        </div>
      )}
    </Dialog>
  );
}

/** What came of the last decision. An acceptance can be taken back; a rejected pin is as it was anyway. */
function Settled({ pin, accept, onUndo }: Decided & { onUndo(): void }) {
  return (
    <p class="pins-settled" role="status">
      <Icon name="check" />
      <span>
        <strong>{pin.address}</strong> {t(accept ? "pins.accepted" : "pins.rejected")}
      </span>
      {accept && (
        <button type="button" class="button" onClick={onUndo}>
          <Icon name="undo" />
          {t("pins.undo")}
        </button>
      )}
    </p>
  );
}

const LEGEND: readonly [mark: string, key: Key][] = [
  ["pin", "pins.legend.pin"],
  ["place", "pins.legend.place"],
  ["stay", "pins.legend.stays"],
];

function Legend() {
  return (
    <ul class="pins-legend">
      {LEGEND.map(([mark, key]) => (
        <li key={mark}>
          <span class={`pins-mark ${mark}`} aria-hidden="true" />
          {t(key)}
        </li>
      ))}
    </ul>
  );
}

interface DetailsProps {
  pin: PinCorrection;
  sending: boolean;
  onDecide(accept: boolean): void;
}

function PinDetails({ pin, sending, onDecide }: DetailsProps) {
  return (
    <section class="pins-details" data-pin={pin.id}>
      <h3>{pin.address}</h3>
      <p>{currentLang() === "zh" ? pin.reason_zh : pin.reason_en}</p>
      <p class="faint">{effectWords(pin.waiting_orders)}</p>
      <div class="actions">
        <button type="button" class="button primary" disabled={sending} onClick={() => onDecide(true)}>
          <Icon name="check" />
          {t("pins.accept")}
        </button>
        <button type="button" class="button" disabled={sending} onClick={() => onDecide(false)}>
          {t("pins.reject")}
        </button>
      </div>
    </section>
  );
}

function effectWords(waiting: number): string {
  if (waiting === 0) return t("pins.effect");
  return waiting === 1 ? t("pins.effect.one") : t("pins.effect.many", { n: count(waiting) });
}

interface ListProps {
  pins: readonly PinCorrection[];
  total: number;
  shown: PinCorrection;
  onChoose(id: string): void;
}

function PinList({ pins, total, shown, onChoose }: ListProps) {
  const more = total - pins.length;
  return (
    <ol class="pins-list" aria-label={t("pins.list")}>
      {pins.map((pin) => (
        <li key={pin.id}>
          <button type="button" aria-current={pin === shown ? "true" : undefined} onClick={() => onChoose(pin.id)}>
            <strong>{pin.address}</strong>
            <span class="faint">{tCode("pins.pattern", pin.pattern)}</span>
            <span class="pins-figures">
              <span class="chip unknown">{t("pins.distance", { n: count(Math.round(pin.distance_m)) })}</span>
              <Sureness confidence={pin.confidence} />
            </span>
          </button>
        </li>
      ))}
      {more > 0 && <li class="faint">{t("pins.more", { n: count(more) })}</li>}
    </ol>
  );
}

function Sureness({ confidence }: { confidence: number }) {
  const tone = confidence >= SURE ? "on_time" : confidence < DOUBTED ? "at_risk" : "unknown";
  return <span class={`chip ${tone}`}>{t("pins.sure", { percent: percent(confidence, 1) })}</span>;
}
