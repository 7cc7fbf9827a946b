import { useState } from "preact/hooks";
import { t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Icon } from "../shared/ui/icon";
import {
  type Area,
  type AreaDraft,
  areaTrouble,
  freeId,
  insideOf,
  insideWords,
  isRing,
  sendArea,
  sendAreaEnd,
} from "./areas";
import { MapPanel } from "./map_panel";
import { useMay } from "./may";
import type { Areas } from "./use_areas";

interface PanelProps {
  areas: Areas;
  token: string;
  zone: ZoneState;
  now_ms: number;
  /** Tell what came of an action. */
  onNotice(message: string): void;
}

/** The parts of the zone beside the map that they are drawn on, and the way to draw one. */
export function AreasPanel(props: PanelProps) {
  const { areas } = props;
  const title = t(areas.draft ? (areas.draft.id ? "areas.redraw" : "areas.new") : "areas.title");
  return (
    <MapPanel title={title} mark="areas" onClose={areas.hide}>
      {areas.draft ? <DraftForm {...props} draft={areas.draft} /> : <AreaList {...props} />}
    </MapPanel>
  );
}

function AreaList(props: PanelProps) {
  const known = props.areas.areas;
  const mayDraw = useMay()("register_area");
  return (
    <>
      <p class="faint">{t("areas.explained")}</p>
      {mayDraw && (
        <div class="actions">
          <button type="button" class="button primary" onClick={() => props.areas.draw()}>
            <Icon name="plus" />
            {t("areas.new")}
          </button>
        </div>
      )}
      {known === null && <span class="skeleton preview-skeleton" />}
      {known === false && <p class="alert">{t("areas.failed")}</p>}
      {known && known.length === 0 && <p class="faint traffic-none">{t("areas.none")}</p>}
      {known && known.length > 0 && (
        <ol class="incidents" aria-label={t("areas.title")}>
          {known.map((area) => (
            <AreaRow key={area.id} area={area} {...props} />
          ))}
        </ol>
      )}
    </>
  );
}

function AreaRow({ area, areas, token, zone, now_ms, onNotice }: PanelProps & { area: Area }) {
  const chosen = areas.chosen === area.id;
  const mayDraw = useMay()("register_area");
  const [asking, ask] = useState(false);
  const [trouble, setTrouble] = useState("");
  const [sending, setSending] = useState(false);
  const removeIt = async () => {
    setSending(true);
    const outcome = await sendAreaEnd(token, zone.zone, area.id);
    setSending(false);
    setTrouble(areaTrouble(outcome));
    if (outcome.kind !== "done" && outcome.kind !== "accepted") return;
    areas.lookAgain();
    onNotice(t("areas.removed", { name: area.name }));
  };
  return (
    <li class={`incident${chosen ? " chosen" : ""}`} data-area={area.id}>
      <button
        type="button"
        class="incident-row"
        aria-current={chosen ? "true" : undefined}
        onClick={() => areas.show(chosen ? "" : area.id)}
      >
        <span class="incident-words">
          <strong>{area.name}</strong>
          <span class="faint">{insideWords(insideOf(area.ring, zone, now_ms))}</span>
        </span>
      </button>
      {chosen && mayDraw && (
        <div class="area-actions">
          {trouble && (
            <p class="alert" role="alert">
              {trouble}
            </p>
          )}
          <div class="actions">
            <button type="button" class="button" onClick={() => areas.draw(area)}>
              {t("areas.redraw")}
            </button>
            {asking ? (
              <button type="button" class="button danger" disabled={sending} onClick={() => void removeIt()}>
                {t("areas.remove.sure")}
              </button>
            ) : (
              <button type="button" class="button danger" onClick={() => ask(true)}>
                {t("areas.remove")}
              </button>
            )}
          </div>
        </div>
      )}
    </li>
  );
}

function DraftForm(props: PanelProps & { draft: AreaDraft }) {
  const { areas, draft, token, zone, now_ms, onNotice } = props;
  const [sending, setSending] = useState(false);
  const [trouble, setTrouble] = useState("");
  const left = 3 - draft.corners.length;
  const send = async (event: Event) => {
    event.preventDefault();
    const name = draft.name.trim();
    if (!name || sending) return;
    setSending(true);
    const id = draft.id || freeId(name, areas.areas || []);
    const outcome = await sendArea(token, zone.zone, { id, name, ring: draft.corners });
    setSending(false);
    setTrouble(areaTrouble(outcome));
    if (outcome.kind !== "done" && outcome.kind !== "accepted") return;
    areas.setDraft(null);
    areas.lookAgain();
    areas.show(id);
    onNotice(t("areas.saved", { name }));
  };
  return (
    <form class="traffic-drawing" onSubmit={send}>
      <p class="effect" role="status">
        <Icon name="pin" />
        {left > 0 ? t("areas.draw.more", { n: left }) : t("areas.draw.enough")}
      </p>
      {isRing(draft) && <p data-inside>{insideWords(insideOf(draft.corners, zone, now_ms))}</p>}
      {draft.step === "naming" && (
        <label class="field">
          <span>{t("areas.name")}</span>
          <input
            type="text"
            autofocus
            maxLength={100}
            required
            value={draft.name}
            onInput={(event) => areas.setDraft({ ...draft, name: event.currentTarget.value })}
          />
        </label>
      )}
      {trouble && (
        <p class="alert" role="alert">
          {trouble}
        </p>
      )}
      <div class="actions">
        {draft.step === "naming" ? (
          <button type="submit" class="button primary" disabled={sending || draft.name.trim() === ""}>
            {t("areas.save")}
          </button>
        ) : (
          <button
            type="button"
            class="button primary"
            disabled={!isRing(draft)}
            onClick={() => areas.setDraft({ ...draft, step: "naming" })}
          >
            <Icon name="check" />
            {t("areas.draw.finish")}
          </button>
        )}
        <button
          type="button"
          class="button"
          title="Backspace"
          disabled={draft.step !== "drawing" || draft.corners.length === 0}
          onClick={areas.undoCorner}
        >
          <Icon name="undo" />
          {t("areas.draw.undo")}
        </button>
        <button type="button" class="button" title="Esc" onClick={() => areas.setDraft(null)}>
          {t("areas.draw.cancel")}
        </button>
      </div>
    </form>
  );
}
