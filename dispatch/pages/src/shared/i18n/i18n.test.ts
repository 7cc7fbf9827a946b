import { expect, test, vi } from "vitest";
import { DESK_EN } from "./console";
import { currentLang, type Key, setLang, TEXTS, t, tCode } from "./index";

const sources = import.meta.glob("../../**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });
const code = Object.entries(sources)
  .filter(([path]) => !path.startsWith("./"))
  .map(([, text]) => text as string)
  .join("\n");
/** How keys begin that the code puts together: `courier.tab.${tab}`. */
const templates = [...code.matchAll(/`([a-z_]+(?:\.[a-z_]+)*\.)\$\{/g)].map(([, prefix]) => prefix as string);

const strings = new Set([...code.matchAll(/"([\w.-]+)"/g)].map(([, text]) => text));

/** Whether the code names the key, or what it puts it together of: a template, or `tCode("status", code)`. */
function isShown(key: string): boolean {
  const parts = key.split(".");
  const named = parts.some((_, i) => strings.has(parts.slice(0, i + 1).join(".")));
  return named || templates.some((prefix) => key.startsWith(prefix));
}

const keys = Object.keys(TEXTS.en).sort() as Key[];

test.each(Object.keys(TEXTS) as (keyof typeof TEXTS)[])("%s has every text, and no other", (lang) => {
  expect(Object.keys(TEXTS[lang]).sort()).toEqual(keys);
  for (const [key, text] of Object.entries(TEXTS[lang])) expect(text.trim(), key).not.toBe("");
});

test("both languages fill the same gaps", () => {
  const gaps = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
  for (const key of keys) expect(gaps(TEXTS.zh[key] ?? ""), key).toEqual(gaps(TEXTS.en[key] ?? ""));
});

test("no text is left that no page shows", () => {
  const unused = keys.filter((key) => !isShown(key));
  expect(unused).toEqual([]);
});

test("the shopper's page names no text that only the desk loads", () => {
  const track = Object.entries(sources)
    .filter(([path]) => path.startsWith("../../track/"))
    .map(([, text]) => text as string)
    .join("\n");
  const missing = Object.keys(DESK_EN).filter((key) => track.includes(`"${key}"`));
  expect(missing).toEqual([]);
});

test("the language can be changed", () => {
  const html = { lang: "" };
  vi.stubGlobal("document", { documentElement: html });
  setLang("zh");
  expect([t("track.next"), html.lang]).toEqual(["下一站就是您", "zh-CN"]);
  setLang("en");
  vi.unstubAllGlobals();
});

test("gaps are filled, and a code that is not known yet is shown as it came", () => {
  expect(currentLang()).toBe("en");
  expect(t("track.stops.many", { n: 2 })).toBe("2 stops before you");
  expect(tCode("reason", "solar_eclipse")).toBe("solar eclipse");
  expect(tCode("route", "stop completed")).toBe("A stop was completed");
  expect(tCode("route", "the bridge is closed")).toBe("the bridge is closed");
});
