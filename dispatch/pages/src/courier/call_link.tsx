import { post } from "../shared/http";
import { t } from "../shared/i18n";
import type { OrderCard } from "../shared/protocol/courier_messages";
import { MaskedCall } from "../shared/ui/masked_call";
import { useCourier } from "./context";
import { Sign } from "./sign";

/** The way to the customer's ear: their number where the phone is told it, else a call by way of the server. */
export function CallLink({ card }: { card: OrderCard }) {
  const { shift } = useCourier();
  const name = card.name || card.phone;
  const words = (
    <>
      <Sign name="call" />
      {t("courier.stop.call.plain")}
    </>
  );
  if (card.phone)
    return (
      <a
        class="side-action wide"
        href={`tel:${card.phone}`}
        aria-label={name ? t("courier.stop.call", { name }) : undefined}
      >
        {words}
      </a>
    );
  if (!card.calls) return null;
  const ask = (key: string) =>
    post(`/v1/orders/${encodeURIComponent(card.order_id)}:call`, { to: "customer" }, { token: shift.phone.token, key });
  return (
    <MaskedCall class="side-action wide" ask={ask}>
      {words}
    </MaskedCall>
  );
}
