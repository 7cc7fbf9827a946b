import { useEffect, useRef } from "preact/hooks";
import type { Refusal } from "../shared/call";
import { t } from "../shared/i18n";
import { Icon, type IconName } from "../shared/ui/icon";
import { type Row, refusalWords } from "./words";

/** Moves the focus to a step's heading when it comes up, so that it is read out and the keyboard goes on from there. */
export function Heading({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

export function Warning({ refusal }: { refusal: Refusal | null }) {
  return refusal ? (
    <p class="warning" role="alert">
      <Icon name="alert" />
      <span>{refusalWords(refusal)}</span>
    </p>
  ) : null;
}

/** Orders, each with the way to its page while there is one. */
export function Orders({ title, orders }: { title: string; orders: readonly Row[] }) {
  if (orders.length === 0) return null;
  return (
    <>
      <h2>{title}</h2>
      <ul class="found">
        {orders.map((order) => (
          <li key={order.id} data-found={order.number}>
            {order.link ? (
              <a class="found-order" href={order.link}>
                <OrderWords order={order} />
                <Icon name="next" />
              </a>
            ) : (
              <div class="found-order over">
                <OrderWords order={order} />
              </div>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

const MARKS: Partial<Record<Row["phase"], { tone: string; icon: IconName }>> = {
  done: { tone: "on_time", icon: "check" },
  canceled: { tone: "unknown", icon: "close" },
  held: { tone: "at_risk", icon: "hold" },
  failed: { tone: "late", icon: "alert" },
};

function OrderWords({ order }: { order: Row }) {
  const { tone, icon } = MARKS[order.phase] ?? { tone: "accent", icon: "clock" };
  return (
    <>
      <span class={`chip ${tone} found-mark`}>
        <Icon name={icon} />
      </span>
      <span class="found-words">
        <strong>{order.answer}</strong>
        {order.doing && <span>{order.doing}</span>}
        <span>
          {[t("lookup.number", { number: order.number }), order.shop && t("lookup.from", { shop: order.shop })]
            .filter(Boolean)
            .join(" · ")}
        </span>
        <span class="faint">{order.note}</span>
      </span>
    </>
  );
}

export function Sign({ name }: { name: IconName }) {
  return (
    <span class="lookup-sign">
      <Icon name={name} />
    </span>
  );
}
