/** What the desk says of an order's rating and of its tracking link. */
export const afterDeskEn = {
  "drawer.rating": "Rating",
  "drawer.rating.stars": "{n} of 5 stars",
  "link.box": "Tracking link",
  "link.box.note": "Revoke it when the link got into the wrong hands: pages that are open close at once.",
  "link.revoke": "Revoke",
  "link.renew": "Revoke and make a new one",
  "link.sure": "The customer’s page stops working at once.",
  "link.back": "Leave it",
  "link.revoked": "Revoked. Nothing opens this order’s page any more.",
  "link.renewed": "Revoked. The new link:",
  "link.copy": "Copy",
  "link.copied": "Copied",
  "link.failed": "The link was not revoked. Check your connection and try again.",
  "link.forbidden": "Your role may not revoke links. Ask a dispatcher.",
  "link.changed": "Somebody else has just replaced this link. Look again, then decide.",
} as const;

export type AfterDeskTexts = Readonly<Record<keyof typeof afterDeskEn, string>>;
