import { useEffect, useState } from "preact/hooks";
import { clockTime } from "../format";
import { t, tCode } from "../i18n";
import { fetchPicture } from "../pictures";
import type { OrderView, ProofView } from "../protocol/messages";
import { Dialog } from "./dialog";
import { Icon } from "./icon";

/** A picture follows when the courier's link allows: ask again this often, real time. */
const ASK_AGAIN_MS = 10_000;

/** How a delivery was proven, with the pictures that have come in. */
export function Proofs({ order, token }: { order: OrderView; token: string }) {
  const proofs = order.proofs ?? [];
  if (proofs.length === 0) return null;
  return (
    <>
      <h3>{t("proof.title")}</h3>
      <ul class="proofs">
        {proofs.map((proof) => (
          <li key={`${proof.kind}${proof.at_ms}${proof.upload_id}`} class="proof">
            {proof.upload_id ? (
              <PictureProof proof={proof} upload_id={proof.upload_id} token={token} />
            ) : (
              <span class="proof-frame">
                <Icon name="check" />
              </span>
            )}
            <span>{tCode("proof.kind", proof.kind)}</span>
            {proof.at_ms > 0 && <time class="faint">{clockTime(proof.at_ms)}</time>}
          </li>
        ))}
      </ul>
    </>
  );
}

function PictureProof({ proof, upload_id, token }: { proof: ProofView; upload_id: string; token: string }) {
  const picture = usePicture(upload_id, token);
  const [large, setLarge] = useState(false);
  const kind = tCode("proof.kind", proof.kind);
  if (picture.kind !== "here") {
    return <span class="proof-frame faint">{t(`proof.${picture.kind}`)}</span>;
  }
  return (
    <>
      <button
        type="button"
        class="proof-frame"
        aria-label={t("proof.enlarge", { kind })}
        title={t("proof.enlarge", { kind })}
        onClick={() => setLarge(true)}
      >
        <img src={picture.url} alt="" />
      </button>
      {large && (
        <Dialog title={kind} onClose={() => setLarge(false)}>
          <img class="proof-large" src={picture.url} alt={kind} />
        </Dialog>
      )}
    </>
  );
}

type Shown = { kind: "here"; url: string } | { kind: "loading" | "missing" | "failed" };

/** The picture as an address for `<img>`: an image element cannot send the token itself. */
function usePicture(upload_id: string, token: string): Shown {
  const [shown, setShown] = useState<Shown>({ kind: "loading" });
  useEffect(() => {
    let over = false;
    let url = "";
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      const found = await fetchPicture(token, upload_id);
      if (over) return;
      if (found.kind === "here") {
        url = URL.createObjectURL(found.picture);
        setShown({ kind: "here", url });
        return;
      }
      setShown(found);
      timer = setTimeout(ask, ASK_AGAIN_MS);
    };
    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
      if (url) URL.revokeObjectURL(url);
    };
  }, [upload_id, token]);
  return shown;
}
