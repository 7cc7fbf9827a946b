/** What goes with an order on paper, and how its delivery was proven. */
export const papersEn = {
  "papers.labels": "Labels",
  "papers.delivery_notes": "Delivery notes",
  "papers.failed": "The papers could not be made. Please try again.",
  "proof.kind.photo": "Photo",
  "proof.kind.signature": "Signature",
  "proof.kind.pin": "PIN",
  "proof.kind.barcode": "Barcode",
  "proof.kind.age": "Age checked",
  "proof.enlarge": "Show large: {kind}",
  "proof.missing": "Not uploaded yet",
  "proof.failed": "Cannot be loaded",
  "proof.loading": "Loading…",
} as const;

export type PapersTexts = Readonly<Record<keyof typeof papersEn, string>>;
