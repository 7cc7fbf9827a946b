import { useEffect, useState } from "preact/hooks";
import { percent, span } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import { useCourier } from "./context";
import { DutySheet } from "./duty";
import { Sign, type SignName } from "./sign";

/** Always on top: the link, what waits on this phone, the battery, and the duty (which opens its sheet). */
export function Strip() {
  const { now } = useCourier();
  const [open, setOpen] = useState(false);
  return (
    <header class="strip">
      <LinkState />
      <QueueState />
      <BatteryState />
      <button
        type="button"
        class={`duty-button ${now.duty}`}
        aria-label={t("courier.duty.change", { duty: tCode("duty", now.duty) })}
        onClick={() => setOpen(true)}
      >
        <span class="duty-dot" />
        {tCode("duty", now.duty)}
        <Sign name="down" />
      </button>
      {open && <DutySheet onClose={() => setOpen(false)} />}
    </header>
  );
}

interface LinkWords {
  tone: string;
  sign: SignName;
  text: string;
}

function LinkState() {
  const { tone, sign, text } = useLinkWords();
  return (
    <span class={`strip-item link ${tone}`} role="status">
      <Sign name={sign} />
      <span>{text}</span>
    </span>
  );
}

function useLinkWords(): LinkWords {
  const { status, online } = useCourier();
  const { link } = status;
  if (link.kind === "ended") return { tone: "bad", sign: "offline", text: t("courier.link.ended") };
  // The phone knows at once that it has no network; the link finds out when nothing has been heard for a while.
  if (!online) return { tone: "away", sign: "offline", text: t("courier.link.offline") };
  if (link.kind === "live") return { tone: "good", sign: "wifi", text: t("courier.link.live") };
  if (link.kind === "connecting") return { tone: "away", sign: "wifi", text: t("courier.link.connecting") };
  const age = span(performance.now() - link.since_ms);
  return { tone: "away", sign: "offline", text: t("courier.link.waiting", { age }) };
}

function QueueState() {
  const { actions, uploads, fixes } = useCourier().status.queue;
  const n = actions + uploads;
  const label = t("courier.queue.label", { actions, pictures: uploads, fixes });
  return (
    <span class={`strip-item queue ${n > 0 ? "some" : ""}`} title={label} data-queue={n}>
      <Sign name={n > 0 ? "queue" : "checks"} />
      <span>{n > 0 ? t("courier.queue.some", { n }) : t("courier.queue.none")}</span>
      <span class="visually-hidden">{label}</span>
    </span>
  );
}

function BatteryState() {
  const level = useBattery();
  if (level === null) return null;
  const text = percent(level, 1);
  return (
    <span class={`strip-item battery ${level <= 0.15 ? "low" : ""}`} title={t("courier.battery", { percent: text })}>
      <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
        <path d="M3 8h15v8H3zM18 10.5h2.5v3H18" />
        <rect class="battery-fill" x="4.5" y="9.5" width={12 * level} height="5" />
      </svg>
      <span class="visually-hidden">{t("courier.battery", { percent: text })}</span>
      <span aria-hidden="true">{text}</span>
    </span>
  );
}

interface BatteryManager extends EventTarget {
  readonly level: number;
}

/** The battery's charge in [0, 1]; null where the browser does not tell. */
function useBattery(): number | null {
  const [level, setLevel] = useState<number | null>(null);
  useEffect(() => {
    const asks = navigator as Navigator & { getBattery?: () => Promise<BatteryManager> };
    let battery: BatteryManager | undefined;
    const show = () => battery && setLevel(battery.level);
    asks.getBattery?.().then(
      (found) => {
        battery = found;
        battery.addEventListener("levelchange", show);
        show();
      },
      () => {},
    );
    return () => battery?.removeEventListener("levelchange", show);
  }, []);
  return level;
}
