import { useState } from "preact/hooks";
import { shortId } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import type { OrderCard, ProofKind, StopView } from "../shared/protocol/courier_messages";
import { isAtDoor, type Task, taskKind } from "../shared/stop";
import { useCourier } from "./context";
import { PhotoField, SignatureField } from "./picture_fields";
import { type Collected, type CollectedBy, missingOfAll, proofsOf } from "./proofs";
import { go } from "./route";
import { CodeField } from "./scan";
import { Sign } from "./sign";
import { OrderSize, WithStop } from "./stop";
import { AtDoor, CashDue } from "./stop_parts";
import { MainAction, PageHead, Tick } from "./ui";

/** The hand-over: only what each order asks for, and nothing waits for a picture to be sent. */
export function GivePage({ stop_id }: { stop_id: string }) {
  return <WithStop stop_id={stop_id}>{(stop, cards) => <Giving stop={stop} cards={cards} />}</WithStop>;
}

function Giving({ stop, cards }: { stop: StopView; cards: readonly OrderCard[] }) {
  const { shift } = useCourier();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [collected, setCollected] = useState<CollectedBy>({});
  const given = cards.filter(({ order_id }) => !left.has(order_id));
  const task = taskKind(stop);
  const asked = isAtDoor(stop) ? given : [];
  const needed = missingOfAll(asked, collected);
  const finish = () => {
    const { phone } = shift;
    const proofs = proofsOf(asked, collected, (...picture) => phone.keepPicture(...picture));
    const order_ids = given.map(({ order_id }) => order_id);
    shift.progress({ stop_id: stop.stop_id, action: "completed", kind: stop.kind, order_ids, proofs });
    go({ at: "route" }, true);
  };
  const collect = (order_id: string, more: Collected) =>
    setCollected((all) => ({ ...all, [order_id]: { ...all[order_id], ...more } }));
  const pictures = asked.some(({ requires = [] }) => requires.includes("photo") || requires.includes("signature"));
  return (
    <>
      <main class="page">
        <PageHead title={t(task === "fetch" ? "courier.give.title.fetch" : "courier.give.title")} />
        <p class="next-address">{stop.address || stop.name}</p>
        <section class="cards" aria-label={t("courier.stop.orders")}>
          {cards.map((card) => (
            <GiveOrder
              key={card.order_id}
              card={card}
              alone={cards.length === 1}
              given={!left.has(card.order_id)}
              proven={isAtDoor(stop)}
              collected={collected[card.order_id] ?? {}}
              onGive={(on) => setLeft(changed(left, card.order_id, !on))}
              onCollect={(more) => collect(card.order_id, more)}
            />
          ))}
        </section>
        {pictures && <p class="faint centred">{t("courier.give.later")}</p>}
      </main>
      <MainAction
        label={label(task, given.length, cards.length)}
        sign="check"
        hint={hint(given.length, needed)}
        disabled={given.length === 0 || needed.length > 0}
        onTap={finish}
      />
    </>
  );
}

function label(task: Task, n: number, all: number): string {
  if (n === all) return t(`courier.done.${task}.completed`);
  return t(task === "dropoff" ? "courier.give.some" : "courier.give.part", { n, all });
}

function hint(n: number, needed: readonly ProofKind[]): string {
  if (n === 0) return t("courier.give.none");
  if (needed.length === 0) return "";
  const what = needed.map((kind) => tCode("courier.requires", kind)).join(", ");
  return t("courier.give.missing", { what });
}

function changed(set: ReadonlySet<string>, id: string, on: boolean): ReadonlySet<string> {
  const next = new Set(set);
  if (on) next.add(id);
  else next.delete(id);
  return next;
}

interface GiveProps {
  card: OrderCard;
  /** The only order of the stop: there is nothing to choose. */
  alone: boolean;
  given: boolean;
  /** Whether what the order asks for is asked for here. */
  proven: boolean;
  collected: Collected;
  onGive(on: boolean): void;
  onCollect(more: Collected): void;
}

function GiveOrder({ card, alone, given, proven, collected, onGive, onCollect }: GiveProps) {
  const name = (
    <>
      <strong>{card.name || t("courier.stop.order", { ref: card.ref || shortId(card.order_id) })}</strong>
      <OrderSize card={card} />
    </>
  );
  return (
    <article class="card give-order">
      {alone ? (
        <p class="give-name">{name}</p>
      ) : (
        <Tick checked={given} onChange={onGive}>
          {name}
        </Tick>
      )}
      {card.note && (
        <p class="note">
          <Sign name="note" />
          {card.note}
        </p>
      )}
      <AtDoor card={card} />
      {proven && <CashDue card={card} />}
      {given &&
        proven &&
        (card.requires ?? []).map((kind) => (
          <ProofField key={kind} kind={kind} collected={collected} onCollect={onCollect} />
        ))}
    </article>
  );
}

function ProofField(props: { kind: ProofKind; collected: Collected; onCollect(more: Collected): void }) {
  const { kind, collected, onCollect } = props;
  switch (kind) {
    case "photo":
      return <PhotoField picture={collected.photo} onPicture={(photo) => onCollect({ photo })} />;
    case "signature":
      return <SignatureField onPicture={(signature) => onCollect({ signature })} />;
    case "pin":
      return <PinField pin={collected.pin ?? ""} onPin={(pin) => onCollect({ pin })} />;
    case "barcode":
      return (
        <CodeField
          label={t("courier.give.barcode")}
          heard={collected.barcode ?? ""}
          onCode={(barcode) => onCollect({ barcode })}
        />
      );
    case "age":
      return (
        <Tick checked={collected.age ?? false} onChange={(age) => onCollect({ age })}>
          {t("courier.give.age")}
        </Tick>
      );
  }
}

function PinField({ pin, onPin }: { pin: string; onPin(pin: string): void }) {
  return (
    <label class="field">
      <span>{t("courier.give.pin")}</span>
      <input
        type="text"
        class="pin"
        inputMode="numeric"
        autocomplete="off"
        maxLength={8}
        value={pin}
        onInput={(event) => onPin(event.currentTarget.value.replace(/\D/g, ""))}
      />
      <small class="faint">{t("courier.give.pin.note")}</small>
    </label>
  );
}
