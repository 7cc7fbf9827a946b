import { useEffect, useRef, useState } from "preact/hooks";
import { newKey, type Outcome } from "../shared/http";
import { type Key, t } from "../shared/i18n";
import { isBrought, phaseOf, toneOf } from "../shared/order";
import type { DepotView, OrderView } from "../shared/protocol/messages";
import { Icon, type IconName } from "../shared/ui/icon";
import type { Looks } from "../shared/ui/looks";
import {
  asksAboutDelay,
  lateWords,
  mayWish,
  openSheets,
  problemWords,
  type SheetKind,
  standing,
  waits,
} from "./wishes";
import { AddressSheet } from "./wishes_address";
import { type Wishes, wishesOf } from "./wishes_api";
import { CancelSheet, ModeSheet, NoteSheet, WindowSheet } from "./wishes_sheets";

const SAID_MS = 6_000;

interface WishesProps {
  order: OrderView;
  /** Where it lies. */
  depot: DepotView | null;
  now_ms: number;
  token: string;
  looks: Looks;
}

/** One sheet at a time, whoever opens it, and what came of the last one. */
export function useWishes({ order, depot, now_ms, token, looks }: WishesProps) {
  const [open, setOpen] = useState<SheetKind | null>(null);
  const [said, setSaid] = useState("");
  const wishes = useRef<Wishes | null>(null);
  wishes.current ??= wishesOf(token);
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(""), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const done = (outcome: Outcome) => {
    setOpen(null);
    setSaid(t(outcome.kind === "accepted" ? "wish.saved.soon" : "wish.saved"));
  };
  const props = { order, now_ms, wishes: wishes.current, onDone: done, onClose: () => setOpen(null) };
  const sheet =
    open === "note" ? (
      <NoteSheet {...props} />
    ) : open === "address" ? (
      <AddressSheet {...props} looks={looks} />
    ) : open === "window" ? (
      <WindowSheet {...props} />
    ) : open === "pickup" || open === "bring" ? (
      <ModeSheet {...props} kind={open} depot={depot} />
    ) : open === "cancel" ? (
      <CancelSheet {...props} />
    ) : null;
  return { sheet, said, depot: depot?.name ?? "", wishes: wishes.current, open: setOpen };
}

type Opened = ReturnType<typeof useWishes>;

/** What is asked when it is late, or may be: a few calm choices, and none of them twice. */
export function Delay({ order, now_ms, desk }: { order: OrderView; now_ms: number; desk: Opened }) {
  const [state, setState] = useState<Outcome | "sending" | null>(null);
  const key = useRef("");
  if (waits(order, now_ms)) {
    return (
      <p class="delay waits" role="status">
        <Icon name="check" />
        {t("wish.waits")}
      </p>
    );
  }
  if (!asksAboutDelay(order, now_ms, toneOf(order, now_ms))) return null;
  const wait = async () => {
    if (state === "sending") return;
    key.current ||= newKey();
    setState("sending");
    const outcome = await desk.wishes.wait(key.current);
    if (outcome.kind !== "unreachable") key.current = "";
    setState(outcome);
  };
  const problem = state !== null && state !== "sending" ? problemWords(state) : "";
  const others = (["window", "pickup", "cancel"] as const).filter((kind) => mayWish(order, kind));
  return (
    <section class="delay" aria-labelledby="delay-title">
      <h2 id="delay-title">{t(lateWords(order, now_ms))}</h2>
      {others.length === 0 && <p class="faint">{t("wish.delay.aboard")}</p>}
      <div class="delay-choices">
        <button type="button" class="button primary" aria-disabled={state === "sending" || undefined} onClick={wait}>
          {t("wish.delay.wait")}
        </button>
        {others.map((kind) => (
          <button key={kind} type="button" class="button" onClick={() => desk.open(kind)}>
            {t(`wish.delay.${kind}`)}
          </button>
        ))}
      </div>
      {problem && (
        <p class="sheet-alert" role="alert">
          <Icon name="alert" />
          <span>{problem}</span>
        </p>
      )}
    </section>
  );
}

const SIGNS: Readonly<Record<SheetKind, IconName>> = {
  note: "message",
  address: "home",
  window: "clock",
  pickup: "store",
  bring: "home",
  cancel: "close",
};

/** What can still be changed, each with how it stands. */
export function WishList({ order, now_ms, desk }: { order: OrderView; now_ms: number; desk: Opened }) {
  const kinds = openSheets(order);
  const ended = ["done", "canceled", "failed"].includes(phaseOf(order));
  if (ended) return <Said said={desk.said} />;
  return (
    <section class="wishes" aria-label={t("wish.title")}>
      <h2>{t("wish.title")}</h2>
      {kinds.length === 0 && <p class="faint">{t(isBrought(order) ? "wish.only.messages" : "wish.only.shop")}</p>}
      <ul>
        {kinds.map((kind) => (
          <li key={kind}>
            <button type="button" class="wish-row" data-wish={kind} onClick={() => desk.open(kind)}>
              <Icon name={SIGNS[kind]} />
              <span>
                <strong>{t(TITLES[kind])}</strong>
                <small>{standing(order, kind, now_ms, desk.depot)}</small>
              </span>
              <span class="wish-go">
                <Icon name="down" />
              </span>
            </button>
          </li>
        ))}
      </ul>
      <Said said={desk.said} />
    </section>
  );
}

const TITLES: Readonly<Record<SheetKind, Key>> = {
  note: "wish.note",
  address: "wish.address",
  window: "wish.window",
  pickup: "wish.pickup",
  bring: "wish.bring",
  cancel: "wish.cancel",
};

/** The line is there before its words: only what is added to a live region is read out. */
function Said({ said }: { said: string }) {
  return (
    <p class={said ? "wish-said" : "visually-hidden"} role="status">
      {said && <Icon name="check" />}
      {said}
    </p>
  );
}
