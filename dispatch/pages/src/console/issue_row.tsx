import { clockTime, relative, shortId } from "../shared/format";
import { t } from "../shared/i18n";
import { reasonWords } from "../shared/order";
import type { ZoneState } from "../shared/store/zone";
import { Icon, type IconName } from "../shared/ui/icon";
import { type Issue, type IssueKind, isSnoozed } from "./playbook";
import type { Board } from "./queues";

const ICONS: Readonly<Record<IssueKind, IconName>> = {
  held: "hold",
  attempt_failed: "alert",
  cut_off: "closed",
  pickup_failed: "store",
  waiting: "clock",
  link_lost: "wifi",
};

/** What happened, in a few words. */
export function issueName({ kind }: Issue): string {
  return t(`issue.${kind}`);
}

/** Why, as far as somebody said so. */
export function issueWhy({ kind, why }: Issue): string {
  if (kind === "link_lost" || why === "") return "";
  if (kind === "cut_off") return why;
  return reasonWords(why);
}

interface IssueRowProps {
  issue: Issue;
  zone: ZoneState;
  board: Board;
  now_ms: number;
}

/** What happened, to which order or courier, and since when. */
export function IssueRow({ issue, zone, board, now_ms }: IssueRowProps) {
  const order = zone.orders.get(issue.of.id);
  const later = isSnoozed(issue, board.snoozes, now_ms);
  const name = order ? `${order.ref || shortId(order.id)} · ${order.address}` : zone.couriers.get(issue.of.id)?.name;
  return (
    <>
      <span class={`row-mark ${later ? "unknown" : "late"}`} data-issue={issue.kind}>
        <Icon name={later ? "snooze" : ICONS[issue.kind]} />
      </span>
      <span class="row-title">{issueName(issue)}</span>
      <span class="row-time" title={clockTime(issue.since_ms)}>
        {issue.since_ms ? relative(issue.since_ms, now_ms) : "–"}
      </span>
      <span class="row-sub">{[issueWhy(issue), name].filter(Boolean).join(" · ")}</span>
      {later && <span class="row-later">{t("snooze.until", { time: clockTime(board.snoozes[issue.id] ?? 0) })}</span>}
    </>
  );
}
