import { fetchAs } from "./http";

export type PaperKind = "labels" | "delivery_notes";

/** The papers of orders as one PDF, in this language; null when they cannot be had. */
export async function fetchPapers(
  token: string,
  kind: PaperKind,
  order_ids: readonly string[],
  lang: string,
): Promise<Blob | null> {
  try {
    const response = await fetchAs(token, `/v1/papers?lang=${lang}`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/pdf, application/json" },
      body: JSON.stringify({ kind, order_ids }),
    });
    return response.ok ? await response.blob() : null;
  } catch {
    return null;
  }
}
