import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../shared/i18n";
import { Dialog } from "../shared/ui/dialog";
import { Icon, type IconName } from "../shared/ui/icon";
import { MapPanel } from "./map_panel";
import { useMay } from "./may";
import { personOf } from "./override_history";
import type { Selection } from "./selection";
import {
  factorWords,
  type Incident,
  type IncidentKind,
  KINDS,
  lengthWords,
  profileWords,
  timeWords,
  trafficTrouble,
} from "./traffic";
import { sendEnd } from "./traffic_api";
import { TrafficReport } from "./traffic_report";
import type { Traffic } from "./use_traffic";

interface PanelProps {
  traffic: Traffic;
  token: string;
  zone: string;
  now_ms: number;
  onSelect(selection: Selection | null): void;
  /** Tell what came of an action. */
  onNotice(message: string): void;
}

/** What is on the streets, and the way to report more; over the map, on which both are drawn. */
export function TrafficPanel(props: PanelProps) {
  const { traffic } = props;
  const { draft } = traffic;
  const title = t(draft ? "traffic.report" : "traffic.title");
  return (
    <MapPanel title={title} mark="traffic" drawing={draft?.step === "drawing"} onClose={traffic.hide}>
      {draft ? <TrafficReport {...props} draft={draft} /> : <IncidentList {...props} />}
    </MapPanel>
  );
}

function IncidentList(props: PanelProps) {
  const { traffic, now_ms } = props;
  const { incidents, chosen } = traffic;
  const mayReport = useMay()("report_traffic");
  const [ending, setEnding] = useState<Incident | null>(null);
  return (
    <>
      <p class="faint">{t("traffic.explained")}</p>
      {mayReport && (
        <div class="actions">
          <button type="button" class="button primary" title={`${t("traffic.report")} (n)`} onClick={traffic.report}>
            <Icon name="plus" />
            {t("traffic.report.start")}
          </button>
        </div>
      )}
      {incidents === null && <span class="skeleton preview-skeleton" />}
      {incidents === false && <p class="alert">{t("traffic.failed")}</p>}
      {incidents && incidents.length === 0 && <p class="faint traffic-none">{t("traffic.none")}</p>}
      {incidents && incidents.length > 0 && (
        <ol class="incidents" aria-label={t("traffic.list")}>
          {incidents.map((incident) => (
            <IncidentRow
              key={incident.id}
              incident={incident}
              now_ms={now_ms}
              chosen={incident.id === chosen?.id}
              onChoose={() => props.onSelect({ kind: "incident", id: incident.id })}
              onEnd={mayReport ? () => setEnding(incident) : null}
            />
          ))}
        </ol>
      )}
      <Legend />
      {ending && (
        <EndDialog
          incident={ending}
          {...props}
          onClose={() => setEnding(null)}
          onEnded={() => {
            setEnding(null);
            props.onSelect(null);
            traffic.show();
            traffic.lookAgain();
            props.onNotice(t("traffic.ended"));
          }}
        />
      )}
    </>
  );
}

interface RowProps {
  incident: Incident;
  now_ms: number;
  chosen: boolean;
  onChoose(): void;
  /** null: not theirs to end. */
  onEnd: (() => void) | null;
}

function IncidentRow({ incident, now_ms, chosen, onChoose, onEnd }: RowProps) {
  const row = useRef<HTMLLIElement>(null);
  // It may have been chosen on the map.
  useEffect(() => {
    if (chosen) row.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <li ref={row} class={`incident${chosen ? " chosen" : ""}`} data-incident={incident.id}>
      <button type="button" class="incident-row" aria-current={chosen ? "true" : undefined} onClick={onChoose}>
        <KindSign kind={incident.kind} />
        <span class="incident-words">
          <strong>{incident.reason}</strong>
          <span>
            {t(`traffic.kind.${incident.kind}`)} · {timeWords(incident, now_ms)}
          </span>
          <span class="faint">{details(incident).join(" · ")}</span>
          {chosen && !incident.geometry && <span class="faint">{t("traffic.not_drawn")}</span>}
        </span>
        {incident.from_ms > now_ms && <span class="chip unknown">{t("traffic.later")}</span>}
      </button>
      {chosen && onEnd && (
        <button type="button" class="button danger" data-action="end" onClick={onEnd}>
          {t("traffic.end")}
        </button>
      )}
    </li>
  );
}

/** How much street, how slow, one way only, for whom, by whom. */
function details(incident: Incident): string[] {
  const { kind, geometry, both_ways, factor, length_m, by } = incident;
  return [
    lengthWords(length_m),
    kind === "closure" ? "" : factorWords(factor),
    geometry?.type === "LineString" && !both_ways ? t("traffic.way") : "",
    profileWords(incident),
    by ? t("traffic.by", { who: personOf(by) }) : "",
  ].filter(Boolean);
}

const SIGNS: Readonly<Record<IncidentKind, IconName>> = { closure: "closed", slowdown: "alert", weather: "cloud" };

export function KindSign({ kind }: { kind: IncidentKind }) {
  return (
    <span class={`kind-sign ${kind}`}>
      <Icon name={SIGNS[kind]} />
    </span>
  );
}

/** How the map draws each kind: the stroke tells them apart as the colour does. */
function Legend() {
  return (
    <section class="traffic-legend" aria-label={t("traffic.legend")}>
      <h3>{t("traffic.legend")}</h3>
      <ul>
        {KINDS.map((kind) => (
          <li key={kind}>
            <svg class={`kind-line ${kind}`} viewBox="0 0 44 12" aria-hidden="true">
              <path d="M2 6H42" />
            </svg>
            {t(`traffic.legend.${kind}`)}
          </li>
        ))}
      </ul>
    </section>
  );
}

type EndProps = PanelProps & { incident: Incident; onClose(): void; onEnded(): void };

/** The effect first, then the end. */
function EndDialog({ incident, token, zone, onClose, onEnded }: EndProps) {
  const [sending, setSending] = useState(false);
  const [trouble, setTrouble] = useState("");
  const end = async () => {
    setSending(true);
    const outcome = await sendEnd(token, zone, incident.id);
    setSending(false);
    setTrouble(trafficTrouble(outcome));
    if (outcome.kind === "done" || outcome.kind === "accepted") onEnded();
  };
  return (
    <Dialog title={t("traffic.end.title", { reason: incident.reason })} onClose={onClose}>
      <p class="effect">
        <Icon name="route" />
        {t(`traffic.end.effect.${incident.kind}`)}
      </p>
      {trouble && (
        <p class="alert" role="alert">
          {trouble}
        </p>
      )}
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={onClose}>
          {t("action.dismiss")}
        </button>
        <button type="button" class="button danger" disabled={sending} onClick={() => void end()}>
          {t("traffic.end")}
        </button>
      </footer>
    </Dialog>
  );
}
