import { useId, useRef, useState } from "preact/hooks";
import { newKey } from "../shared/http";
import { type Key, t, tCode } from "../shared/i18n";
import type { Profile } from "../shared/protocol/messages";
import { Icon } from "../shared/ui/icon";
import { Choice, Option } from "./choice";
import type { Selection } from "./selection";
import {
  type Draft,
  DURATIONS_MIN,
  drawingHint,
  FACTOR,
  factorWords,
  finished,
  isDrawn,
  KINDS,
  reportOf,
  trafficTrouble,
  withKind,
  withoutLastCorner,
  withProfile,
} from "./traffic";
import { sendReport } from "./traffic_api";
import type { Traffic } from "./use_traffic";

interface ReportProps {
  traffic: Traffic;
  draft: Draft;
  token: string;
  zone: string;
  now_ms: number;
  onSelect(selection: Selection | null): void;
  onNotice(message: string): void;
}

/** An incident is drawn first, then told about. */
export function TrafficReport(props: ReportProps) {
  return props.draft.step === "drawing" ? <Drawing {...props} /> : <Telling {...props} />;
}

function Drawing({ traffic, draft }: ReportProps) {
  const { setDraft } = traffic;
  return (
    <div class="traffic-drawing">
      <Kinds draft={draft} onChange={setDraft} />
      <Choice label="traffic.shape">
        {([false, true] as const).map((area) => (
          <Option
            key={String(area)}
            group="traffic-shape"
            checked={draft.area === area}
            onPick={() => setDraft({ ...draft, area })}
          >
            {t(area ? "traffic.shape.area" : "traffic.shape.line")}
          </Option>
        ))}
      </Choice>
      <p class="effect" role="status">
        <Icon name="pin" />
        {drawingHint(draft)}
      </p>
      <div class="actions">
        <button
          type="button"
          class="button primary"
          disabled={!isDrawn(draft)}
          onClick={() => setDraft(finished(draft))}
        >
          <Icon name="check" />
          {t("traffic.draw.finish")}
        </button>
        <button
          type="button"
          class="button"
          title="Backspace"
          disabled={draft.corners.length === 0}
          onClick={() => setDraft(withoutLastCorner(draft))}
        >
          <Icon name="undo" />
          {t("traffic.draw.undo")}
        </button>
        <button type="button" class="button" title="Esc" onClick={() => setDraft(null)}>
          {t("traffic.draw.cancel")}
        </button>
      </div>
    </div>
  );
}

function Telling({ traffic, draft, token, zone, now_ms, onSelect, onNotice }: ReportProps) {
  const { setDraft } = traffic;
  const [sending, setSending] = useState(false);
  const [trouble, setTrouble] = useState("");
  const [missing, setMissing] = useState(false);
  // A repeat after a lost answer is the same report.
  const key = useRef(newKey());
  const send = async () => {
    setMissing(draft.reason.trim() === "");
    if (draft.reason.trim() === "" || sending) return;
    setSending(true);
    const outcome = await sendReport(token, reportOf(draft, zone, now_ms), key.current);
    setSending(false);
    setTrouble(trafficTrouble(outcome));
    if (outcome.kind !== "unreachable") key.current = newKey();
    if (outcome.kind !== "done" && outcome.kind !== "accepted") return;
    setDraft(null);
    traffic.lookAgain();
    onNotice(t(`traffic.report.${outcome.kind}`));
    const { id } = ((outcome.kind === "done" && outcome.body) || {}) as { id?: string };
    if (id) onSelect({ kind: "incident", id });
  };
  return (
    <form
      class="traffic-telling"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Kinds draft={draft} onChange={setDraft} />
      <Why draft={draft} missing={missing && draft.reason.trim() === ""} onChange={setDraft} />
      {draft.kind !== "closure" && <Slower draft={draft} onChange={setDraft} />}
      {!draft.area && <Ways draft={draft} onChange={setDraft} />}
      <Choice label="traffic.until">
        {DURATIONS_MIN.map((minutes) => (
          <Option
            key={minutes}
            group="traffic-until"
            checked={draft.until_min === minutes}
            onPick={() => setDraft({ ...draft, until_min: minutes })}
          >
            {minutes ? t("time.minutes", { n: minutes }) : t("traffic.until.ended")}
          </Option>
        ))}
      </Choice>
      <Whom draft={draft} onChange={setDraft} />
      {trouble && (
        <p class="alert" role="alert">
          <Icon name="alert" />
          <span>{trouble}</span>
        </p>
      )}
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={() => setDraft({ ...draft, step: "drawing" })}>
          {t("traffic.draw.again")}
        </button>
        <button type="submit" class="button primary" disabled={sending}>
          {t(sending ? "override.sending" : "traffic.report.send")}
        </button>
      </footer>
    </form>
  );
}

interface PartProps {
  draft: Draft;
  onChange(next: Draft): void;
}

function Kinds({ draft, onChange }: PartProps) {
  return (
    <Choice label="traffic.kind">
      {KINDS.map((kind) => (
        <Option
          key={kind}
          group="traffic-kind"
          checked={draft.kind === kind}
          onPick={() => onChange(withKind(draft, kind))}
        >
          {t(`traffic.kind.${kind}`)}
        </Option>
      ))}
    </Choice>
  );
}

const REASONS: Readonly<Record<Draft["kind"], readonly Key[]>> = {
  closure: ["traffic.reason.works", "traffic.reason.accident", "traffic.reason.event", "traffic.reason.water"],
  slowdown: ["traffic.reason.jam", "traffic.reason.works", "traffic.reason.accident"],
  weather: ["traffic.reason.rain", "traffic.reason.snow", "traffic.reason.wind"],
};

function Why({ draft, missing, onChange }: PartProps & { missing: boolean }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{t("override.reason")}</label>
      <input
        id={id}
        type="text"
        maxLength={200}
        value={draft.reason}
        aria-invalid={missing}
        aria-describedby={`${id}-hint`}
        onInput={(event) => onChange({ ...draft, reason: event.currentTarget.value })}
      />
      <span id={`${id}-hint`} class={missing ? "late" : "faint"}>
        {t(missing ? "override.reason.missing" : "traffic.reason.hint")}
      </span>
      <span class="presets">
        {REASONS[draft.kind].map((reason) => (
          <button key={reason} type="button" class="chip" onClick={() => onChange({ ...draft, reason: t(reason) })}>
            {t(reason)}
          </button>
        ))}
      </span>
    </div>
  );
}

function Slower({ draft, onChange }: PartProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{t("traffic.factor")}</label>
      <input
        id={id}
        type="range"
        min={FACTOR.least}
        max={FACTOR.most}
        step={FACTOR.step}
        value={draft.factor}
        aria-valuetext={factorWords(draft.factor)}
        onInput={(event) => onChange({ ...draft, factor: event.currentTarget.valueAsNumber })}
      />
      <output for={id}>{factorWords(draft.factor)}</output>
    </div>
  );
}

function Ways({ draft, onChange }: PartProps) {
  return (
    <Choice label="traffic.ways">
      {([true, false] as const).map((both_ways) => (
        <Option
          key={String(both_ways)}
          group="traffic-ways"
          checked={draft.both_ways === both_ways}
          onPick={() => onChange({ ...draft, both_ways })}
        >
          {t(both_ways ? "traffic.ways.both" : "traffic.ways.one")}
        </Option>
      ))}
    </Choice>
  );
}

const PROFILES: readonly Profile[] = ["foot", "bike", "ebike", "motorbike", "car", "van"];

/** Whom it concerns; nobody named means everybody. */
function Whom({ draft, onChange }: PartProps) {
  return (
    <details class="fold">
      <summary>{t("traffic.whom")}</summary>
      <fieldset class="choice">
        <legend class="visually-hidden">{t("traffic.whom")}</legend>
        {PROFILES.map((profile) => (
          <label key={profile} class="option">
            <input
              type="checkbox"
              checked={draft.profiles.includes(profile)}
              onChange={(event) => onChange(withProfile(draft, profile, event.currentTarget.checked))}
            />
            <span>{tCode("profile", profile)}</span>
          </label>
        ))}
      </fieldset>
    </details>
  );
}
