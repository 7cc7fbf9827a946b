import { useEffect, useRef, useState } from "preact/hooks";
import { draftOf, keepDraft } from "../shared/drafts";
import { newKey, type Outcome, put } from "../shared/http";
import { type Key, t, tCode } from "../shared/i18n";
import type { OrderView, RatingView } from "../shared/protocol/messages";
import { reasonsFor, STARS, starRow, stillFitting } from "../shared/rating";
import { Icon } from "../shared/ui/icon";

const MAX_TEXT_LENGTH = 500;

interface Draft {
  stars: number;
  reasons: readonly string[];
  text: string;
}

/** The shopper has the goods. */
const HAD: ReadonlySet<string> = new Set(["delivered", "collected"]);

/** Whether the shopper can say how it was: somebody has been at the door. */
export function canBeRated({ status, timeline = [] }: OrderView): boolean {
  return HAD.has(status) || timeline.some((entry) => entry.status === "attempt_failed");
}

/** The shopper's rating: asked for once, shown when it was given, and changed as long as the link lives. */
export function TrackRating({ order, token }: { order: OrderView; token: string }) {
  const [sent, setSent] = useState<RatingView | null>(null);
  const [changing, setChanging] = useState(false);
  if (!canBeRated(order)) return null;
  // What was sent from here counts until the order itself tells of a newer one
  const given = newer(order.rating, sent);
  if (given && !changing) return <Given rating={given} onChange={() => setChanging(true)} />;
  return (
    <Form
      order={order}
      token={token}
      given={given}
      onKeep={() => setChanging(false)}
      onSent={(rating) => {
        setSent(rating);
        setChanging(false);
      }}
    />
  );
}

function newer(known: RatingView | undefined, sent: RatingView | null): RatingView | null {
  return sent && (sent.at_ms ?? 0) >= (known?.at_ms ?? 0) ? sent : (known ?? null);
}

function Given({ rating, onChange }: { rating: RatingView; onChange(): void }) {
  const reasons = (rating.reasons ?? []).map((reason) => tCode("rate.reason", reason)).join(" · ");
  return (
    <section class="rating given" aria-label={t("rate.thanks")}>
      <div class="rating-head">
        <h2>{t("rate.thanks")}</h2>
        <button type="button" class="button" onClick={onChange}>
          {t("rate.change")}
        </button>
      </div>
      <p class="star-row" data-stars={rating.stars}>
        <span aria-hidden="true">{starRow(rating.stars)}</span>
        <span class="visually-hidden">{starWords(rating.stars)}</span>
      </p>
      {reasons && <p>{reasons}</p>}
      {rating.text && <p class="rating-text">{rating.text}</p>}
    </section>
  );
}

interface FormProps {
  order: OrderView;
  token: string;
  given: RatingView | null;
  onKeep(): void;
  onSent(rating: RatingView): void;
}

function Form({ order, token, given, onKeep, onSent }: FormProps) {
  const { draft, change } = useDraft(`rating.${order.id}`, given);
  const [sending, setSending] = useState(false);
  const [wrong, setWrong] = useState<Key | null>(null);
  const key = useRef("");
  const edit = (next: Partial<Draft>) => {
    key.current = "";
    setWrong(null);
    change(next);
  };
  const send = async (event: Event) => {
    event.preventDefault();
    if (draft.stars === 0 || sending) return;
    setSending(true);
    key.current ||= newKey(); // the same rating, sent again, takes effect once
    const { stars, reasons } = draft;
    const body = { stars, reasons, text: draft.text.trim() };
    const outcome = await put(`/v1/track/${encodeURIComponent(token)}/rating`, body, { key: key.current });
    setSending(false);
    if (outcome.kind !== "done" && outcome.kind !== "accepted") return setWrong(wrongWords(outcome));
    change(null);
    onSent({ ...body, at_ms: given?.at_ms ?? 0 });
  };
  return (
    <form class="rating" onSubmit={send} aria-busy={sending}>
      <fieldset class="stars">
        <legend>{t(HAD.has(order.status) ? "rate.ask" : "rate.ask.failed")}</legend>
        {STARS.map((stars) => (
          <label key={stars} class={stars <= draft.stars ? "star full" : "star"}>
            <input
              type="radio"
              class="visually-hidden"
              name="stars"
              value={stars}
              checked={stars === draft.stars}
              onChange={() => edit({ stars, reasons: stillFitting(draft.reasons, stars) })}
            />
            <Icon name="star" />
            <span class="visually-hidden">{starWords(stars)}</span>
          </label>
        ))}
      </fieldset>
      {draft.stars > 0 && (
        <>
          <Reasons draft={draft} onChange={(reasons) => edit({ reasons })} />
          <label class="rating-more">
            <span>{t("rate.text")}</span>
            <textarea
              rows={2}
              maxLength={MAX_TEXT_LENGTH}
              value={draft.text}
              onInput={(event) => edit({ text: event.currentTarget.value })}
            />
          </label>
        </>
      )}
      {wrong && (
        <p class="alert" role="alert">
          {t(wrong)}
        </p>
      )}
      {(draft.stars > 0 || given) && (
        <div class="rating-foot">
          {given && (
            <button
              type="button"
              class="button"
              onClick={() => {
                change(null);
                onKeep();
              }}
            >
              {t("rate.keep")}
            </button>
          )}
          <button type="submit" class="button primary" disabled={draft.stars === 0 || sending}>
            {t(sending ? "rate.sending" : "rate.send")}
          </button>
        </div>
      )}
    </form>
  );
}

function Reasons({ draft, onChange }: { draft: Draft; onChange(reasons: readonly string[]): void }) {
  const asked = reasonsFor(draft.stars);
  return (
    <fieldset class="reasons">
      <legend>{t(asked.includes("late") ? "rate.why.bad" : "rate.why.good")}</legend>
      {asked.map((reason) => {
        const chosen = draft.reasons.includes(reason);
        return (
          <label key={reason} class={chosen ? "reason chosen" : "reason"}>
            <input
              type="checkbox"
              class="visually-hidden"
              checked={chosen}
              onChange={() =>
                onChange(chosen ? draft.reasons.filter((each) => each !== reason) : [...draft.reasons, reason])
              }
            />
            {chosen && <Icon name="check" />}
            {tCode("rate.reason", reason)}
          </label>
        );
      })}
    </fieldset>
  );
}

/** What is chosen and written, kept over a reload until it is sent; null: nothing is left to be sent. */
function useDraft(name: string, given: RatingView | null) {
  const [draft, setDraft] = useState<Draft>(() => kept(name) ?? begun(given));
  useEffect(() => keepDraft(name, draft.stars > 0 ? JSON.stringify(draft) : ""), [name, draft]);
  const change = (next: Partial<Draft> | null) => {
    if (next) return setDraft({ ...draft, ...next });
    keepDraft(name, "");
  };
  return { draft, change };
}

function begun(given: RatingView | null): Draft {
  return { stars: given?.stars ?? 0, reasons: given?.reasons ?? [], text: given?.text ?? "" };
}

function kept(name: string): Draft | null {
  try {
    const found = JSON.parse(draftOf(name)) as Partial<Draft>;
    const { stars = 0, reasons = [], text = "" } = found;
    return { stars, reasons: stillFitting(reasons, stars), text };
  } catch {
    return null; // nothing was kept, or not by this page
  }
}

function wrongWords(outcome: Outcome): Key {
  if (outcome.kind === "unreachable") return "rate.unreachable";
  return outcome.kind === "refused" && outcome.code === "link_expired" ? "rate.over" : "rate.refused";
}

function starWords(stars: number): string {
  return stars === 1 ? t("rate.star.one") : t("rate.star.many", { n: stars });
}
