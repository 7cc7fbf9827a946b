import { useCallback, useEffect, useState } from "preact/hooks";
import { relative, timeOrDay } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import type { Outcome } from "./api";
import { KeyForm } from "./key_form";
import {
  fetchKeys,
  type KeyMade,
  type KeyStanding,
  type ProgramKey,
  revokeKey,
  sortedKeys,
  standingOf,
} from "./keys_api";
import { Once } from "./once";
import { problemWords } from "./problem_words";
import type { PartProps } from "./settings_dialog";
import { Waiting } from "./settings_parts";
import { Alert } from "./signin";
import { zonesWords } from "./staff_words";

/** The keys with which programs call: made, shown once, looked after, revoked. */
export function KeysPart({ token, zone }: PartProps) {
  const [keys, setKeys] = useState<readonly ProgramKey[] | null | false>(null);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<KeyMade | null>(null);
  const [asked, setAsked] = useState("");
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  // Keys are dated by the wall clock, whatever the speed of the business.
  const now_ms = Date.now();
  const look = useCallback(() => void fetchKeys(token).then((found) => setKeys(found ?? false)), [token]);
  useEffect(look, [look]);
  const taken = (next: Outcome) => {
    setOutcome(next);
    if (next.kind !== "done") return;
    setMade(next.body as KeyMade);
    setMaking(false);
    look();
  };
  const revoke = async (id: string) => {
    const next = await revokeKey(token, id);
    setOutcome(next);
    if (next.kind !== "done") return;
    setAsked("");
    if (made?.made.id === id) setMade(null);
    look();
  };
  const wrong = outcome && problemWords(outcome);
  return (
    <>
      <p class="faint">{t("keys_of.explained")}</p>
      {made && <Once told={t("keys_of.once", { name: made.made.name })} secret={made.key} />}
      {wrong && <Alert>{wrong}</Alert>}
      <Waiting found={keys} onAgain={look} />
      {keys && keys.length === 0 && <p class="faint overrides-none">{t("keys_of.none")}</p>}
      {keys && (
        <ul class="users">
          {sortedKeys(keys, now_ms).map((key) => (
            <li key={key.id} class="user" data-key={key.id}>
              <KeyLine of={key} now_ms={now_ms} />
              {standingOf(key, now_ms) === "good" && (
                <KeyEnd
                  name={key.name}
                  asked={asked === key.id}
                  onAsk={(ask) => setAsked(ask ? key.id : "")}
                  onRevoke={() => void revoke(key.id)}
                />
              )}
            </li>
          ))}
        </ul>
      )}
      {keys && making && (
        <section class="user" aria-label={t("keys_of.add")}>
          <KeyForm token={token} zone={zone} onDone={taken} onCancel={() => setMaking(false)} />
        </section>
      )}
      {keys && !making && (
        <button type="button" class="button" onClick={() => setMaking(true)}>
          <Icon name="plus" />
          {t("keys_of.add")}
        </button>
      )}
    </>
  );
}

const TONES: Readonly<Record<KeyStanding, string>> = { good: "on_time", expired: "unknown", revoked: "late" };

function KeyLine({ of: key, now_ms }: { of: ProgramKey; now_ms: number }) {
  const standing = standingOf(key, now_ms);
  const used = key.used_at > 0 ? t("keys_of.used", { when: relative(key.used_at, now_ms) }) : t("keys_of.unused");
  return (
    <p class="user-line">
      <strong>{key.name}</strong>
      <span class="faint">{key.account}</span>
      <span class="chip accent">{tCode("role", key.role)}</span>
      <span class={`chip ${TONES[standing]}`}>
        <Icon name={standing === "good" ? "check" : "closed"} />
        {t(`keys_of.is.${standing}`)}
      </span>
      <span class="faint">
        {zonesWords(key.zones)}
        {key.depots.length > 0 && ` · ${t("keys_of.depots", { depots: key.depots.join(", ") })}`}
      </span>
      <span class="faint">{used}</span>
      {standing === "good" && key.expires_at > 0 && (
        <span class="faint">{t("keys_of.until", { time: timeOrDay(key.expires_at, now_ms) })}</span>
      )}
      <span class="faint">
        {t("keys_of.made", {
          who: key.made_by.slice(key.made_by.indexOf(":") + 1),
          time: timeOrDay(key.made_at, now_ms),
        })}
      </span>
    </p>
  );
}

interface EndProps {
  name: string;
  asked: boolean;
  onAsk(ask: boolean): void;
  onRevoke(): void;
}

function KeyEnd({ name, asked, onAsk, onRevoke }: EndProps) {
  if (!asked) {
    return (
      <div class="actions user-actions">
        <button type="button" class="button" aria-label={`${t("keys_of.revoke")}: ${name}`} onClick={() => onAsk(true)}>
          {t("keys_of.revoke")}
        </button>
      </div>
    );
  }
  return (
    <>
      <p class="effect">{t("keys_of.revoke.sure", { name })}</p>
      <div class="actions">
        <button type="button" class="button danger" onClick={onRevoke}>
          {t("keys_of.revoke.yes")}
        </button>
        <button type="button" class="button" onClick={() => onAsk(false)}>
          {t("staff.users.cancel")}
        </button>
      </div>
    </>
  );
}
