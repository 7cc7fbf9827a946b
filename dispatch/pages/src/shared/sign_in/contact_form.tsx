import { useEffect, useId, useState } from "preact/hooks";
import { get, type Outcome, put } from "../http";
import { type Key, locale, t } from "../i18n";
import { Alert } from "../ui/alert";
import { Icon } from "../ui/icon";

interface Contact {
  email: string;
  /** Of an account: channels that it does not want. */
  off?: readonly string[];
}

interface ContactFormProps {
  token: string;
  zone: string;
  /** Of a member of the staff, or of the account of a partner. */
  of: "staff" | "account";
}

const PATHS = { staff: "/v1/staff/news", account: "/v1/message-contact" } as const;
const NOTES: Readonly<Record<ContactFormProps["of"], Key>> = {
  staff: "staff.contact.note",
  account: "dist.contact.note",
};

/** Where news go by e-mail, in the reader's language. */
export function ContactForm({ token, zone, of }: ContactFormProps) {
  const [open, setOpen] = useState(false);
  /** Null while it is fetched, false when it cannot be had. */
  const [contact, setContact] = useState<Contact | null | false>(null);
  useEffect(() => {
    if (!open) return;
    setContact(null);
    void get(`${PATHS[of]}?zone=${encodeURIComponent(zone)}`, token).then((found) =>
      setContact((found as Contact | null) ?? false),
    );
  }, [open, zone, token, of]);
  return (
    <details class="more" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("staff.contact")}</summary>
      {contact === false && <Alert>{t("staff.error.unreachable")}</Alert>}
      {contact && <AddressForm contact={contact} token={token} zone={zone} of={of} />}
    </details>
  );
}

function AddressForm({ contact, token, zone, of }: ContactFormProps & { contact: Contact }) {
  const id = useId();
  const [email, setEmail] = useState(contact.email);
  const [outcome, setOutcome] = useState<Outcome | "sending" | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (outcome === "sending") return;
    setOutcome("sending");
    // Whoever gives an address wants mail, whatever they said before.
    const off = contact.off?.filter((channel) => channel !== "email");
    const wish = { zone, lang: locale(), email: email.trim(), ...(off && { off }) };
    setOutcome(await put(PATHS[of], wish, { token }));
  };
  const failed = outcome !== null && outcome !== "sending" && outcome.kind !== "done";
  return (
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
          {t(NOTES[of])}
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
  );
}

function contactWords(outcome: Outcome): string {
  if (outcome.kind !== "refused") return t("staff.error.unreachable");
  return outcome.code === "bad_email" ? t("staff.error.bad_email") : t("staff.error.other", { detail: outcome.detail });
}
