import { locale } from "./i18n";

/** "¥12.50": money in its smallest unit, with the digits that the currency has. */
export function money(minor: number, currency: string): string {
  try {
    const format = new Intl.NumberFormat(locale(), { style: "currency", currency, currencyDisplay: "narrowSymbol" });
    return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
  } catch {
    return `${(minor / 100).toFixed(2)} ${currency}`.trim();
  }
}

/** How many digits a currency has behind the point: 2 of CNY, none of JPY. */
export function digitsOf(currency: string): number {
  try {
    const format = new Intl.NumberFormat("en", { style: "currency", currency });
    return format.resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** An amount as somebody would type it: "12.50", "340" where there are no cents. */
export function typedMoney(minor: number, currency: string): string {
  const digits = digitsOf(currency);
  return (minor / 10 ** digits).toFixed(digits);
}

/**
 * Of what somebody types as an amount, such as "12.50" or "12,5": its smallest units, of which `digits` make a whole.
 * Nothing is 0; null: no amount.
 */
export function minorOf(typed: string, digits = 2): number | null {
  const text = typed.trim().replace(",", ".");
  if (text === "") return 0;
  const [, whole = "", part = ""] = /^(\d{1,5})(?:\.(\d{1,3}))?$/.exec(text) ?? [];
  if (whole === "" || part.length > digits) return null;
  return Number(whole) * 10 ** digits + Number(part.padEnd(digits, "0"));
}
