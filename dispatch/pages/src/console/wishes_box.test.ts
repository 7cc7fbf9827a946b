import { expect, test } from "vitest";
import { clockTime } from "../shared/format";
import { wishWords } from "./wishes_box";

test("what a customer changed is told with what it was before", () => {
  expect(wishWords({ kind: "address", at_ms: 1, was: "Street 1" })).toBe("Address, before: Street 1");
  expect(wishWords({ kind: "window", at_ms: 1, was_at_ms: 60_000 })).toContain(clockTime(60_000));
  expect(wishWords({ kind: "note", at_ms: 1 })).toBe("Instructions");
  const made = { kind: "window", at_ms: 1, was_at_ms: 60_000, by: "support:ann", reason: "Not at home" } as const;
  expect(wishWords(made)).toBe(`Time, promised before: ${clockTime(60_000)}, by ann: Not at home`);
});

test("a newer server's change is shown by its code", () => {
  expect(wishWords({ kind: "gift_wrap", at_ms: 1 })).toBe("gift wrap");
});
