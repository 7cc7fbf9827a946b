import type { ComponentChildren } from "preact";
import { age, count } from "../shared/format";
import { t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import { Icon, type IconName } from "../shared/ui/icon";
import { Old } from "./over_parts";
import { problemWords } from "./problem_words";
import { ALERT_KINDS, type AlertKind, alertWords, fetchAlerts, type StockAlert } from "./restock";
import { Alert } from "./signin";
import { shelfId } from "./stock";
import { useWatched, type Watched } from "./use_restock";

const ICONS: Readonly<Record<AlertKind, IconName>> = { low: "down", spike: "bolt", slow: "snooze" };

interface AlertsProps {
  token: string;
  zone: ZoneState;
  now_ms: number;
  /** Only of this depot; empty: of all. */
  depot_id: string;
  chosen: string;
  onShelf(id: string): void;
}

/** What somebody should look at, kind by kind. */
export function StockAlerts(props: AlertsProps) {
  const { token, zone, depot_id } = props;
  const key = `${token} ${zone.zone} ${depot_id}`;
  const alerts = useWatched(key, () => fetchAlerts(token, zone.zone, depot_id, ""));
  return (
    <WatchedBox watched={alerts}>
      {alerts.found?.alerts.length === 0 && <p class="list-empty">{t("alerts.none")}</p>}
      {ALERT_KINDS.map((kind) => (
        <Kind
          key={kind}
          kind={kind}
          {...props}
          alerts={alerts.found?.alerts.filter((alert) => alert.kind === kind) ?? []}
          total={alerts.found?.counts[kind] ?? 0}
        />
      ))}
    </WatchedBox>
  );
}

/** What is asked for again and again, or why it cannot be had. */
export function WatchedBox({ watched, children }: { watched: Watched<object>; children: ComponentChildren }) {
  const { found, trouble, at_ms } = watched;
  if (!found && !trouble) return <span class="skeleton preview-skeleton" />;
  if (!found) return <Trouble watched={watched} />;
  return (
    <div class="stock-box" data-watched>
      {trouble && <Old words={t("watch.old", { age: age(performance.now() - at_ms) })} />}
      {children}
    </div>
  );
}

function Trouble({ watched: { trouble } }: { watched: Watched<object> }) {
  if (trouble?.kind === "forbidden") return <p class="list-empty">{t("stock.forbidden")}</p>;
  const detail = trouble && trouble.kind !== "unreachable" ? problemWords(trouble) : "";
  return (
    <div class="stock-trouble">
      <Alert>{detail ? t("watch.failed", { detail }) : t("watch.failed.offline")}</Alert>
    </div>
  );
}

type KindProps = AlertsProps & { kind: AlertKind; alerts: readonly StockAlert[]; total: number };

function Kind({ kind, alerts, total, zone, now_ms, chosen, onShelf }: KindProps) {
  if (total === 0) return null;
  return (
    <section class="watch-kind" data-alerts={kind}>
      <h3>
        <Icon name={ICONS[kind]} />
        {t(`alerts.kind.${kind}`)} <span class="faint">{count(total)}</span>
      </h3>
      <ul>
        {alerts.map((alert) => {
          const id = shelfId(alert);
          return (
            <li key={id}>
              <button
                type="button"
                class="watch-row"
                aria-pressed={id === chosen}
                data-alert={id}
                onClick={() => onShelf(id)}
              >
                <strong>{alert.name}</strong>
                <span class="faint">{zone.depots.get(alert.depot_id)?.name ?? alert.depot_id}</span>
                <span>{alertWords(alert, now_ms)}</span>
              </button>
            </li>
          );
        })}
      </ul>
      {total > alerts.length && <p class="faint">{t("alerts.more", { n: count(total - alerts.length) })}</p>}
    </section>
  );
}
