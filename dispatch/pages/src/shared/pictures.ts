import { fetchAs } from "./http";

/** A picture that proves a delivery. `missing`: the phone has not uploaded it yet. */
export type Picture = { kind: "here"; picture: Blob } | { kind: "missing" } | { kind: "failed" };

export async function fetchPicture(token: string, upload_id: string): Promise<Picture> {
  try {
    const response = await fetchAs(token, `/v1/uploads/${encodeURIComponent(upload_id)}`);
    if (response.status === 404) return { kind: "missing" };
    const picture = response.ok && response.headers.get("content-type")?.startsWith("image/");
    return picture ? { kind: "here", picture: await response.blob() } : { kind: "failed" };
  } catch {
    return { kind: "failed" };
  }
}
