import { useEffect, useState } from "preact/hooks";
import { clockTime } from "../shared/format";
import { t, tCode } from "../shared/i18n";
import type { OrderView, ProofView } from "../shared/protocol/messages";
import { Icon } from "../shared/ui/icon";

/** A picture follows when the courier's link allows: ask again after so long, real time, then less and less often. */
const FIRST_ASK_MS = 5_000;
const LAST_ASK_MS = 120_000;

/** How the delivery was proven: pictures that can be made large, and what was checked at the door. */
export function TrackProofs({ order, token }: { order: OrderView; token: string }) {
  const proofs = order.proofs ?? [];
  if (proofs.length === 0) return null;
  return (
    <section class="handed-over" aria-label={t("track.proofs")}>
      <h2>{t("track.proofs")}</h2>
      <ul>
        {proofs.map((proof) => (
          <li key={`${proof.kind}${proof.at_ms}${proof.upload_id}`} data-proof={proof.kind}>
            {proof.upload_id ? (
              <PictureProof proof={proof} address={pictureAddress(token, proof.upload_id)} />
            ) : (
              <p class="proof-words">
                <Icon name="check" />
                <ProofWords {...proof} />
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function pictureAddress(token: string, upload_id: string): string {
  return `/v1/track/${encodeURIComponent(token)}/proofs/${encodeURIComponent(upload_id)}`;
}

function ProofWords({ kind, at_ms }: ProofView) {
  return (
    <>
      <span>{tCode("track.proof", kind)}</span>
      {at_ms > 0 && <time class="faint">{clockTime(at_ms)}</time>}
    </>
  );
}

function PictureProof({ proof, address }: { proof: ProofView; address: string }) {
  const picture = usePicture(address);
  const [large, setLarge] = useState(false);
  const kind = tCode("track.proof", proof.kind);
  const label = t(large ? "track.proof.shrink" : "track.proof.enlarge", { kind });
  return (
    <figure class={large ? "proof-picture large" : "proof-picture"}>
      {picture.kind === "here" ? (
        <button type="button" aria-label={label} title={label} aria-expanded={large} onClick={() => setLarge(!large)}>
          <img src={picture.url} alt={kind} />
        </button>
      ) : (
        <p class="picture-note faint" role="status">
          {t(`track.proof.${picture.kind}`)}
        </p>
      )}
      <figcaption class="proof-words">
        <ProofWords {...proof} />
      </figcaption>
    </figure>
  );
}

type Shown = { kind: "here"; url: string } | { kind: "loading" | "coming" | "failed" };

/** The picture, as soon as it can be had. */
function usePicture(address: string): Shown {
  const [shown, setShown] = useState<Shown>({ kind: "loading" });
  useEffect(() => {
    let over = false;
    let url = "";
    let wait_ms = FIRST_ASK_MS;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      const found = await fetchPicture(address);
      if (over) return;
      if (found instanceof Blob) {
        url = URL.createObjectURL(found);
        setShown({ kind: "here", url });
        return;
      }
      setShown({ kind: found });
      timer = setTimeout(ask, wait_ms);
      wait_ms = Math.min(LAST_ASK_MS, wait_ms * 2);
    };
    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
      if (url) URL.revokeObjectURL(url);
    };
  }, [address]);
  return shown;
}

async function fetchPicture(address: string): Promise<Blob | "coming" | "failed"> {
  try {
    const response = await fetch(address);
    if (response.status === 404) return "coming";
    const isPicture = response.ok && response.headers.get("content-type")?.startsWith("image/");
    return isPicture ? await response.blob() : "failed";
  } catch {
    return "failed";
  }
}
