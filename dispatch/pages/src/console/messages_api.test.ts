import { expect, test } from "vitest";
import { EVENTS, logState, type SentMessage, urlFault } from "./messages_api";

const MESSAGE: SentMessage = {
  id: "m1",
  order_id: "o1",
  event: "order.delivered",
  audience: "shopper",
  channel: "sms",
  state: "queued",
  reason: "",
  tries: 0,
  event_at_ms: 1,
  due_at_ms: 1,
  done_at_ms: 0,
};

test("what is queued or being sent waits; the other states are ends", () => {
  const states = (["queued", "claimed", "sent", "failed", "skipped"] as const).map((state) =>
    logState({ ...MESSAGE, state }),
  );
  expect(states).toEqual(["waiting", "waiting", "sent", "failed", "skipped"]);
});

test("a webhook is a URL without a port; the rest the server says", () => {
  expect(["https://a.example/x", "http://a.example"].map(urlFault)).toEqual(["", ""]);
  const wrong = ["", "a.example", "ftp://a.example", "https://a.example:8443/"];
  expect(wrong.map(urlFault)).toEqual(wrong.map(() => "hooks.wrong.url"));
});

test("every event has its own name", () => {
  expect(new Set(EVENTS).size).toBe(16);
});
