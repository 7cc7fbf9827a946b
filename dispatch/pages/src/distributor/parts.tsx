import type { Refusal } from "../shared/call";
import { t } from "../shared/i18n";
import { Alert } from "../shared/ui/alert";
import { refusalWords } from "./words";

/** Why something cannot be shown, and the way to ask again. */
export function Failed({ refusal, onAgain }: { refusal: Refusal; onAgain(): void }) {
  return (
    <div class="failed">
      <Alert>{refusalWords(refusal)}</Alert>
      <button type="button" class="button" onClick={onAgain}>
        {t("dist.again")}
      </button>
    </div>
  );
}

/** Stands where something is being fetched. */
export function Skeleton() {
  return (
    <div aria-hidden="true" class="skeletons">
      <span class="skeleton" />
      <span class="skeleton" />
      <span class="skeleton" />
    </div>
  );
}
