import { locale, t } from "./i18n";

export type ClaimKind = "return" | "exchange" | "repair";
export type ClaimReason = "no_reason" | "quality" | "damaged" | "wrong_item";
const KINDS: readonly ClaimKind[] = ["return", "exchange", "repair"];
const REASONS: readonly ClaimReason[] = ["no_reason", "quality", "damaged", "wrong_item"];

/** What can be claimed, why, and until when. */
export interface Option {
  kind: ClaimKind;
  reason: ClaimReason;
  until_ms: number;
}

/** A line of the order; `left` pieces of it are not claimed yet. */
export interface ClaimableLine {
  line: number;
  name: string;
  quantity: number;
  left: number;
  options: readonly Option[];
}

/** The lines of a delivered order. */
export interface Claimable {
  lines: readonly ClaimableLine[];
}

/** What is left to be asked for, or could be if it was not too late. */
export function leftOf({ lines }: Claimable): ClaimableLine[] {
  return lines.filter(({ left }) => left > 0);
}

export function kindsOf(view: Claimable): ClaimKind[] {
  const there = new Set(leftOf(view).flatMap(({ options }) => options.map(({ kind }) => kind)));
  return KINDS.filter((kind) => there.has(kind));
}

export function reasonsOf(view: Claimable, kind: ClaimKind): ClaimReason[] {
  const fitting = leftOf(view).flatMap(({ options }) => options.filter((option) => option.kind === kind));
  return REASONS.filter((reason) => fitting.some((option) => option.reason === reason));
}

/** Until when this can be asked of a line; 0: not at all. */
export function until_ms({ options }: ClaimableLine, kind: ClaimKind, reason: ClaimReason): number {
  return options.find((option) => option.kind === kind && option.reason === reason)?.until_ms ?? 0;
}

/** "Dec 7" in the reader's zone, with its year where that is another one. */
export function dayOf(at_ms: number, now_ms: number): string {
  const another = new Date(at_ms).getFullYear() !== new Date(now_ms).getFullYear();
  const year = another ? ({ year: "numeric" } as const) : {};
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", ...year }).format(at_ms);
}

export function goodsWords(lines: readonly { name: string; quantity: number }[]): string {
  return lines.map(({ name, quantity }) => t("claim.pieces", { name: nameOf(name), n: quantity })).join(", ");
}

export function nameOf(name: string): string {
  return name || t("claim.whole");
}
