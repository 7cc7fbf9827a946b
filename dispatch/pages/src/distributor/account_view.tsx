import { useState } from "preact/hooks";
import type { Refusal } from "../shared/call";
import { type Distributor, LICENCE_KINDS, type LicenceKind, STANDING_TONES } from "../shared/distributors";
import { t, tCode } from "../shared/i18n";
import type { Me } from "../shared/sign_in/api";
import { ContactForm } from "../shared/sign_in/contact_form";
import { OwnPassword } from "../shared/sign_in/own_password";
import { SecondFactor } from "../shared/sign_in/second_factor";
import type { SignIn } from "../shared/sign_in/use_sign_in";
import { Alert } from "../shared/ui/alert";
import { Icon } from "../shared/ui/icon";
import { LicenceChip } from "../shared/ui/licence_chip";
import type { Account } from "./api";
import { type LicenceDraft, licenceDrafts, licenceOf } from "./drops";
import { TextField } from "./text_field";
import { refusalWords } from "./words";

interface AccountProps {
  account: Account;
  /** Null before they have applied. */
  mine: Distributor | null;
  me: Me;
  sign: SignIn;
  onChanged(mine: Distributor): void;
}

/** How the account stands with the house, what it has told of itself, and the sign-in. */
export function AccountView({ account, mine, me, sign, onChanged }: AccountProps) {
  const [stays, setStays] = useState(false);
  const leave = async (everywhere: boolean) => setStays(!(await sign.leave(everywhere)));
  return (
    <div class="account">
      <section class="panel" aria-labelledby="account-title">
        <h1 id="account-title">{t(mine ? "dist.account.title" : "dist.apply.title")}</h1>
        {mine ? <Terms mine={mine} now_ms={account.now()} /> : <p class="faint">{t("dist.apply.note")}</p>}
        {mine?.standing === "suspended" ? (
          <p class="faint">{t("dist.suspended.note")}</p>
        ) : (
          <Application account={account} mine={mine} onChanged={onChanged} />
        )}
      </section>
      <section class="panel" aria-labelledby="sign-in-title">
        <h2 id="sign-in-title">{t("dist.account.sign.in")}</h2>
        <p class="faint">{me.id}</p>
        <OwnPassword me={me} token={account.token} onGrant={(grant) => sign.take(grant)} />
        <SecondFactor me={me} token={account.token} />
        <ContactForm token={account.token} zone={account.zone} of="account" />
        {stays && <Alert>{t("staff.out.failed")}</Alert>}
        <div class="actions">
          <button type="button" class="button" onClick={() => void leave(false)}>
            <Icon name="out" />
            {t("signin.out")}
          </button>
          <button type="button" class="button" onClick={() => void leave(true)}>
            {t("staff.out.everywhere")}
          </button>
        </div>
      </section>
    </div>
  );
}

function Terms({ mine, now_ms }: { mine: Distributor; now_ms: number }) {
  return (
    <>
      <p class="chips">
        <span class={`chip ${STANDING_TONES[mine.standing]}`} data-standing={mine.standing}>
          {tCode("distributors.standing", mine.standing)}
        </span>
        {mine.licences.map((licence) => (
          <LicenceChip key={`${licence.kind} ${licence.number}`} licence={licence} now_ms={now_ms} />
        ))}
      </p>
      {mine.reason && <p>{t("dist.reason", { reason: mine.reason })}</p>}
      {mine.standing === "approved" && (
        <p class="faint">
          {t("dist.terms", { tier: mine.tier, commission: (mine.commission_minor / 100).toFixed(2) })}
        </p>
      )}
    </>
  );
}

interface ApplicationProps {
  account: Account;
  mine: Distributor | null;
  onChanged(mine: Distributor): void;
}

/** Who they are, with their licences. Whoever was refused applies anew by it; new licences are looked at again. */
function Application({ account, mine, onChanged }: ApplicationProps) {
  const [wish, setWish] = useState({
    name: mine?.name ?? "",
    contact: mine?.contact ?? "",
    phone: mine?.phone ?? "",
  });
  const [licences, setLicences] = useState<readonly LicenceDraft[]>(() =>
    mine ? licenceDrafts(mine.licences) : [{ key: 0, kind: "business", number: "", until: "" }],
  );
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const [saved, setSaved] = useState(false);
  const set = (more: Partial<typeof wish>) => {
    setWish({ ...wish, ...more });
    setSaved(false);
  };
  const setLicence = (licence: LicenceDraft) => {
    setLicences(licences.map((each) => (each.key === licence.key ? licence : each)));
    setSaved(false);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const answer = await account.apply({ ...wish, licences: licences.map(licenceOf) });
    setBusy(false);
    setSaved(answer.ok);
    setRefusal(answer.ok ? null : answer.refusal);
    if (answer.ok) onChanged(answer.value);
  };
  const next = Math.max(-1, ...licences.map(({ key }) => key)) + 1;
  return (
    <form class="staff-form application" onSubmit={submit}>
      <TextField
        label={t("dist.apply.name")}
        fault={undefined}
        value={wish.name}
        onText={(name) => set({ name })}
        kind={{ required: true, maxLength: 200, autocomplete: "organization" }}
      />
      <div class="pair">
        <TextField
          label={t("dist.apply.contact")}
          fault={undefined}
          value={wish.contact}
          onText={(contact) => set({ contact })}
          kind={{ maxLength: 200, autocomplete: "name" }}
        />
        <TextField
          label={t("dist.apply.phone")}
          fault={refusal?.code === "bad_phone" ? refusalWords(refusal) : undefined}
          value={wish.phone}
          onText={(phone) => set({ phone })}
          kind={{ type: "tel", maxLength: 40, autocomplete: "tel" }}
        />
      </div>
      <h2>{t("dist.licences")}</h2>
      <p class="faint">{t("dist.licences.note")}</p>
      {licences.map((licence) => (
        <LicenceFields
          key={licence.key}
          licence={licence}
          onChange={setLicence}
          onRemove={() => setLicences(licences.filter(({ key }) => key !== licence.key))}
        />
      ))}
      <button
        type="button"
        class="link"
        onClick={() => setLicences([...licences, { key: next, kind: "liquor", number: "", until: "" }])}
      >
        <Icon name="plus" />
        {t("dist.licence.add")}
      </button>
      {refusal && refusal.code !== "bad_phone" && <Alert>{refusalWords(refusal)}</Alert>}
      {saved && (
        <p class="effect" role="status">
          <Icon name="check" />
          {t(mine?.standing === "approved" ? "dist.apply.saved" : "dist.apply.sent")}
        </p>
      )}
      <div class="actions">
        <button type="submit" class="button primary" disabled={busy}>
          {t(busy ? "staff.busy" : mine ? "staff.users.save" : "dist.apply.send")}
        </button>
      </div>
    </form>
  );
}

interface LicenceFieldsProps {
  licence: LicenceDraft;
  onChange(licence: LicenceDraft): void;
  onRemove(): void;
}

function LicenceFields({ licence, onChange, onRemove }: LicenceFieldsProps) {
  return (
    <div class="licence" data-licence-form={licence.kind}>
      <label class="field">
        <span>{t("dist.licence.kind")}</span>
        <select
          value={licence.kind}
          onChange={(event) => onChange({ ...licence, kind: event.currentTarget.value as LicenceKind })}
        >
          {LICENCE_KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {tCode("distributors.licence", kind)}
            </option>
          ))}
        </select>
      </label>
      <TextField
        label={t("dist.licence.number")}
        fault={undefined}
        value={licence.number}
        onText={(number) => onChange({ ...licence, number })}
        kind={{ required: true, maxLength: 100, autocomplete: "off" }}
      />
      <TextField
        label={t("dist.licence.until")}
        fault={undefined}
        value={licence.until}
        onText={(until) => onChange({ ...licence, until })}
        kind={{ type: "date" }}
      />
      <button
        type="button"
        class="icon-button"
        aria-label={t("dist.licence.remove", { number: licence.number })}
        onClick={onRemove}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
