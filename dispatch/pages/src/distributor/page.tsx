import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Key, t } from "../shared/i18n";
import type { Me } from "../shared/sign_in/api";
import { Card } from "../shared/sign_in/card";
import { keepSignIn, keptZone } from "../shared/sign_in/kept";
import { PasswordForm } from "../shared/sign_in/password_form";
import { type SignIn, useSignIn } from "../shared/sign_in/use_sign_in";
import { whoWords } from "../shared/sign_in/words";
import { Alert } from "../shared/ui/alert";
import { useOnline } from "../shared/ui/hooks";
import { Icon } from "../shared/ui/icon";
import { type Looks, useLooks } from "../shared/ui/looks";
import { Switches } from "../shared/ui/switches";
import { accountOf } from "./api";
import { Home } from "./home";
import { useRoute, VIEWS, type View } from "./route";

const ROLE = "distributor";

/** The page of a distributor: their orders, and how they stand with the house. */
export function DistributorPage() {
  const looks = useLooks();
  const sign = useSignIn();
  const { stage } = sign;
  useEffect(() => {
    document.title = t("dist.title");
    document.documentElement.dataset.stage = stage.at;
  });
  switch (stage.at) {
    case "opening":
      return (
        <Card title="dist.title" looks={looks}>
          <p class="faint" role="status">
            {t("staff.busy")}
          </p>
        </Card>
      );
    case "door":
      return <AtTheDoor sign={sign} why={stage.why} looks={looks} />;
    case "in":
      if (stage.me.role !== ROLE) return <NotForThem me={stage.me} sign={sign} looks={looks} />;
      return <SignedIn key={stage.me.id} me={stage.me} token={stage.token} sign={sign} looks={looks} />;
  }
}

function AtTheDoor({ sign, why, looks }: { sign: SignIn; why: Key | null; looks: Looks }) {
  const [told, setTold] = useState(why);
  return (
    <Card title="dist.title" looks={looks}>
      {told && <Alert>{t(told)}</Alert>}
      <PasswordForm
        intro={<p class="faint">{t("dist.door")}</p>}
        onGrant={(grant) => sign.enter(grant)}
        onTry={() => setTold(null)}
      />
    </Card>
  );
}

/** Somebody of the staff is signed in in this browser. */
function NotForThem({ me, sign, looks }: { me: Me; sign: SignIn; looks: Looks }) {
  return (
    <Card title="dist.title" looks={looks}>
      <p class="faint">{whoWords(me)}</p>
      <Alert>{t("dist.not.yours")}</Alert>
      {me.actions.includes("watch_zone") && <a href="/console">{t("dist.to.desk")}</a>}
      <button type="button" class="link signin-other" onClick={() => void sign.leave(false)}>
        {t("signin.out")}
      </button>
    </Card>
  );
}

interface SignedInProps {
  me: Me;
  token: string;
  sign: SignIn;
  looks: Looks;
}

function SignedIn({ me, token, sign, looks }: SignedInProps) {
  const online = useOnline();
  const { view, order_id } = useRoute();
  const [zone, setZone] = useState(() => zoneOf(me.zones, keptZone()));
  const account = useMemo(() => accountOf(token, zone, me.id), [token, zone, me.id]);
  const choose = (next: string) => {
    keepSignIn(next);
    setZone(next);
  };
  useEffect(() => {
    document.documentElement.dataset.view = view;
  }, [view]);
  return (
    <>
      <header class="bar">
        <span class="bar-title">{me.name}</span>
        {me.zones.length > 1 && (
          <select
            aria-label={t("staff.account.zones")}
            value={zone}
            onChange={(event) => choose(event.currentTarget.value)}
          >
            {me.zones.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        )}
        <Switches looks={looks} />
      </header>
      {!online && (
        <p class="banner" role="status">
          <Icon name="wifi" />
          {t("dist.offline")}
        </p>
      )}
      <Tabs view={view} />
      <Home key={zone} account={account} me={me} sign={sign} view={view} order_id={order_id} />
    </>
  );
}

function Tabs({ view }: { view: View }) {
  const tabs = useRef<HTMLElement>(null);
  // On a phone not all of them are in sight.
  useEffect(() => tabs.current?.querySelector("[aria-current]")?.scrollIntoView({ inline: "nearest" }), [view]);
  return (
    <nav ref={tabs} class="tabs" aria-label={t("dist.title")}>
      {VIEWS.map((each) => (
        <a key={each} class="tab" href={`#/${each}`} aria-current={each === view ? "page" : undefined}>
          {t(`dist.view.${each}`)}
        </a>
      ))}
    </nav>
  );
}

/** The zone that was looked at last, if it is theirs still; who is limited to none orders in the first one. */
function zoneOf(zones: readonly string[], last: string | null): string {
  return zones.find((zone) => zone === last) ?? zones[0] ?? "default";
}
