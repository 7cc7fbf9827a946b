import { useEffect, useRef, useState } from "preact/hooks";
import { rangeOrDay, shortId, timeOrDay } from "../shared/format";
import { type Key, t, tCode } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import { actsOf, type Claim, type ClaimAct, type ClaimedLine, lineWords, RIGHT_FOR, whatWords } from "./claims";
import { fetchClaim } from "./claims_api";
import { StatusMark } from "./claims_table";
import { Fact } from "./drawer_parts";
import { actorWords } from "./history";
import { useMay } from "./may";
import type { PanelProps } from "./over_parts";

interface ClaimDrawerProps extends PanelProps {
  /** The claim as the list has it, if it is there. */
  listed: Claim | undefined;
  /** Changes when the list was looked at again. */
  stamp: number;
  onAct(act: ClaimAct, claim: Claim): void;
  onClose(): void;
}

/** One claim: what is asked for and why, how far it is, and what can be done. */
export function ClaimDrawer(props: ClaimDrawerProps) {
  const { chosen, onClose } = props;
  const claim = useClaim(props);
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever came by a key goes on from here by keys.
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <aside class="stock-shelf" aria-label={t("claims.title")} data-drawer={chosen}>
      <header class="drawer-head">
        <div class="drawer-line">
          <span class="faint">{claim ? claim.ref || shortId(claim.order_id) : ""}</span>
          <button
            type="button"
            class="icon-button"
            aria-label={t("claims.back")}
            title={`${t("claims.back")} (Esc)`}
            onClick={onClose}
          >
            <Icon name="close" />
          </button>
        </div>
        <h2 ref={heading} tabIndex={-1}>
          {claim ? whatWords(claim) : t("claims.title")}
        </h2>
        {claim && (
          <p class="drawer-chips">
            <StatusMark claim={claim} now_ms={props.now_ms} />
          </p>
        )}
      </header>
      <div class="drawer-body">
        {claim === null && <span class="skeleton preview-skeleton" />}
        {claim === false && <p class="faint">{t("claims.gone")}</p>}
        {claim && <Body {...props} claim={claim} />}
      </div>
    </aside>
  );
}

/** A claim that the list has not, for its filter or its length, is asked for by itself; null: it is not known yet. */
function useClaim({ chosen, listed, stamp, token }: ClaimDrawerProps): Claim | null | false {
  const [found, setFound] = useState<Claim | null | false>(null);
  const isListed = listed !== undefined;
  useEffect(() => {
    if (isListed) return;
    let wanted = true;
    void fetchClaim(token, chosen).then((next) => wanted && setFound(next ?? false));
    return () => {
      wanted = false;
    };
  }, [token, chosen, isListed || stamp]);
  return listed ?? found;
}

type BodyProps = ClaimDrawerProps & { claim: Claim };

function Body(props: BodyProps) {
  const { claim, zone, now_ms, onAct } = props;
  const may = useMay();
  const { earliest_at_ms = 0, latest_at_ms = 0 } = claim;
  const visit = latest_at_ms ? rangeOrDay(earliest_at_ms || now_ms, latest_at_ms, now_ms) : t("claims.visit.any");
  const acts = actsOf(claim).filter((act) => may(RIGHT_FOR[act]));
  return (
    <>
      {claim.text && (
        <section class="claim-said">
          <h3>{t("claims.said")}</h3>
          <q>{claim.text}</q>
        </section>
      )}
      <dl class="facts">
        <Fact label="claims.reason" value={tCode("claim.reason", claim.reason)} />
        <Fact label="claims.delivered" value={timeOrDay(claim.delivered_at_ms, now_ms)} />
        <Fact label="claims.visit" value={visit} />
        <Fact label="claims.column.depot" value={zone.depots.get(claim.depot_id)?.name ?? claim.depot_id} />
        {claim.by && <Fact label="claims.by" value={actorWords(claim.by, zone)} />}
      </dl>
      {acts.length > 0 && (
        <div class="actions">
          {acts.map((act) => (
            <button
              key={act}
              type="button"
              class={`button${act === "refuse" ? "" : " primary"}`}
              data-act={act}
              onClick={() => onAct(act, claim)}
            >
              {t(`claims.act.${act}`)}
            </button>
          ))}
        </div>
      )}
      <h3>{t("claims.goods")}</h3>
      <ul class="claim-goods">
        {claim.lines.map((line) => (
          <Goods key={line.line} line={line} received={Boolean(claim.received_at_ms) && claim.kind !== "repair"} />
        ))}
      </ul>
      {claim.answer && (
        <section class="claim-said">
          <h3>{t("claims.answer")}</h3>
          <q>{claim.answer}</q>
        </section>
      )}
      <ul class="claim-orders">
        <OrderLink label="claims.order" id={claim.order_id} {...props} />
        {claim.pickup_order_id && <OrderLink label="claims.pickup" id={claim.pickup_order_id} {...props} />}
        {claim.delivery_order_id && <OrderLink label="claims.delivery" id={claim.delivery_order_id} {...props} />}
      </ul>
    </>
  );
}

function Goods({ line, received }: { line: ClaimedLine; received: boolean }) {
  const missing = line.quantity - line.restocked - line.written_off;
  return (
    <li>
      {lineWords(line)}
      {line.sku && <span class="faint"> {line.sku}</span>}
      {received && (
        <small>
          {t("claims.came", { back: line.restocked, off: line.written_off })}
          {missing > 0 && ` · ${t("claims.missing", { n: missing })}`}
        </small>
      )}
    </li>
  );
}

/** An order that is known here opens; one that ended long ago is only named. */
function OrderLink({ label, id, zone, onSelect }: BodyProps & { label: Key; id: string }) {
  const order = zone.orders.get(id);
  // What is made for a claim is called by its shop as the first order is.
  const name = (label === "claims.order" && order?.ref) || shortId(id);
  return (
    <li>
      {t(label)}{" "}
      {order ? (
        <button type="button" class="link" onClick={() => onSelect({ kind: "order", id })}>
          {name}
        </button>
      ) : (
        <span class="faint">{name}</span>
      )}
    </li>
  );
}
