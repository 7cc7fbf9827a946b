import { afterEach, expect, test, vi } from "vitest";
import "./texts";
import { NO_FILTER } from "./stock";
import { fetchShelves, sendReport, stockTrouble } from "./stock_api";

afterEach(() => vi.unstubAllGlobals());

/** A server with so many shelves, whose goods are numbered. */
function serving(total: number) {
  const asked = vi.fn(async (path: string) => {
    const query = new URL(path, "http://desk").searchParams;
    const [after, limit] = [Number(query.get("after") || 0), Number(query.get("limit"))];
    const end = Math.min(total, after + limit);
    const shelves = Array.from({ length: end - after }, (_, i) => ({ depot_id: "d1", sku: `s${after + i}` }));
    return Response.json({ shelves, ...(end < total && { after: String(end) }) });
  });
  vi.stubGlobal("fetch", asked);
  return asked;
}

test("as many pages are asked for as it takes to find what is wanted", async () => {
  const asked = serving(1_200);
  const plain = await fetchShelves("", "east", NO_FILTER, (shelves) => shelves, 100);
  expect([asked.mock.calls.length, plain]).toMatchObject([1, { more: true }]);
  const filter = { depot_id: "d1", text: "s1199", low: true };
  const found = await fetchShelves("", "east", filter, (all) => all.filter(({ sku }) => sku === "s1199"), 100);
  expect(asked.mock.calls.length).toBe(4);
  expect(asked.mock.calls[3]?.[0]).toContain("depot=d1&low=true");
  expect(found).toEqual({ shelves: [{ depot_id: "d1", sku: "s1199" }], more: false });
});

test("a refusal has its own words, or else the server's", async () => {
  const refusing = (status: number, body: object) =>
    vi.stubGlobal("fetch", async () => Response.json(body, { status }));
  const send = () => sendReport("", "east", "write-off", { lines: [], note: "" }, "key");
  refusing(409, { code: "not_enough_stock", detail: "Fewer.", current_version: 3 });
  expect(stockTrouble(await send())).toContain("There are not as many pieces");
  refusing(409, { code: "new_rule", detail: "Not on Sundays.", current_version: 3 });
  expect(stockTrouble(await send())).toBe("This was not done: Not on Sundays.");
  refusing(403, {});
  expect(stockTrouble(await send())).toBe("Your role may not do this.");
  refusing(200, { shelves: [] });
  expect(stockTrouble(await send())).toBe("");
});
