import type { Licence } from "../distributors";
import { dayWords } from "../format";
import { t, tCode } from "../i18n";

/** A licence, and until when it is good: in amber while it is to be renewed, in red once it is over. */
export function LicenceChip({ licence, now_ms }: { licence: Licence; now_ms: number }) {
  const until = licence.expires_at_ms ? dayWords(licence.expires_at_ms, now_ms) : t("distributors.for.ever");
  return (
    <span class={`chip ${licence.good ? (licence.ends_soon ? "at_risk" : "") : "late"}`}>
      {tCode("distributors.licence", licence.kind)} {licence.number} · {until}
    </span>
  );
}
