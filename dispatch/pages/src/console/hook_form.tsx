import { useState } from "preact/hooks";
import { t, tCode } from "../shared/i18n";
import type { Outcome } from "./api";
import { changeWebhook, EVENTS, makeWebhook, STOCK_LOW, urlFault, type Webhook } from "./messages_api";
import { TypedField } from "./settings_parts";

interface FormProps {
  token: string;
  zone: string;
  /** The one that is changed; null: a new one. */
  hook: Webhook | null;
  onDone(outcome: Outcome): void;
  onCancel(): void;
}

/** Where events go, whose, and which. */
export function HookForm({ token, zone, hook, onDone, onCancel }: FormProps) {
  const [url, setUrl] = useState(hook?.url ?? "");
  const [account, setAccount] = useState(hook?.account ?? "");
  const [events, setEvents] = useState<readonly string[]>(hook?.events ?? []);
  const [some, setSome] = useState(events.length > 0);
  const [tried, setTried] = useState(false);
  const [sending, setSending] = useState(false);
  const fault = urlFault(url.trim());
  const nobody = !hook && account.trim() === "";
  const none = some && events.length === 0;
  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (sending || fault || nobody || none) return;
    setSending(true);
    const wish = { url: url.trim(), events: some ? events : [], on: hook ? hook.off === "" : true };
    const made = () => makeWebhook(token, zone, { ...wish, account: account.trim() });
    onDone(await (hook ? changeWebhook(token, zone, hook.id, wish) : made()));
    setSending(false);
  };
  const pick = (name: string, picked: boolean) =>
    setEvents(picked ? [...events, name] : events.filter((each) => each !== name));
  return (
    <form class="staff-form" onSubmit={submit}>
      {!hook && (
        <TypedField
          name="account"
          label={t("hooks.account")}
          hint={t("hooks.account.hint")}
          inputMode="text"
          maxLength={64}
          value={account}
          wrong={tried && nobody ? t("hooks.wrong.account") : ""}
          onValue={setAccount}
        />
      )}
      <TypedField
        name="url"
        label={t("hooks.url")}
        hint={t("hooks.url.hint")}
        inputMode="text"
        maxLength={2_000}
        value={url}
        wrong={tried && fault ? t(fault) : ""}
        onValue={setUrl}
      />
      <fieldset class="zone-boxes">
        <legend>{t("hooks.events")}</legend>
        <label>
          <input type="checkbox" checked={!some} onChange={(event) => setSome(!event.currentTarget.checked)} />
          {t("hooks.all")}
        </label>
        {some &&
          [...EVENTS, STOCK_LOW].map((name) => (
            <label key={name}>
              <input
                type="checkbox"
                checked={events.includes(name)}
                onChange={(event) => pick(name, event.currentTarget.checked)}
              />
              {tCode("messages.event", name)}
            </label>
          ))}
        {tried && none && <span class="late">{t("hooks.wrong.events")}</span>}
      </fieldset>
      <div class="actions">
        <button type="submit" class="button primary" disabled={sending}>
          {t(sending ? "override.sending" : hook ? "settings.save" : "hooks.add")}
        </button>
        <button type="button" class="button" onClick={onCancel}>
          {t("staff.users.cancel")}
        </button>
      </div>
    </form>
  );
}
