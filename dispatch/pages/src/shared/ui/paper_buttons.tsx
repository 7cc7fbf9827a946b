import { useState } from "preact/hooks";
import { currentLang, t } from "../i18n";
import { fetchPapers, type PaperKind } from "../papers";
import { saveFile } from "../save_file";
import { Icon } from "./icon";

const KINDS: readonly PaperKind[] = ["labels", "delivery_notes"];
/** The server makes the papers of so many orders at once. */
const AT_ONCE = 200;

export interface OfOrders {
  token: string;
  order_ids: readonly string[];
  /** What the files are called: an order, or a wave. */
  name: string;
}

/** What is stuck on the parcels and what is signed at the door, as PDF to be printed. */
export function PaperButtons({ token, order_ids, name }: OfOrders) {
  const [state, setState] = useState<"idle" | "making" | "failed">("idle");
  const make = async (kind: PaperKind) => {
    setState("making");
    for (let from = 0; from < order_ids.length; from += AT_ONCE) {
      const made = await fetchPapers(token, kind, order_ids.slice(from, from + AT_ONCE), currentLang());
      if (!made) return setState("failed");
      saveFile(made, `${[kind.replace("_", "-"), name, from > 0 && from / AT_ONCE + 1].filter(Boolean).join("-")}.pdf`);
    }
    setState("idle");
  };
  return (
    <>
      <div class="actions papers">
        {KINDS.map((kind) => (
          <button
            key={kind}
            type="button"
            class="button"
            data-papers={kind}
            disabled={state === "making"}
            onClick={() => void make(kind)}
          >
            <Icon name="save" />
            {t(`papers.${kind}`)}
          </button>
        ))}
      </div>
      {state === "failed" && (
        <p class="alert" role="alert">
          {t("papers.failed")}
        </p>
      )}
    </>
  );
}
