import { expect, test } from "vitest";
import { detailsEn } from "../shared/i18n/details_en";
import { pushEn } from "../shared/i18n/reach_en";
import { wishesEn } from "../shared/i18n/wishes_en";

const sources: Record<string, string> = import.meta.glob("../**/*.{ts,tsx}", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** The modules that the page loads before its answer: what `main` imports, and what that imports, types left out. */
function first(): Set<string> {
  const found = new Set<string>();
  const look = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    const text = sources[path] ?? "";
    for (const [, from = ""] of text.matchAll(/^(?:import|export) (?!type\b)[^;]*?"(\.[^"]+)";/gm))
      look(at(path, from));
  };
  look("./main.tsx");
  return found;
}

function at(path: string, from: string): string {
  const whole = new URL(from, new URL(path, "file:///src/track/")).pathname;
  const near = whole.startsWith("/src/track/") ? whole.replace("/src/track/", "./") : whole.replace("/src/", "../");
  return [near, `${near}.ts`, `${near}.tsx`, `${near}/index.ts`].find((each) => each in sources) ?? near;
}

test("what the answer does not need is loaded after it", () => {
  const files = first();
  expect(files).toContain("../shared/protocol/live.ts");
  expect([...files].filter((path) => /details|wishes|push|rating|thread|plain|dispatch_map/.test(path))).toEqual([]);
});

test("what is loaded first names no text that comes later", () => {
  const late = Object.keys({ ...detailsEn, ...pushEn, ...wishesEn });
  const named = [...first()].flatMap((path) => late.filter((key) => sources[path]?.includes(`"${key}"`)));
  expect(named).toEqual([]);
});
