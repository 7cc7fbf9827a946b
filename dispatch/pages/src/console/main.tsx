import "./texts";
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { loadMap } from "../shared/city";
import { currentLang, type Key, setLang, t } from "../shared/i18n";
import { type Grant, sendRefresh, sendSignOut } from "../shared/sign_in/api";
import { Card } from "../shared/sign_in/card";
import { tabChannel } from "../shared/sign_in/keeper";
import { keptZone } from "../shared/sign_in/kept";
import { applyTheme, storedTheme } from "../shared/theme";
import { useLooks } from "../shared/ui/looks";
import { DEFAULT_ZONE, forget, keep, openSession, type Session, zoneOf } from "./session";
import { SignedIn } from "./signed_in";
import { type Refusal, SignIn } from "./signin";
import { fetchZones } from "./staff_api";
import { ZoneChoice } from "./zone_choice";

// The desk is nothing without its map: fetch it while the rest is being set up. A failure shows in the map's place.
loadMap().catch(() => {});
applyTheme(storedTheme());
setLang(currentLang());

const AWAY: Key = "staff.error.unreachable";

type Stage =
  /** It is asked whether this browser is still signed in. */
  | { at: "opening" }
  | { at: "door"; refusal: Refusal | null }
  | { at: "zones"; grant: Grant; zones: readonly string[]; refused: string }
  | { at: "desk"; session: Session };

function firstStage(): Stage {
  const session = openSession();
  if (session) return { at: "desk", session };
  return keptZone() === null ? { at: "door", refusal: null } : { at: "opening" };
}

/** The desk of the person who is signed in, else the way to it. */
function Console() {
  const looks = useLooks();
  const [stage, setStage] = useState(firstStage);
  const door = (refusal: Refusal | null) => setStage({ at: "door", refusal });
  const enter = (session: Session) => {
    keep(session);
    setStage({ at: "desk", session });
  };
  /** Whoever may see several zones, and was not at one of them before, is asked. */
  const admit = async (grant: Grant, refused = "") => {
    const zones = grant.me.zones.length > 0 ? grant.me.zones : await fetchZones(grant.token);
    const zone = zoneOf(zones, keptZone());
    if (zone !== null && !refused && grant.me.actions.includes("watch_zone")) {
      enter({ token: grant.token, zone, grant });
    } else setStage({ at: "zones", grant, zones, refused });
  };
  const reopen = async (refused = "") => {
    const reply = await sendRefresh();
    if (reply.kind === "granted") {
      await admit(reply.grant, refused);
      return;
    }
    const gone = reply.kind === "refused" && reply.wait_s === 0;
    if (gone) forget();
    door({ key: gone ? "staff.end.ended" : AWAY, zone: "", byToken: false });
  };
  useEffect(() => {
    if (stage.at === "opening") void reopen();
  }, []);
  const isAway = stage.at === "door" && stage.refusal?.key === AWAY;
  useEffect(() => {
    if (!isAway) return;
    const back = () => void reopen();
    addEventListener("online", back);
    return () => removeEventListener("online", back);
  }, [isAway]);
  const signOut = async (session: Session | null, everywhere: boolean): Promise<boolean> => {
    if (!session || session.grant) {
      const outcome = await sendSignOut(everywhere);
      if (outcome.kind !== "done") return false;
      const channel = tabChannel();
      channel?.postMessage({ t: "out" });
      channel?.close();
    }
    forget();
    door(null);
    return true;
  };

  switch (stage.at) {
    case "opening":
      return (
        <Card title="signin.title" looks={looks}>
          <p class="faint" role="status">
            {t("staff.opening")}
          </p>
        </Card>
      );
    case "door":
      return <SignIn looks={looks} refusal={stage.refusal} onToken={enter} onGrant={(grant) => void admit(grant)} />;
    case "zones":
      return (
        <ZoneChoice
          me={stage.grant.me}
          zones={stage.zones}
          refused={stage.refused}
          looks={looks}
          onZone={(zone) => enter({ token: stage.grant.token, zone, grant: stage.grant })}
          onSignOut={() => void signOut(null, false)}
        />
      );
    case "desk": {
      const { session } = stage;
      const byToken = !session.grant;
      return (
        <SignedIn
          key={`${session.token} ${session.zone}`}
          session={session}
          looks={looks}
          onEnd={(key) => {
            forget();
            door({ key, zone: byToken ? session.zone : DEFAULT_ZONE, byToken });
          }}
          onForbidden={() => void reopen(session.zone)}
          onZone={(zone) => {
            keep({ ...session, zone });
            void reopen();
          }}
          onSignOut={(everywhere) => signOut(session, everywhere)}
        />
      );
    }
  }
}

const page = document.getElementById("page");
if (page) render(<Console />, page);
