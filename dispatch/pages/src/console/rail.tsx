import type { ComponentChildren } from "preact";
import { count } from "../shared/format";
import { type Key, t } from "../shared/i18n";
import { Icon, type IconName } from "../shared/ui/icon";
import { type Board, digitOf, FLEETS, INBOXES, isFleet, isInbox, ORDER_QUEUES, type Queue } from "./queues";

const ICONS: Readonly<Record<Queue, IconName>> = {
  holds: "hold",
  exceptions: "bolt",
  fleet: "truck",
  conflicts: "conflict",
  messages: "message",
  attention: "alert",
  unassigned: "circle",
  underway: "route",
  others: "store",
  delivered: "check",
  closed: "close",
  all: "list",
  on_duty: "person",
  off_duty: "out",
};

export function queueIcon(queue: Queue): IconName {
  return ICONS[queue];
}

/** What is in these waits for a person. */
const URGENT: ReadonlySet<Queue> = new Set<Queue>(["holds", "exceptions", "conflicts", "messages", "attention"]);

export function queueKey(queue: Queue): Key {
  if (queue === "fleet") return "fleet.title";
  if (isInbox(queue)) return `inbox.${queue}`;
  return isFleet(queue) ? `fleet.${queue}` : `queue.${queue}`;
}

interface RailProps {
  board: Board | null;
  queue: Queue;
  onQueue(queue: Queue): void;
  /** The filters that have a name. */
  children?: ComponentChildren;
}

/** The queues and how much is in each. */
export function Rail(props: RailProps) {
  return (
    <nav class="rail" aria-label={t("console.queues")}>
      <h2>{t("inbox.title")}</h2>
      <RailItem name="attention" {...props} />
      {INBOXES.map((queue) => (
        <RailItem key={queue} name={queue} {...props} />
      ))}
      <h2>{t("console.orders")}</h2>
      {ORDER_QUEUES.filter((queue) => queue !== "attention").map((queue) => (
        <RailItem key={queue} name={queue} {...props} />
      ))}
      {props.children}
      <h2>{t("console.couriers")}</h2>
      <RailItem name="fleet" {...props} />
      {FLEETS.map((queue) => (
        <RailItem key={queue} name={queue} {...props} />
      ))}
    </nav>
  );
}

function RailItem({ name, board, queue, onQueue }: RailProps & { name: Queue }) {
  const n = board?.counts[name] ?? 0;
  const urgent = URGENT.has(name) && n > 0;
  return (
    <button
      type="button"
      class={`rail-item${urgent ? " urgent" : ""}`}
      aria-current={queue === name ? "page" : undefined}
      data-queue={name}
      title={`${t(queueKey(name))} (${digitOf(name)})`}
      onClick={() => onQueue(name)}
    >
      <Icon name={ICONS[name]} />
      <span class="rail-name">{t(queueKey(name))}</span>
      <span class="rail-count">{board ? count(n) : ""}</span>
    </button>
  );
}
