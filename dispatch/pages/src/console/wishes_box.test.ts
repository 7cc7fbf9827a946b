import { expect, test } from "vitest";
import { clockTime } from "../shared/format";
import { wishWords } from "./wishes_box";

test("what a customer changed is told with what it was before", () => {
  expect(wishWords({ kind: "address", at_ms: 1, was: "Street 1" })).toBe("Address, before: Street 1");
  expect(wishWords({ kind: "window", at_ms: 1, was_at_ms: 60_000 })).toContain(clockTime(60_000));
  expect(wishWords({ kind: "note", at_ms: 1 })).toBe("Instructions");
});

test("a newer server's change is shown by its code", () => {
  expect(wishWords({ kind: "gift_wrap", at_ms: 1 })).toBe("gift wrap");
});
