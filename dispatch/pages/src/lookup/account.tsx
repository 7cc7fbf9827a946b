import { useEffect, useMemo, useState } from "preact/hooks";
import type { Refusal } from "../shared/call";
import { clockTime } from "../shared/format";
import { t } from "../shared/i18n";
import { renewed, type Session } from "../shared/shopper";
import type { Looks } from "../shared/ui/looks";
import type { FoundOrder } from "./api";
import { Addresses } from "./my_addresses";
import { type Mine, mineOf } from "./my_api";
import { MyData } from "./my_data";
import { Heading, Orders, Sign, Warning } from "./parts";
import { rows } from "./words";

export type Tab = "list" | "addresses" | "data";
/** Why somebody is not signed in any more. */
export type Over = "left" | "everywhere" | "erased" | "ended";

/** A token is good for seven days; one that is older than a day is renewed when the page is opened. */
const RENEWED_BELOW_S = 6 * 24 * 3600;

interface AccountProps {
  session: Session;
  looks: Looks;
  tab: Tab;
  onTab(tab: Tab): void;
  onOver(over: Over): void;
}

/** The shopper's account: their orders, their addresses, and what is kept of them. */
export function Account({ session, looks, tab, onTab, onOver }: AccountProps) {
  const mine = useMemo(() => mineOf(session.token, () => onOver("ended")), [session.token]);
  useEffect(() => {
    if (session.expires_at_s - Date.now() / 1000 > RENEWED_BELOW_S) return;
    void mine.token().then((answer) => answer.ok && renewed(answer.value));
  }, [mine]);
  return (
    <section class="lookup-list">
      <nav class="choices three" aria-label={t("my.title")}>
        {(["list", "addresses", "data"] as const).map((each) => (
          <button
            key={each}
            type="button"
            class="tab"
            aria-current={tab === each ? "page" : undefined}
            onClick={() => onTab(each)}
          >
            {t(`my.tab.${each}`)}
          </button>
        ))}
      </nav>
      {tab === "list" && <MyOrdersList mine={mine} />}
      {tab === "addresses" && <Addresses mine={mine} looks={looks} />}
      {tab === "data" && <MyData mine={mine} onOver={onOver} />}
    </section>
  );
}

function MyOrdersList({ mine }: { mine: Mine }) {
  const [orders, setOrders] = useState<readonly FoundOrder[]>([]);
  const [now_ms, setNow] = useState(0);
  const [next, setNext] = useState("");
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(true);
  const load = async (before: string) => {
    setBusy(true);
    const answer = await mine.orders(before);
    setBusy(false);
    if (!answer.ok) return setRefusal(answer.refusal);
    setRefusal(null);
    setOrders((shown) => (before ? [...shown, ...answer.value.orders] : answer.value.orders));
    setNow(answer.value.now_ms);
    setNext(answer.value.next ?? "");
  };
  useEffect(() => void load(""), [mine]);
  const { open, over } = rows(orders, now_ms);
  const none = orders.length === 0 && now_ms > 0;
  return (
    <>
      {none && <Sign name="store" />}
      <Heading>{t(none ? "my.orders.none" : "lookup.orders")}</Heading>
      {now_ms > 0 && (
        <p class="soft">{none ? t("my.orders.none.note") : t("lookup.as_of", { time: clockTime(now_ms) })}</p>
      )}
      {now_ms === 0 && !refusal && <p class="skeleton skeleton-field" aria-hidden="true" />}
      <Orders title={t("lookup.under_way")} orders={open} />
      <Orders title={t("my.orders.over")} orders={over} />
      <Warning refusal={refusal} />
      {(next || refusal) && (
        <button type="button" class="button" disabled={busy} onClick={() => void load(refusal && !now_ms ? "" : next)}>
          {t(busy ? "lookup.busy" : refusal ? "my.retry" : "my.orders.more")}
        </button>
      )}
    </>
  );
}
