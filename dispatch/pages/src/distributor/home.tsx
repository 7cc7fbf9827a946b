import { useCallback, useEffect, useState } from "preact/hooks";
import type { Refusal } from "../shared/call";
import type { Distributor } from "../shared/distributors";
import { dayWords } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import type { Me } from "../shared/sign_in/api";
import type { SignIn } from "../shared/sign_in/use_sign_in";
import { Icon } from "../shared/ui/icon";
import { AccountView } from "./account_view";
import type { Account } from "./api";
import { Figures } from "./figures";
import { NewDelivery } from "./new_delivery";
import { OrdersView } from "./orders_view";
import { Failed, Skeleton } from "./parts";
import type { View } from "./route";
import { TableView } from "./table_view";

interface HomeProps {
  account: Account;
  me: Me;
  sign: SignIn;
  view: View;
  order_id: string;
}

/** How the account stands: null while nobody has asked, `none` before it has applied. */
type Standing = Distributor | "none" | null;

/** What a distributor sees once they are signed in; whoever has not applied yet does that first. */
export function Home({ account, me, sign, view, order_id }: HomeProps) {
  const [mine, setMine] = useState<Standing>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const look = useCallback(async () => {
    // Of all answers only those about orders say what time it is there.
    const [answer] = await Promise.all([account.mine(), account.search({ text: "", statuses: [], limit: 1 })]);
    if (answer.ok) setMine(answer.value);
    else if (answer.refusal.code === "unknown_distributor") setMine("none");
    setRefusal(answer.ok || answer.refusal.code === "unknown_distributor" ? null : answer.refusal);
  }, [account]);
  useEffect(() => void look(), [look]);
  if (mine === null) {
    return (
      <main class="dist">{refusal ? <Failed refusal={refusal} onAgain={() => void look()} /> : <Skeleton />}</main>
    );
  }
  const shown = mine === "none" ? "account" : view;
  const known = mine === "none" ? null : mine;
  return (
    <main class={`dist ${shown}`}>
      {known && <Standing distributor={known} now_ms={account.now()} />}
      {shown === "orders" && <OrdersView account={account} order_id={order_id} />}
      {shown === "new" && <NewDelivery account={account} approved={known?.standing === "approved"} />}
      {shown === "table" && <TableView account={account} approved={known?.standing === "approved"} />}
      {shown === "figures" && <Figures account={account} />}
      {shown === "account" && <AccountView account={account} mine={known} me={me} sign={sign} onChanged={setMine} />}
    </main>
  );
}

/** What keeps them from ordering, or soon will. */
function Standing({ distributor, now_ms }: { distributor: Distributor; now_ms: number }) {
  const { standing, reason, licences } = distributor;
  const over = licences.filter((licence) => !licence.good);
  const soon = licences.filter((licence) => licence.ends_soon);
  return (
    <>
      {standing !== "approved" && (
        <div class={`told ${standing === "applied" ? "waiting" : "problem"}`} data-standing={standing}>
          <Icon name={standing === "applied" ? "clock" : "alert"} />
          <p>
            <strong>{t(`dist.standing.${standing}`)}</strong> {reason && t("dist.reason", { reason })}{" "}
            {standing === "refused" && <a href="#/account">{t("dist.apply.again")}</a>}
          </p>
        </div>
      )}
      {[...over, ...soon].map((licence) => (
        <div
          key={`${licence.kind} ${licence.number}`}
          class={`told ${licence.good ? "waiting" : "problem"}`}
          data-licence
        >
          <Icon name="alert" />
          <p>
            {t(licence.good ? "dist.licence.soon" : "dist.licence.over", {
              licence: `${tCode("distributors.licence", licence.kind)} ${licence.number}`,
              day: dayWords(licence.expires_at_ms - 1, now_ms),
            })}{" "}
            <a href="#/account">{t("dist.licence.renew")}</a>
          </p>
        </div>
      ))}
    </>
  );
}
