import { useState } from "preact/hooks";
import { t, tCode } from "../shared/i18n";
import type { Outcome } from "./api";
import { Choice, Option } from "./choice";
import { KEY_DAYS, KEY_ROLES, type KeyRole, makeKey } from "./keys_api";
import { TypedField } from "./settings_parts";

interface FormProps {
  token: string;
  /** The zone of the desk: a key is for it, or for all. */
  zone: string;
  onDone(outcome: Outcome): void;
  onCancel(): void;
}

/** What a new key is good for: whose orders, as what, where, and how long. */
export function KeyForm({ token, zone, onDone, onCancel }: FormProps) {
  const [name, setName] = useState("");
  const [account, setAccount] = useState("");
  const [role, setRole] = useState<KeyRole>("integrator");
  const [days, setDays] = useState<number>(365);
  const [all, setAll] = useState(false);
  const [tried, setTried] = useState(false);
  const [sending, setSending] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (sending || !name.trim() || !account.trim()) return;
    setSending(true);
    onDone(await makeKey(token, { name: name.trim(), account: account.trim(), role, days, zones: all ? [] : [zone] }));
    setSending(false);
  };
  return (
    <form class="staff-form" onSubmit={submit}>
      <TypedField
        name="name"
        label={t("keys_of.name")}
        hint={t("keys_of.name.hint")}
        inputMode="text"
        maxLength={200}
        value={name}
        wrong={tried && !name.trim() ? t("keys_of.wrong.name") : ""}
        onValue={setName}
      />
      <TypedField
        name="account"
        label={t("hooks.account")}
        hint={t("keys_of.account.hint")}
        inputMode="text"
        maxLength={64}
        value={account}
        wrong={tried && !account.trim() ? t("hooks.wrong.account") : ""}
        onValue={setAccount}
      />
      <label class="field">
        <span>{t("staff.users.role")}</span>
        <select value={role} onChange={(event) => setRole(event.currentTarget.value as KeyRole)}>
          {KEY_ROLES.map((each) => (
            <option key={each} value={each}>
              {tCode("role", each)}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{t("keys_of.days")}</span>
        <select value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
          {KEY_DAYS.map((each) => (
            <option key={each} value={each}>
              {each === 0 ? t("keys_of.days.ever") : t("policy.days", { n: each })}
            </option>
          ))}
        </select>
      </label>
      <Choice label="staff.users.zones">
        <Option group="key-zones" checked={!all} onPick={() => setAll(false)}>
          {t("keys_of.zone", { zone })}
        </Option>
        <Option group="key-zones" checked={all} onPick={() => setAll(true)}>
          {t("staff.zones.all")}
        </Option>
      </Choice>
      <div class="actions">
        <button type="submit" class="button primary" disabled={sending}>
          {t(sending ? "override.sending" : "keys_of.add")}
        </button>
        <button type="button" class="button" onClick={onCancel}>
          {t("staff.users.cancel")}
        </button>
      </div>
    </form>
  );
}
