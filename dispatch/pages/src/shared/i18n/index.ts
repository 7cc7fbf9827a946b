import type { casesEn } from "./cases_en";
import type { claimsEn, claimWordsEn } from "./claims_en";
import type { DeskKey } from "./console";
import type { CourierKey } from "./courier_en";
import type { detailsEn } from "./details_en";
import type { distributorEn } from "./distributor_en";
import { en } from "./en";
import type { leaderEn } from "./leader_en";
import type { modesTrackEn } from "./modes_en";
import type { myEn } from "./my_en";
import type { lookupEn, pushEn } from "./reach_en";
import type { wishesEn } from "./wishes_en";
import { zh } from "./zh";

type DetailsKey =
  | keyof typeof casesEn
  | keyof typeof claimsEn
  | keyof typeof claimWordsEn
  | keyof typeof detailsEn
  | keyof typeof modesTrackEn
  | keyof typeof pushEn
  | keyof typeof wishesEn;
type LookupKey = keyof typeof lookupEn | keyof typeof myEn;
export type Key =
  | keyof typeof en
  | DeskKey
  | CourierKey
  | LookupKey
  | keyof typeof leaderEn
  | keyof typeof distributorEn
  | DetailsKey;
export type Lang = "en" | "zh";

export const TEXTS: Record<Lang, Readonly<Record<string, string>>> = { en, zh };
const LOCALES: Readonly<Record<Lang, string>> = { en: "en", zh: "zh-CN" };
const REMEMBERED = "dispatch.lang";

/** Values for the `{names}` in a text. */
export type Values = Readonly<Record<string, string | number>>;

let lang: Lang = remembered() ?? preferred();

/** Texts of one page only, which the other pages need not load. */
export function addTexts(more: Readonly<Record<Lang, Readonly<Record<string, string>>>>): void {
  for (const each of Object.keys(more) as Lang[]) TEXTS[each] = { ...TEXTS[each], ...more[each] };
}

export function currentLang(): Lang {
  return lang;
}

/** BCP 47 tag for the `lang` attribute and `Intl`. */
export function locale(): string {
  return LOCALES[lang];
}

export function setLang(next: Lang): void {
  lang = next;
  document.documentElement.lang = locale();
  try {
    localStorage.setItem(REMEMBERED, next);
  } catch {
    // Private windows may refuse storage: the choice then lasts as long as the page.
  }
}

/** The text of a key in the current language. */
export function t(key: Key, values?: Values): string {
  return fill(TEXTS[lang][key] ?? key, values);
}

/** A text for a code that the server may extend: an unknown code is shown as it came. */
export function tCode(prefix: string, code: string): string {
  return TEXTS[lang][`${prefix}.${code}`] ?? code.replaceAll("_", " ");
}

function fill(text: string, values?: Values): string {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)) : text;
}

function remembered(): Lang | null {
  try {
    const found = localStorage.getItem(REMEMBERED);
    return found === "en" || found === "zh" ? found : null;
  } catch {
    return null;
  }
}

function preferred(): Lang {
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}
