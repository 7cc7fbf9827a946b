import { useEffect, useState } from "preact/hooks";
import { t, tCode } from "../shared/i18n";
import type { Grant, Me } from "../shared/sign_in/api";
import { ContactForm } from "../shared/sign_in/contact_form";
import { OwnPassword } from "../shared/sign_in/own_password";
import { SecondFactor } from "../shared/sign_in/second_factor";
import { Dialog } from "../shared/ui/dialog";
import { Icon } from "../shared/ui/icon";
import { useMay } from "./may";
import { Alert } from "./signin";
import { fetchZones } from "./staff_api";
import { zonesWords } from "./staff_words";

interface AccountProps {
  me: Me;
  zone: string;
  token: string;
  onGrant(grant: Grant): void;
  onZone(zone: string): void;
  onSignOut(everywhere: boolean): Promise<boolean>;
  onClose(): void;
}

/** Who sits here and what they may see, their password, and the ways out. */
export function AccountDialog({ me, zone, token, onGrant, onZone, onSignOut, onClose }: AccountProps) {
  const may = useMay();
  const [stays, setStays] = useState(false);
  const leave = async (everywhere: boolean) => setStays(!(await onSignOut(everywhere)));
  return (
    <Dialog title={t("staff.account")} onClose={onClose}>
      <dl class="facts">
        <Fact label={t("staff.users.name")} value={me.name} />
        <Fact label={t("staff.user")} value={me.id} />
        <Fact label={t("staff.users.role")} value={tCode("role", me.role)} />
        <Fact label={t("staff.account.zones")} value={zonesWords(me.zones)} />
        {me.depots && me.depots.length > 0 && <Fact label={t("staff.users.depots")} value={me.depots.join(", ")} />}
      </dl>
      {me.user ? (
        <>
          <OtherZone me={me} zone={zone} token={token} onZone={onZone} />
          <OwnPassword me={me} token={token} onGrant={onGrant} />
          <SecondFactor me={me} token={token} />
          {may("manage_news") && <ContactForm token={token} zone={zone} of="staff" />}
        </>
      ) : (
        <p class="faint">{t("staff.account.token")}</p>
      )}
      {stays && <Alert>{t("staff.out.failed")}</Alert>}
      <div class="dialog-foot">
        {me.user && (
          <button type="button" class="button" onClick={() => void leave(true)}>
            {t("staff.out.everywhere")}
          </button>
        )}
        <button type="button" class="button" onClick={() => void leave(false)}>
          <Icon name="out" />
          {t("signin.out")}
        </button>
      </div>
    </Dialog>
  );
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <div class="fact">
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** The way to another zone, for who may see several. */
function OtherZone({ me, zone, token, onZone }: { me: Me; zone: string; token: string; onZone(zone: string): void }) {
  const [zones, setZones] = useState(me.zones);
  useEffect(() => {
    if (me.zones.length === 0) void fetchZones(token).then(setZones);
  }, [me.zones, token]);
  if (zones.length < 2) return null;
  return (
    <label class="field">
      <span>{t("staff.account.zone")}</span>
      <select value={zone} onChange={(event) => onZone(event.currentTarget.value)}>
        {zones.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  );
}
