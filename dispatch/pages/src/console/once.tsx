import { useEffect, useState } from "preact/hooks";
import { t } from "../shared/i18n";

/** A secret that is shown here only, with what it is for. */
export function Once({ told, secret }: { told: string; secret: string }) {
  const [copied, setCopied] = useState(false);
  // Without https there is no clipboard; the secret can still be selected.
  const copy = () => void navigator.clipboard?.writeText(secret).then(() => setCopied(true));
  useEffect(() => setCopied(false), [secret]);
  return (
    <div class="once" role="status">
      <p>{told}</p>
      <code>{secret}</code>
      {navigator.clipboard && (
        <button type="button" class="button" onClick={copy}>
          {t(copied ? "staff.users.copied" : "staff.users.copy")}
        </button>
      )}
    </div>
  );
}
