import "./texts";
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { currentLang, setLang } from "../shared/i18n";
import { applyTheme, storedTheme } from "../shared/theme";
import { useLooks } from "../shared/ui/looks";
import { type Account, forgetAccount, keepAccount, keptAccount, tokenFromAddress } from "./account";
import { alertOffer } from "./alerts";
import { readCourier, type SignedIn } from "./api";
import { CourierApp, Guard } from "./app";
import { watchForInstall } from "./install";
import { type Opened, openPhone, signIn } from "./phone";
import { go } from "./route";
import { Shift } from "./shift";
import { SignInPage } from "./signin_page";
import { readToken } from "./token";
import type { View } from "./view";
import { registerWorker } from "./worker";

applyTheme(storedTheme());
setLang(currentLang());
watchForInstall();
void registerWorker();
// A sign-in link that is opened while the app is: as if the app were opened by it.
addEventListener("hashchange", () => location.hash.startsWith("#token=") && location.reload());

/** Who is at the phone: nobody yet known, nobody signed in (and why not any more), or a courier in a shift. */
type Stage =
  | { kind: "opening" }
  | { kind: "signed_out"; reason: string }
  | { kind: "shift"; shift: Shift; account: Account };

/** Why a final close code sends the courier back to the sign-in. */
const REFUSALS: Readonly<Record<number, string>> = { 3500: "session_over", 3501: "not_courier" };

function Courier() {
  const looks = useLooks();
  const [stage, setStage] = useState<Stage>({ kind: "opening" });
  const begin = (opened: Opened<View> | null, given?: Account) => {
    if (!opened) return setStage({ kind: "signed_out", reason: "" });
    const account = given ?? accountOf(opened);
    keepAccount(account);
    const shift = new Shift({ ...opened, onOffer: alertOffer });
    shift.start();
    setStage({ kind: "shift", shift, account });
  };
  useEffect(() => {
    const token = tokenFromAddress();
    void (token && readToken(token) ? signIn<View>(token) : openPhone<View>()).then(begin);
  }, []);

  const signedIn = async ({ token, courier_id, name, zone }: SignedIn) =>
    begin(await signIn<View>(token), { courier_id, name, zone, profile: "" });
  const leave = async (shift: Shift) => {
    await shift.phone.signOut();
    shift.stop();
    await forgetAccount();
    go({ at: "route" }, true);
    setStage({ kind: "signed_out", reason: "" });
  };
  const useHere = async (shift: Shift) => {
    shift.stop();
    begin(await openPhone<View>());
  };

  if (stage.kind === "opening") return null;
  if (stage.kind === "signed_out")
    return <SignInPage looks={looks} reason={stage.reason} onSignedIn={(answer) => void signedIn(answer)} />;
  const { shift, account } = stage;
  return (
    <SignedInShift
      key={account.courier_id}
      shift={shift}
      account={account}
      looks={looks}
      onRefused={(reason) => {
        shift.stop();
        setStage({ kind: "signed_out", reason });
      }}
      onSignOut={() => void leave(shift)}
      onUseHere={() => void useHere(shift)}
    />
  );
}

/** The name is asked for once the link is there; until then the one from the last time is shown. */
function accountOf({ phone }: Opened<View>): Account {
  const courier_id = readToken(phone.token)?.subject ?? "";
  const kept = keptAccount();
  return kept?.courier_id === courier_id ? kept : { courier_id, name: "", zone: "", profile: "" };
}

interface SignedInProps {
  shift: Shift;
  account: Account;
  looks: ReturnType<typeof useLooks>;
  /** The server ended the session for good: the token is over, or is no courier's. */
  onRefused(reason: string): void;
  onSignOut(): void;
  onUseHere(): void;
}

function SignedInShift({ shift, account: given, looks, onRefused, onSignOut, onUseHere }: SignedInProps) {
  const [account, setAccount] = useState(given);
  useEffect(() => wake(shift), [shift]);
  useEffect(
    () =>
      shift.status.subscribe(({ link }) => {
        const reason = link.kind === "ended" ? REFUSALS[link.code] : undefined;
        if (reason) onRefused(reason);
      }),
    [shift, onRefused],
  );
  useEffect(() => {
    let asked = false;
    const ask = async () => {
      if (asked || shift.status.state.link.kind !== "live") return;
      asked = true;
      const answer = await readCourier(shift.phone.token, given.courier_id);
      if (!answer.ok) return;
      const known = { ...given, ...pick(answer.value) };
      keepAccount(known);
      setAccount(known);
    };
    void ask();
    return shift.status.subscribe(() => void ask());
  }, [shift, given]);
  return <CourierApp shift={shift} account={account} looks={looks} onSignOut={onSignOut} onUseHere={onUseHere} />;
}

function pick({ name, profile, zone }: { name: string; profile: string; zone: string }) {
  return { name, profile, zone };
}

/** The phone woke up or found a network: do not sit out the back-off. */
function wake(shift: Shift): () => void {
  const look = () => document.visibilityState === "visible" && shift.phone.nudge();
  addEventListener("online", look);
  document.addEventListener("visibilitychange", look);
  return () => {
    removeEventListener("online", look);
    document.removeEventListener("visibilitychange", look);
  };
}

const page = document.getElementById("page");
if (page) {
  page.replaceChildren();
  render(
    <Guard>
      <Courier />
    </Guard>,
    page,
  );
}
