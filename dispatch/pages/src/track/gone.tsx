import { type Key, t } from "../shared/i18n";
import { CloseCode } from "../shared/protocol/close_codes";
import type { LinkState } from "../shared/protocol/live";
import { Icon, type IconName } from "../shared/ui/icon";
import type { Looks } from "../shared/ui/looks";
import { Switches } from "../shared/ui/switches";
import { useLate } from "./late";

type Ended = LinkState & { kind: "final" };

interface Words {
  icon: IconName;
  title: Key;
  note: Key;
}

const EXPIRED: Words = { icon: "clock", title: "track.expired", note: "track.expired.note" };
const UNKNOWN: Words = { icon: "search", title: "track.unknown", note: "track.unknown.note" };
const DEAD: Readonly<Record<number, Words>> = {
  [CloseCode.BAD_TOKEN]: UNKNOWN,
  [CloseCode.FORBIDDEN]: UNKNOWN,
  [CloseCode.LINK_EXPIRED]: EXPIRED,
};
const OUTDATED: Words = { icon: "alert", title: "track.final", note: "track.final.note" };

/** Whether the link opens nothing any more; what else ends a session for good is cured by loading the page again. */
export function isLinkDead(code: number): boolean {
  return code in DEAD;
}

/** The page of a link that opens nothing: why, and what to do. What may be claimed it opens for longer. */
export function Gone({ link, looks, token }: { link: Ended; looks: Looks; token: string }) {
  const words = DEAD[link.code];
  const { icon, title, note } = words ?? OUTDATED;
  const claims = useLate(words === EXPIRED, () => import("./claims_view"));
  return (
    <main class="gone" data-gone={title}>
      <div class="bar">
        <span class="bar-title">{t("app.track")}</span>
        <Switches looks={looks} />
      </div>
      <div class="gone-words">
        <span class="gone-icon">
          <Icon name={icon} />
        </span>
        <h1>{t(title)}</h1>
        <p>{t(note)}</p>
        {words ? (
          <a class="button" href="/t">
            <Icon name="search" />
            {t("track.look_up")}
          </a>
        ) : (
          <button type="button" class="button primary" onClick={() => location.reload()}>
            {t("track.reload")}
          </button>
        )}
      </div>
      {claims.is === "here" && (
        <div class="gone-claims">
          <claims.it.TrackClaims token={token} />
        </div>
      )}
    </main>
  );
}
