import { useState } from "preact/hooks";
import { type Key, t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import type { Looks } from "../shared/ui/looks";
import { Switches } from "../shared/ui/switches";
import type { Session } from "./session";

interface SignInProps {
  looks: Looks;
  /** Why the last session ended, if it did not end by choice. */
  refusal: { key: Key; zone: string } | null;
  onSignIn(session: Session): void;
}

/** Asks for the staff token; a whole console link is understood as well. */
export function SignIn({ looks, refusal, onSignIn }: SignInProps) {
  const [token, setToken] = useState("");
  const [zone, setZone] = useState(refusal?.zone || "default");
  const submit = (event: Event) => {
    event.preventDefault();
    const given = new URLSearchParams(token.includes("#") ? token.slice(token.indexOf("#") + 1) : "");
    const plain = given.get("token") ?? token.trim();
    if (plain) onSignIn({ token: plain, zone: given.get("zone") ?? (zone.trim() || "default") });
  };
  return (
    <main class="signin">
      <div class="signin-tools">
        <Switches looks={looks} />
      </div>
      <form class="signin-card" onSubmit={submit}>
        <span class="signin-mark">
          <Icon name="route" />
        </span>
        <h1>{t("signin.title")}</h1>
        {refusal ? (
          <p class="alert" role="alert">
            <Icon name="alert" />
            {t(refusal.key, { zone: refusal.zone })}
          </p>
        ) : (
          <p class="faint">{t("signin.note")}</p>
        )}
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
    </main>
  );
}
