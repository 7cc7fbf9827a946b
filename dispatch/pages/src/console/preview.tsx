import { useEffect, useRef, useState } from "preact/hooks";
import { clockTime, shortId, span } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Icon } from "../shared/ui/icon";
import type { Outcome } from "./api";
import type { Override } from "./changes";
import { type EtaWords, etaWords, movedTerms, sortedEtas, worth_s } from "./effects";
import { type Effects, type EtaChange, lookAhead } from "./overrides_api";
import { problemWords, readable } from "./problem_words";

export type Shown =
  | { kind: "none" }
  | { kind: "looking" }
  | { kind: "known"; effects: Effects }
  | { kind: "refused"; problem: Outcome };

/** Choices come in quick succession; the server is asked about the last one. */
const SETTLED_MS = 150;

/** What the wish would change, asked anew with every choice; the second value asks once more. */
export function usePreview(token: string, wish: Override | null, settled_ms = SETTLED_MS): [Shown, () => void] {
  const [shown, show] = useState<Shown>({ kind: "none" });
  const [round, again] = useState(0);
  const asked = useRef(0);
  const key = wish && JSON.stringify(wish);
  useEffect(() => {
    asked.current += 1;
    const mine = asked.current;
    if (!key) return show({ kind: "none" });
    show({ kind: "looking" });
    const timer = setTimeout(async () => {
      const looked = await lookAhead(token, JSON.parse(key) as Override);
      if (asked.current !== mine) return;
      show(looked.kind === "known" ? looked : { kind: "refused", problem: looked });
    }, settled_ms);
    return () => clearTimeout(timer);
  }, [token, key, round, settled_ms]);
  return [shown, () => again(round + 1)];
}

interface PreviewProps {
  looked: Shown;
  zone: ZoneState;
  named: readonly string[];
  onAgain(): void;
}

/** Every arrival that the change moves, what it is worth to the plan, and the rules that it breaks. */
export function Preview({ looked, zone, named, onAgain }: PreviewProps) {
  return (
    <section class="preview" aria-live="polite" aria-busy={looked.kind === "looking"} data-preview={looked.kind}>
      <h3>{t("preview.title")}</h3>
      {looked.kind === "looking" && <span class="skeleton preview-skeleton" />}
      {looked.kind === "known" && <Known effects={looked.effects} zone={zone} named={named} />}
      {looked.kind === "refused" && (
        <p class="alert" role="alert">
          <Icon name="alert" />
          <span>{readable(refusalOf(looked.problem), zone)}</span>
          <button type="button" class="button" onClick={onAgain}>
            {t("override.conflict.review")}
          </button>
        </p>
      )}
    </section>
  );
}

/** Nothing was asked for yet, so nothing "was not done". */
function refusalOf(problem: Outcome): string {
  return problem.kind === "refused" ? problem.detail : problemWords(problem);
}

function Known({ effects, zone, named }: { effects: Effects; zone: ZoneState; named: readonly string[] }) {
  const { change_s, unserved } = worth_s(effects);
  const terms = movedTerms(effects);
  return (
    <>
      <ul class="preview-etas">
        {sortedEtas(effects, named).map((eta) => (
          <EtaRow key={eta.order_id} eta={eta} zone={zone} />
        ))}
      </ul>
      {effects.etas.length === 0 && <p class="faint">{t("preview.nobody")}</p>}
      <details class="preview-plan">
        <summary>{worthWords(change_s)}</summary>
        <dl class="preview-terms">
          {terms.map(({ name, reason, change_s: by_s }) => (
            <div key={name} title={reason}>
              <dt>{tCode("term", name)}</dt>
              <dd class={by_s > 0 ? "at-risk" : "on-time"}>{signed(by_s)}</dd>
            </div>
          ))}
        </dl>
        {terms.length === 0 && <p class="faint">{t("preview.terms.none")}</p>}
      </details>
      {unserved && (
        <p class="alert">
          <Icon name="alert" />
          {t("preview.unserved")}
        </p>
      )}
      {effects.violations.length > 0 && (
        <div class="alert" role="alert">
          <p>{t("override.infeasible")}</p>
          <ul class="violations">
            {effects.violations.map((violation) => (
              <li key={violation}>{readable(violation, zone)}</li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

const ICONS = { on_time: "check", at_risk: "clock", late: "alert", unknown: "circle" } as const;

function EtaRow({ eta, zone }: { eta: EtaChange; zone: ZoneState }) {
  const order = zone.orders.get(eta.order_id);
  const words = etaWords(eta);
  return (
    <li data-eta={eta.order_id}>
      <span class="preview-order">
        <strong>{order?.address || shortId(eta.order_id)}</strong>
        <span class="faint">{order?.ref || shortId(eta.order_id)}</span>
      </span>
      <span class="preview-times">
        {timeOr(eta.before_at_ms)} → <strong>{timeOr(eta.after_at_ms)}</strong>
      </span>
      <span class={`chip ${words.tone}`}>
        <Icon name={ICONS[words.tone]} />
        {moveWords(words)}
      </span>
    </li>
  );
}

function timeOr(at_ms: number): string {
  return at_ms ? clockTime(at_ms) : "–";
}

function moveWords({ move, by_ms, late_ms }: EtaWords): string {
  const moved = t(`preview.move.${move}`, { span: span(by_ms) });
  return late_ms > 0 ? t("preview.move.late", { moved, span: span(late_ms) }) : moved;
}

function worthWords(change_s: number): string {
  if (Math.abs(change_s) < 1) return t("preview.worth.same");
  return t(change_s < 0 ? "preview.worth.better" : "preview.worth.worse", { span: span(change_s * 1000) });
}

function signed(by_s: number): string {
  return `${by_s > 0 ? "+" : "−"}${span(by_s * 1000)}`;
}
