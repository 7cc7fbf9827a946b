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

/** Of what somebody types as an amount, such as "12.50" or "12,5": its smallest units. Nothing is 0; null: no amount. */
export function minorOf(typed: string): number | null {
  const text = typed.trim().replace(",", ".");
  if (text === "") return 0;
  return /^\d{1,5}(\.\d{1,2})?$/.test(text) ? Math.round(Number(text) * 100) : null;
}
