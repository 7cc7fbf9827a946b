import { useState } from "preact/hooks";
import { t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import type { Parcel, Refusal } from "./api";
import { contents, endsSoon, numberOf, whenWords } from "./words";

const WHYS: readonly Refusal[] = ["damaged", "wrong", "full", "missing"];

type Refuse = (parcel: Parcel, why: Refusal) => Promise<unknown>;

interface BroughtProps {
  parcels: readonly Parcel[];
  onConfirm(order_ids: readonly string[]): Promise<unknown>;
  onRefuse: Refuse;
}

/** What the courier has just left here, to be ticked one by one. */
export function Brought({ parcels, onConfirm, onRefuse }: BroughtProps) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState(false);
  const ticked = parcels.filter(({ order_id }) => !left.has(order_id)).map(({ order_id }) => order_id);
  const toggle = (id: string) => {
    const next = new Set(left);
    if (!next.delete(id)) next.add(id);
    setLeft(next);
  };
  const confirm = async () => {
    setBusy(true);
    await onConfirm(ticked);
    setBusy(false);
  };
  return (
    <section class="brought">
      <h2>{t("leader.new", { n: parcels.length })}</h2>
      <p class="soft">{t("leader.new.note")}</p>
      <ul class="parcels">
        {parcels.map((parcel) => (
          <li key={parcel.order_id} class="parcel">
            <label class="parcel-tick">
              <input type="checkbox" checked={!left.has(parcel.order_id)} onChange={() => toggle(parcel.order_id)} />
              <Contents parcel={parcel} />
            </label>
            <RefuseButton parcel={parcel} onRefuse={onRefuse} />
          </li>
        ))}
      </ul>
      <button type="button" class="button primary" disabled={busy || ticked.length === 0} onClick={confirm}>
        {t("leader.confirm", { n: ticked.length })}
      </button>
    </section>
  );
}

interface ListedProps {
  parcels: readonly Parcel[];
  now_ms: number;
  none: string;
  onRefuse?: Refuse;
}

export function Listed({ parcels, now_ms, none, onRefuse }: ListedProps) {
  if (parcels.length === 0) return <p class="soft">{none}</p>;
  return (
    <ul class="parcels">
      {parcels.map((parcel) => (
        <li key={parcel.order_id} class={`parcel${endsSoon(parcel, now_ms) ? " soon" : ""}`}>
          <Contents parcel={parcel} when={whenWords(parcel, now_ms)} />
          {onRefuse && parcel.state === "at_point" && <RefuseButton parcel={parcel} onRefuse={onRefuse} />}
        </li>
      ))}
    </ul>
  );
}

function Contents({ parcel, when = "" }: { parcel: Parcel; when?: string }) {
  return (
    <span class="parcel-text">
      <strong>{parcel.customer || t("leader.number", { number: numberOf(parcel) })}</strong>
      <span>{contents(parcel)}</span>
      <span class="soft">
        {[t("leader.number", { number: numberOf(parcel) }), parcel.fragile && t("leader.fragile"), when]
          .filter(Boolean)
          .join(" · ")}
      </span>
    </span>
  );
}

/** Opens below the order itself: nothing is sent before a reason is chosen. */
function RefuseButton({ parcel, onRefuse }: { parcel: Parcel; onRefuse: Refuse }) {
  const [asks, setAsks] = useState(false);
  const [why, setWhy] = useState<Refusal>("damaged");
  const number = numberOf(parcel);
  const submit = async (event: Event) => {
    event.preventDefault();
    setAsks(false);
    await onRefuse(parcel, why);
  };
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label={t("leader.refuse.of", { number })}
        aria-expanded={asks}
        onClick={() => setAsks(!asks)}
      >
        <Icon name="close" />
      </button>
      {asks && (
        <form class="refuse" onSubmit={submit}>
          <fieldset class="whys">
            <legend>{t("leader.why")}</legend>
            {WHYS.map((each) => (
              <label key={each}>
                <input type="radio" name="why" value={each} checked={why === each} onChange={() => setWhy(each)} />
                <span>{t(`leader.why.${each}`)}</span>
              </label>
            ))}
          </fieldset>
          <div class="refuse-foot">
            <button type="button" class="button" onClick={() => setAsks(false)}>
              {t("leader.cancel")}
            </button>
            <button type="submit" class="button primary">
              {t(why === "missing" ? "leader.report" : "leader.send.back")}
            </button>
          </div>
        </form>
      )}
    </>
  );
}
