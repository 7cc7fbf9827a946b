import { useState } from "preact/hooks";
import type { Refusal } from "../shared/call";
import { t } from "../shared/i18n";
import type { Over } from "./account";
import type { Mine } from "./my_api";
import { Heading, Warning } from "./parts";

/** Signing out, here or everywhere, and erasing everything. */
export function MyData({ mine, onOver }: { mine: Mine; onOver(over: Over): void }) {
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const everywhere = async () => {
    const answer = await mine.signOutEverywhere();
    if (answer.ok) onOver("everywhere");
    else setRefusal(answer.refusal);
  };
  return (
    <>
      <Heading>{t("my.data")}</Heading>
      <p class="soft">{t("my.data.note")}</p>
      <div class="quick">
        <button type="button" class="button" onClick={() => onOver("left")}>
          {t("my.sign_out")}
        </button>
        <button type="button" class="button" onClick={() => void everywhere()}>
          {t("my.sign_out.everywhere")}
        </button>
      </div>
      <p class="faint">{t("my.sign_out.note")}</p>
      <Warning refusal={refusal} />
      <Erase mine={mine} onErased={() => onOver("erased")} />
    </>
  );
}

/** The number again, then the code that comes for this alone: whoever finds the phone open cannot erase. */
function Erase({ mine, onErased }: { mine: Mine; onErased(): void }) {
  const [phone, setPhone] = useState("");
  const [code, setCode] = useState("");
  const [asked, setAsked] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const answer = await (asked ? mine.erase(phone, code) : mine.askErasureCode(phone));
    setBusy(false);
    setRefusal(answer.ok ? null : answer.refusal);
    if (!answer.ok) return;
    if (asked) onErased();
    else setAsked(true);
  };
  const again = () => {
    setAsked(false);
    setCode("");
    setRefusal(null);
  };
  return (
    <form class="erase" onSubmit={submit} aria-labelledby="erase">
      <h2 id="erase">{t("my.erase")}</h2>
      <p class="soft small">{t("my.erase.note")}</p>
      <label class="field">
        <span>{t("my.erase.phone")}</span>
        <input
          type="text"
          inputMode="tel"
          name="phone"
          autocomplete="tel"
          required
          maxLength={40}
          readOnly={asked}
          value={phone}
          onInput={(event) => setPhone(event.currentTarget.value)}
        />
      </label>
      {asked && (
        <label class="field">
          <span>{t("my.erase.code")}</span>
          <input
            type="text"
            name="code"
            class="code"
            inputMode="numeric"
            autocomplete="one-time-code"
            required
            pattern="\d{6}"
            maxLength={6}
            value={code}
            onInput={(event) => setCode(event.currentTarget.value.replace(/\D/g, ""))}
          />
        </label>
      )}
      <Warning refusal={refusal} />
      <button type="submit" class="button danger" disabled={busy || !phone.trim() || (asked && code.length !== 6)}>
        {t(busy ? "lookup.busy" : asked ? "my.erase.now" : "my.erase.send")}
      </button>
      {asked && (
        <button type="button" class="text-button" onClick={again}>
          {t("my.erase.again")}
        </button>
      )}
    </form>
  );
}
