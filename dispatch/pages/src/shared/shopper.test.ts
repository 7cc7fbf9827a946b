import { beforeEach, expect, test, vi } from "vitest";
import { current, forget, keep, renewed } from "./shopper";

class Kept {
  private values = new Map<string, string>();
  getItem = (key: string) => this.values.get(key) ?? null;
  setItem = (key: string, value: string) => void this.values.set(key, value);
  removeItem = (key: string) => void this.values.delete(key);
  get size() {
    return this.values.size;
  }
}

const later_s = Date.now() / 1000 + 3600;
let tab: Kept;
let phone: Kept;

beforeEach(() => {
  tab = new Kept();
  phone = new Kept();
  vi.stubGlobal("sessionStorage", tab);
  vi.stubGlobal("localStorage", phone);
});

test("a sign-in is for this tab, and for this phone only when it is to be remembered", () => {
  keep({ token: "a", expires_at_s: later_s }, false);
  expect([current()?.token, tab.size, phone.size]).toEqual(["a", 1, 0]);
  keep({ token: "b", expires_at_s: later_s }, true);
  expect([current()?.token, tab.size, phone.size]).toEqual(["b", 0, 1]);
});

test("a newer token stays where the older one was", () => {
  for (const remember of [true, false]) {
    keep({ token: "old", expires_at_s: later_s }, remember);
    renewed({ token: "new", expires_at_s: later_s + 1 });
    expect([current()?.token, phone.size]).toEqual(["new", remember ? 1 : 0]);
  }
});

test("what is over or broken is nobody, and signing out leaves nothing", () => {
  keep({ token: "a", expires_at_s: Date.now() / 1000 - 1 }, true);
  expect(current()).toBeNull();
  phone.setItem("dispatch.shopper", "{");
  expect(current()).toBeNull();
  keep({ token: "a", expires_at_s: later_s }, true);
  forget();
  expect([current(), tab.size, phone.size]).toEqual([null, 0, 0]);
});

test("where storage is refused nobody is remembered, and nothing fails", () => {
  const refuse = () => {
    throw new Error("refused");
  };
  vi.stubGlobal("localStorage", { getItem: refuse, setItem: refuse, removeItem: () => undefined });
  keep({ token: "a", expires_at_s: later_s }, true);
  expect(current()).toBeNull();
});
