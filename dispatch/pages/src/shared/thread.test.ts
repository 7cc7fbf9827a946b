import { expect, test } from "vitest";
import { aMessage } from "./testing/views";
import { MAX_TEXT_LENGTH, sendable, unreadIn } from "./thread";

const ASKED = aMessage({ id: "1" });
const ANSWERED = aMessage({ id: "2", sender: "dispatcher", to: "customer" });
const ASKED_AGAIN = aMessage({ id: "3", sender: "courier" });
const TO_COURIER = aMessage({ id: "4", to: "courier" });

test("only messages to the reader count, after what they saw and after their own answer", () => {
  expect(unreadIn([ASKED, TO_COURIER], "dispatcher")).toBe(1);
  expect(unreadIn([ASKED, ANSWERED], "dispatcher")).toBe(0);
  expect(unreadIn([ASKED, ANSWERED, ASKED_AGAIN], "dispatcher")).toBe(1);
  expect(unreadIn([ASKED, ASKED_AGAIN], "dispatcher", "1")).toBe(1);
  expect(unreadIn([ASKED, ASKED_AGAIN], "dispatcher", "3")).toBe(0);
  expect(unreadIn([ASKED, ANSWERED], "customer")).toBe(1);
});

test("nothing but white space cannot be sent, and nothing is longer than the server takes", () => {
  expect(sendable(" \n ")).toBe("");
  expect(sendable("  hello ")).toBe("hello");
  expect(sendable("x".repeat(MAX_TEXT_LENGTH + 9))).toHaveLength(MAX_TEXT_LENGTH);
});
