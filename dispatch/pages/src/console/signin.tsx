import { useEffect, useState } from "preact/hooks";
import { type Key, t } from "../shared/i18n";
import { fetchDoor, type Grant } from "../shared/sign_in/api";
import { Card } from "../shared/sign_in/card";
import { PasswordForm } from "../shared/sign_in/password_form";
import { Alert } from "../shared/ui/alert";
import type { Looks } from "../shared/ui/looks";
import { pasted, type Session } from "./session";

export { Alert };

/** Why the last session ended, if it did not end by choice. */
export interface Refusal {
  key: Key;
  zone: string;
  /** Whether it was a token's, so that another token is asked for first. */
  byToken: boolean;
}

interface SignInProps {
  looks: Looks;
  refusal: Refusal | null;
  onToken(session: Session): void;
  onGrant(grant: Grant): void;
}

/** Asks who is there: by user name and password, or with a token. */
export function SignIn({ looks, refusal, onToken, onGrant }: SignInProps) {
  const [byToken, setByToken] = useState(refusal?.byToken ?? false);
  const [told, setTold] = useState(refusal);
  const change = () => {
    setByToken(!byToken);
    setTold(null);
  };
  return (
    <Card title="signin.title" looks={looks}>
      {told && <Alert>{t(told.key, { zone: told.zone })}</Alert>}
      {byToken ? (
        <TokenForm zone={refusal?.zone ?? ""} noted={told === null} onToken={onToken} />
      ) : (
        <PasswordForm intro={<FirstUser />} onGrant={onGrant} onTry={() => setTold(null)} />
      )}
      <button type="button" class="link signin-other" onClick={change}>
        {t(byToken ? "staff.by_password" : "staff.by_token")}
      </button>
    </Card>
  );
}

/** How the first user is made, where there is none. */
function FirstUser() {
  const [hasUsers, setHasUsers] = useState<boolean | null>(null);
  useEffect(() => void fetchDoor().then(setHasUsers), []);
  if (hasUsers !== false) return null;
  return (
    <div class="first-user">
      <p>{t("staff.first")}</p>
      <code>dispatch user add NAME --role admin</code>
    </div>
  );
}

/** Asks for a staff token; a whole console link is understood as well. */
function TokenForm({ zone: first, noted, onToken }: { zone: string; noted: boolean; onToken(session: Session): void }) {
  const [token, setToken] = useState("");
  const [zone, setZone] = useState(first || "default");
  const submit = (event: Event) => {
    event.preventDefault();
    const session = pasted(token, zone);
    if (session) onToken(session);
  };
  return (
    <form class="signin-form" onSubmit={submit}>
      {noted && <p class="faint">{t("signin.note")}</p>}
      <label class="field">
        <span>{t("signin.token")}</span>
        <input
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>{t("signin.zone")}</span>
        <input type="text" autocomplete="off" value={zone} onInput={(event) => setZone(event.currentTarget.value)} />
      </label>
      <button type="submit" class="button primary">
        {t("signin.submit")}
      </button>
    </form>
  );
}
