import { t, tCode } from "../shared/i18n";
import type { Me } from "../shared/sign_in/api";
import { Card } from "../shared/sign_in/card";
import { whoWords } from "../shared/sign_in/words";
import type { Looks } from "../shared/ui/looks";
import { Alert } from "./signin";

interface ZoneChoiceProps {
  me: Me;
  zones: readonly string[];
  /** The zone that was refused; empty: none was. */
  refused: string;
  looks: Looks;
  onZone(zone: string): void;
  onSignOut(): void;
}

/** Which zone to watch, for who is signed in and may see several, or was refused the one they asked for. */
export function ZoneChoice({ me, zones, refused, looks, onZone, onSignOut }: ZoneChoiceProps) {
  const others = zones.filter((zone) => zone !== refused);
  const hasDesk = me.actions.includes("watch_zone");
  return (
    <Card title="signin.title" looks={looks}>
      <p class="faint">{whoWords(me)}</p>
      {!hasDesk && <Alert>{t("staff.no_desk", { role: tCode("role", me.role) })}</Alert>}
      {me.actions.includes("apply_as_distributor") && !hasDesk && <a href="/d">{t("staff.to_distributors")}</a>}
      {hasDesk && refused && (
        <Alert>
          {t("staff.zone.forbidden", { zone: refused })}
          {others.length === 0 && ` ${t("staff.zone.none")}`}
        </Alert>
      )}
      {hasDesk && others.length > 0 && (
        <section class="zone-choice" aria-label={t("staff.zone.title")}>
          <h2>{t("staff.zone.title")}</h2>
          {others.map((zone) => (
            <button key={zone} type="button" class="button" onClick={() => onZone(zone)}>
              {zone}
            </button>
          ))}
        </section>
      )}
      <button type="button" class="link signin-other" onClick={onSignOut}>
        {t("signin.out")}
      </button>
    </Card>
  );
}
