import { en, type Key, type Texts } from "./en";
import { zh } from "./zh";

export type { Key } from "./en";
export type Lang = "en" | "zh";

export const TEXTS: Readonly<Record<Lang, Texts>> = { en, zh };
const LOCALES: Readonly<Record<Lang, string>> = { en: "en", zh: "zh-CN" };
const REMEMBERED = "dispatch.lang";

/** Values for the `{names}` in a text. */
export type Values = Readonly<Record<string, string | number>>;

let lang: Lang = remembered() ?? preferred();

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
  return fill(TEXTS[lang][key], values);
}

/** A text for a code that the server may extend: an unknown code is shown as it came. */
export function tCode(prefix: string, code: string): string {
  const texts: Readonly<Record<string, string>> = TEXTS[lang];
  return texts[`${prefix}.${code}`] ?? code.replaceAll("_", " ");
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
