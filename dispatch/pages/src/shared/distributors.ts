export const LICENCE_KINDS = ["business", "liquor", "food"] as const;
export type LicenceKind = (typeof LICENCE_KINDS)[number];

export interface Licence {
  kind: LicenceKind;
  number: string;
  expires_at_ms: number;
  good: boolean;
  /** It is to be renewed now, so that it stays good. */
  ends_soon: boolean;
}

export type Standing = "applied" | "approved" | "refused" | "suspended";

export interface Distributor {
  id: string;
  name: string;
  contact: string;
  phone: string;
  licences: readonly Licence[];
  standing: Standing;
  tier: number;
  commission_minor: number;
  reason: string;
  applied_at_ms: number;
  judged_at_ms: number;
}

/** How its orders of a month went. */
export interface Month {
  month: string;
  orders: number;
  delivered: number;
  on_time: number;
  canceled: number;
  returned: number;
  under_way: number;
  /** From placing to delivery, in minutes. */
  mean_min: number;
  commission_minor: number;
}

/** The colour of a standing, beside its word. */
export const STANDING_TONES: Readonly<Record<Standing, string>> = {
  applied: "at_risk",
  approved: "on_time",
  refused: "late",
  suspended: "late",
};
