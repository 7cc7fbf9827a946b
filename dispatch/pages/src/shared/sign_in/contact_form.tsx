import { useEffect, useId, useState } from "preact/hooks";
import { get, type Outcome, put } from "../http";
import { type Key, locale, t } from "../i18n";
import { Alert } from "../ui/alert";
import { Icon } from "../ui/icon";

interface Contact {
  email: string;
  off: readonly string[];
}

interface ContactFormProps {
  token: string;
  zone: string;
  /** What is written there. */
  note: Key;
}

/** Where news go by e-mail, in the reader's language. */
export function ContactForm({ token, zone, note }: ContactFormProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const [contact, setContact] = useState<Contact | null>(null);
  const [email, setEmail] = useState("");
  const [outcome, setOutcome] = useState<Outcome | "sending" | null>(null);
  useEffect(() => {
    if (!open) return;
    void get(`/v1/message-contact?zone=${encodeURIComponent(zone)}`, token).then((found) => {
      setContact(found as Contact | null);
      setEmail((found as Contact | null)?.email ?? "");
    });
  }, [open, zone, token]);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (outcome === "sending") return;
    setOutcome("sending");
    // Whoever gives an address wants mail, whatever they said before.
    const off = (contact?.off ?? []).filter((channel) => channel !== "email");
    setOutcome(await put("/v1/message-contact", { zone, lang: locale(), email: email.trim(), off }, { token }));
  };
  const failed = outcome !== null && outcome !== "sending" && outcome.kind !== "done";
  return (
    <details class="more" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("staff.contact")}</summary>
      <form class="staff-form" onSubmit={submit}>
        {failed && <Alert>{contactWords(outcome)}</Alert>}
        <div class="field">
          <label for={id}>{t("staff.contact.email")}</label>
          <input
            id={id}
            type="email"
            autocomplete="email"
            maxLength={254}
            value={email}
            aria-describedby={`${id}-note`}
            aria-invalid={failed}
            onInput={(event) => {
              setEmail(event.currentTarget.value);
              setOutcome(null);
            }}
          />
          <span id={`${id}-note`} class="faint">
            {t(note)}
          </span>
        </div>
        <div class="actions">
          <button type="submit" class="button primary" disabled={outcome === "sending"}>
            {t(outcome === "sending" ? "staff.busy" : "staff.contact.save")}
          </button>
        </div>
        {outcome !== null && outcome !== "sending" && outcome.kind === "done" && (
          <p class="effect" role="status">
            <Icon name="check" />
            {t(email.trim() ? "staff.contact.saved" : "staff.contact.none")}
          </p>
        )}
      </form>
    </details>
  );
}

function contactWords(outcome: Outcome): string {
  if (outcome.kind !== "refused") return t("staff.error.unreachable");
  return outcome.code === "bad_email" ? t("staff.error.bad_email") : t("staff.error.other", { detail: outcome.detail });
}
