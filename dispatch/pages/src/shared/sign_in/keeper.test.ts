import { expect, test, vi } from "vitest";
import type { Grant, Reply } from "./api";
import { type End, Keeper, type KeeperPorts, type TabNews } from "./keeper";

function aGrant(token: string, id = "ann"): Grant {
  return {
    token,
    expires_in_s: 900,
    me: { id, name: id, role: "dispatcher", zones: [], actions: ["override"], user: true, second_factor: false },
  };
}

const REFUSED: Reply = { kind: "refused", code: "session_ended", detail: "", wait_s: 0 };

function aKeeper(...replies: Reply[]) {
  const planned: { run(): void; after_ms: number; off: boolean }[] = [];
  const told: TabNews[] = [];
  const ends: End[] = [];
  const renewed: string[] = [];
  const ports: KeeperPorts = {
    refresh: vi.fn(async () => replies.shift() ?? REFUSED),
    alone: (work) => work(),
    tell: (news) => told.push(news),
    later(run, after_ms) {
      const plan = { run, after_ms, off: false };
      planned.push(plan);
      return () => {
        plan.off = true;
      };
    },
  };
  const keeper = new Keeper(
    aGrant("first"),
    ports,
    ({ token }) => renewed.push(token),
    (why) => ends.push(why),
  );
  const plan = () => planned.filter(({ off }) => !off).at(-1);
  return { keeper, ports, told, ends, renewed, plan };
}

const granted = (token: string, id?: string): Reply => ({ kind: "granted", grant: aGrant(token, id) });

test("a token is renewed long before it ends, and the other tabs hear of it", async () => {
  const { keeper, plan, told, renewed } = aKeeper(granted("second"));
  expect(plan()?.after_ms).toBe(540_000);
  plan()?.run();
  await vi.waitFor(() => expect(keeper.newest()).toBe("second"));
  expect(renewed).toEqual(["second"]);
  expect(told).toEqual([{ t: "granted", grant: aGrant("second") }]);
  expect(plan()?.after_ms).toBe(540_000);
});

test("many who were refused at once cause one refresh, and late ones none", async () => {
  const { keeper, ports } = aKeeper(granted("second"));
  expect(await Promise.all([keeper.renew("first"), keeper.renew("first")])).toEqual([true, true]);
  expect(await keeper.renew("first")).toBe(true);
  expect(ports.refresh).toHaveBeenCalledTimes(1);
});

test("what another tab got is used, also by who waits for a turn", async () => {
  const { keeper, ports, renewed } = aKeeper();
  let turn = () => {};
  ports.alone = (work) =>
    new Promise((resolve) => {
      turn = () => resolve(work());
    });
  const waiting = keeper.renew("first");
  keeper.hear({ t: "granted", grant: aGrant("theirs") });
  turn();
  expect(await waiting).toBe(true);
  expect([keeper.newest(), renewed]).toEqual(["theirs", ["theirs"]]);
  expect(ports.refresh).not.toHaveBeenCalled();
});

test("a server that is away is asked again soon, one that refuses is not", async () => {
  const { keeper, plan, ends } = aKeeper({ kind: "unreachable" }, { ...REFUSED, wait_s: 3 }, REFUSED);
  expect(await keeper.renew("first")).toBe(false);
  expect([plan()?.after_ms, ends]).toEqual([5_000, []]);
  expect(await keeper.renew("first")).toBe(false);
  expect(ends).toEqual([]);
  expect(await keeper.renew("first")).toBe(false);
  expect([plan(), ends]).toEqual([undefined, ["ended"]]);
  expect(await keeper.renew("first")).toBe(false);
});

test("a sign-out in another tab, or somebody else there, ends it here", async () => {
  const out = aKeeper();
  out.keeper.hear({ t: "out" });
  expect(out.ends).toEqual(["out"]);
  const other = aKeeper();
  other.keeper.hear({ t: "granted", grant: aGrant("theirs", "bo") });
  expect([other.ends, other.keeper.newest()]).toEqual([["other"], "first"]);
  const mixed = aKeeper(granted("theirs", "bo"));
  expect(await mixed.keeper.renew("first")).toBe(false);
  expect([mixed.ends, mixed.told]).toEqual([["other"], []]);
});

test("a keeper that was stopped does nothing more", async () => {
  const { keeper, plan, renewed, ends } = aKeeper(granted("second"));
  const flight = keeper.renew("first");
  keeper.stop();
  expect(await flight).toBe(false);
  keeper.hear({ t: "granted", grant: aGrant("third") });
  expect([plan(), renewed, ends]).toEqual([undefined, [], []]);
});
