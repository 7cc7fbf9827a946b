import { useId, useState } from "preact/hooks";
import {
  type ClaimableLine,
  type ClaimKind,
  type ClaimReason,
  dayOf,
  kindsOf,
  leftOf,
  nameOf,
  reasonsOf,
  until_ms,
} from "../shared/claimable";
import { draftOf, keepDraft } from "../shared/drafts";
import { rangeOrDay } from "../shared/format";
import type { Outcome } from "../shared/http";
import { t, tCode } from "../shared/i18n";
import { type AfterSales, sendClaim, visitsAhead } from "./claims";
import { Sheet, SheetFoot, SheetForm, useSending } from "./sheet";

const MAX_TEXT = 1_000;

interface SheetProps {
  view: AfterSales;
  token: string;
  onDone(outcome: Outcome): void;
  onClose(): void;
}

/** What somebody asks for: first what and why, since that decides which goods it can be about. */
export function ClaimSheet({ view, token, onDone, onClose }: SheetProps) {
  const id = useId();
  const draft = `track.claim.${view.order_id}`;
  const kinds = kindsOf(view);
  const [kind, setKind] = useState<ClaimKind>(kinds[0] ?? "return");
  const reasons = reasonsOf(view, kind);
  const [chosen, setReason] = useState<ClaimReason>(reasons[0] ?? "quality");
  const reason = reasons.includes(chosen) ? chosen : (reasons[0] ?? "quality");
  const [pieces, setPieces] = useState<Readonly<Record<number, number>>>({});
  const [text, setText] = useState(() => draftOf(draft));
  const [visit, setVisit] = useState(-1);
  const [missing, setMissing] = useState(false);
  const sending = useSending(0, (outcome) => {
    keepDraft(draft, "");
    onDone(outcome);
  });
  const visits = visitsAhead(view.now_ms);
  const able = leftOf(view).filter((line) => until_ms(line, kind, reason) > 0);
  // Whoever has one thing to choose of has chosen it.
  const wanted = able.length === 1 ? { [able[0]?.line ?? 0]: 1, ...pieces } : pieces;
  const lines = able
    .map(({ line, left }) => ({ line, quantity: Math.min(wanted[line] ?? 0, left) }))
    .filter(({ quantity }) => quantity > 0);
  const submit = async () => {
    setMissing(lines.length === 0);
    if (lines.length === 0) return;
    const { earliest_at_ms = 0, latest_at_ms = 0 } = visits[visit] ?? {};
    const wish = { kind, reason, lines, text: text.trim(), earliest_at_ms, latest_at_ms };
    await sending.send((key) => sendClaim(token, wish, key), JSON.stringify(wish));
  };
  return (
    <Sheet title={t("claim.begin")} onClose={onClose}>
      <SheetForm onSubmit={submit}>
        <Choice
          legend={t("claim.what")}
          name={`${id}-kind`}
          values={kinds}
          chosen={kind}
          words={(each) => tCode("claim.kind", each)}
          onChoose={(next) => setKind(next)}
        />
        <Choice
          legend={t("claim.why")}
          name={`${id}-reason`}
          values={reasons}
          chosen={reason}
          words={(each) => tCode("claim.reason", each)}
          onChoose={(next) => setReason(next)}
        />
        <fieldset class="claim-lines">
          <legend>{t("claim.which")}</legend>
          {view.lines.map((line) => (
            <LineRow
              key={line.line}
              line={line}
              now_ms={view.now_ms}
              until={until_ms(line, kind, reason)}
              pieces={wanted[line.line] ?? 0}
              onPieces={(n) => {
                setMissing(false);
                setPieces({ ...wanted, [line.line]: n });
              }}
            />
          ))}
        </fieldset>
        {missing && (
          <p class="sheet-alert" role="alert">
            {t("claim.nothing")}
          </p>
        )}
        <label class="sheet-label" for={`${id}-text`}>
          {t("claim.text")}
        </label>
        <textarea
          id={`${id}-text`}
          rows={3}
          maxLength={MAX_TEXT}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            keepDraft(draft, event.currentTarget.value);
          }}
        />
        <label class="sheet-label" for={`${id}-when`}>
          {t("claim.when")}
        </label>
        <select
          id={`${id}-when`}
          class="sheet-input"
          value={String(visit)}
          onChange={(event) => setVisit(Number(event.currentTarget.value))}
        >
          <option value="-1">{t("claim.when.any")}</option>
          {visits.map(({ earliest_at_ms, latest_at_ms }, n) => (
            <option key={earliest_at_ms} value={String(n)}>
              {rangeOrDay(earliest_at_ms, latest_at_ms, view.now_ms)}
            </option>
          ))}
        </select>
        <SheetFoot sending={sending} save={t("claim.send")} now="" back={t("claim.not")} onBack={onClose} />
      </SheetForm>
    </Sheet>
  );
}

interface ChoiceProps<T extends string> {
  legend: string;
  name: string;
  values: readonly T[];
  chosen: T;
  words(value: T): string;
  onChoose(value: T): void;
}

function Choice<T extends string>({ legend, name, values, chosen, words, onChoose }: ChoiceProps<T>) {
  return (
    <fieldset class="reasons">
      <legend>{legend}</legend>
      {values.map((value) => (
        <label key={value} class={value === chosen ? "reason chosen" : "reason"} data-choice={value}>
          <input
            type="radio"
            class="visually-hidden"
            name={name}
            checked={value === chosen}
            onChange={() => onChoose(value)}
          />
          {words(value)}
        </label>
      ))}
    </fieldset>
  );
}

interface LineProps {
  line: ClaimableLine;
  now_ms: number;
  until: number;
  pieces: number;
  onPieces(pieces: number): void;
}

function LineRow({ line, now_ms, until, pieces, onPieces }: LineProps) {
  const name = nameOf(line.name);
  const able = until > 0 && line.left > 0;
  const words =
    line.left === 0 ? t("claim.line.asked") : able ? t("claim.line.until", { day: dayOf(until, now_ms) }) : null;
  return (
    <div class={`claim-line${able ? "" : " off"}`} data-line={line.line}>
      <label>
        <input
          type="checkbox"
          checked={able && pieces > 0}
          disabled={!able}
          onChange={(event) => onPieces(event.currentTarget.checked ? 1 : 0)}
        />
        <span>
          <strong>{name}</strong>
          <small>{words ?? t("claim.line.not")}</small>
        </span>
      </label>
      {able && line.left > 1 && (
        <select
          aria-label={t("claim.count", { name })}
          value={String(Math.min(pieces, line.left))}
          onChange={(event) => onPieces(Number(event.currentTarget.value))}
        >
          {Array.from({ length: line.left + 1 }, (_, n) => (
            <option key={n} value={String(n)}>
              {n}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}
