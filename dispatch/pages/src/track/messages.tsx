import { useEffect, useRef, useState } from "preact/hooks";
import { draftOf } from "../shared/drafts";
import { post } from "../shared/http";
import { t } from "../shared/i18n";
import { phaseOf } from "../shared/order";
import type { OrderView, Party } from "../shared/protocol/messages";
import type { TrackState } from "../shared/store/track";
import { unreadIn } from "../shared/thread";
import { Icon } from "../shared/ui/icon";
import { Composer, type NameOf, Thread } from "../shared/ui/thread";

interface MessagesProps {
  state: TrackState;
  order: OrderView;
  now_ms: number;
  token: string;
}

/** What the shopper and the people who bring the order write to each other. */
export function TrackMessages({ state, order, now_ms, token }: MessagesProps) {
  const [writing, setWriting] = useState(() => draftOf(`track.${order.id}`) !== "");
  const { end, inSight } = useInSight();
  const seen = useRef("");
  const box = useRef<HTMLTextAreaElement>(null);
  const asked = useRef(false);
  useEffect(() => {
    if (!writing || !asked.current) return;
    box.current?.focus({ preventScroll: true });
    box.current?.form?.scrollIntoView({ block: "nearest" });
  }, [writing]);
  const toggle = () => {
    asked.current = true;
    setWriting(!writing);
  };
  if (inSight) seen.current = state.messages[state.messages.length - 1]?.id ?? "";
  return (
    <section class="messages" aria-label={t("message.title")}>
      <div class="messages-head">
        <h2>{t("message.title")}</h2>
        <button type="button" class="button" aria-expanded={writing} onClick={toggle}>
          <Icon name={writing ? "close" : "message"} />
          {t(writing ? "track.write.close" : "track.write")}
        </button>
      </div>
      <Thread messages={state.messages} reader="customer" now_ms={now_ms} nameOf={nameOf} />
      <span ref={end} class="messages-end" aria-hidden="true" />
      {unreadIn(state.messages, "customer", seen.current) > 0 && (
        <button type="button" class="new-message" onClick={() => end.current?.scrollIntoView({ block: "center" })}>
          <Icon name="message" />
          {t("track.message.new")}
        </button>
      )}
      {writing && (
        <Composer
          draft={`track.${order.id}`}
          parties={partiesFor(order)}
          box={box}
          phrases={[t("track.phrase.door"), t("track.phrase.downstairs"), t("track.phrase.call")]}
          nameOf={nameOf}
          send={(to, text, key) => post(`/v1/track/${encodeURIComponent(token)}/messages`, { to, text }, { key })}
        />
      )}
    </section>
  );
}

/** Whether the end of the thread can be seen: what came in below the edge of a phone needs a sign. */
function useInSight() {
  const end = useRef<HTMLSpanElement>(null);
  const [inSight, setInSight] = useState(false);
  useEffect(() => {
    const found = end.current;
    if (!found) return;
    const observer = new IntersectionObserver(([entry]) => setInSight(entry?.isIntersecting ?? false));
    observer.observe(found);
    return () => observer.disconnect();
  }, []);
  return { end, inSight };
}

/** Whom the shopper can write to: the courier while one has the order, and the desk always. */
export function partiesFor(order: OrderView): Party[] {
  const phase = phaseOf(order);
  return phase === "to_pickup" || phase === "on_way" ? ["courier", "dispatcher"] : ["dispatcher"];
}

const nameOf: NameOf = (party, as) => {
  const who = party === "customer" ? "me" : party === "courier" ? "courier" : "desk";
  return t(as === "whom" ? `track.party.to.${who}` : `track.party.${who}`);
};
