/** What is said of distributors at the desk and on their own page. */
export const distributorsEn = {
  "distributors.standing.applied": "Waits for a decision",
  "distributors.standing.approved": "Approved",
  "distributors.standing.refused": "Refused",
  "distributors.standing.suspended": "Suspended",
  "distributors.licence.business": "Business licence",
  "distributors.licence.liquor": "Liquor licence",
  "distributors.licence.food": "Food licence",
  "distributors.for.ever": "without end",
  "distributors.month": "Month",
  "distributors.orders": "Orders",
  "distributors.delivered": "Delivered",
  "distributors.on_time": "On time",
  "distributors.commission": "Commission",
} as const;

export type DistributorsTexts = Readonly<Record<keyof typeof distributorsEn, string>>;
