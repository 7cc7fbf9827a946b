import { expect, test } from "vitest";
import backoffVectors from "../../../../../courier_protocol/spec/vectors/backoff.json";
import sessionVectors from "../../../../../courier_protocol/spec/vectors/client_session.json";
import clockVectors from "../../../../../courier_protocol/spec/vectors/clock.json";
import frameVectors from "../../../../../courier_protocol/spec/vectors/frames.json";
import streamVectors from "../../../../../courier_protocol/spec/vectors/stream.json";
import { backoff_ms } from "./backoff";
import { ClientSession, type SessionOutput } from "./client_session";
import { BusinessClock } from "./clock";
import { check, decodeFrame, encodeFrame } from "./courier_codec";
import type { CourierAction, CourierMessage, Fix, ServerMessage } from "./courier_messages";
import { LocalProtocolError, RemoteProtocolError } from "./errors";
import { StreamReader } from "./stream";

/** The protocol's own test vectors: every client in every language must pass them. */

type Reading = [sent_ms: number, received_ms: number, business_ms: number];

function place(given: readonly number[] | null) {
  return given && { epoch: given[0] as number, seq: given[1] as number };
}

test.each(streamVectors.cases)("stream: $name", ({ start, steps, end }) => {
  const reader = new StreamReader();
  reader.reset(place(start));
  for (const [epoch, prev, seq, step] of steps as [number, number, number, string][]) {
    expect(reader.offer(epoch, prev, seq)).toBe(step);
  }
  expect(reader.position).toEqual(place(end));
});

test.each(clockVectors.cases)("clock: $name", ({ start, samples, reads }) => {
  let mono_ms = 0;
  const clock = new BusinessClock(() => mono_ms);
  const [sent_ms, received_ms, business_now_ms, rate] = start as [number, number, number, number];
  clock.start(rate, { sent_ms, received_ms, business_now_ms });
  for (const [sent, received, business] of samples as Reading[]) {
    clock.take({ sent_ms: sent, received_ms: received, business_now_ms: business });
  }
  for (const [at_ms, expected_ms] of reads as [number, number][]) {
    mono_ms = at_ms;
    expect(clock.now()).toBeCloseTo(expected_ms, 3);
  }
});

test.each(backoffVectors.cases as [number, number, number][])(
  "backoff: try %i with random %f waits %i ms",
  (attempt, random, expected_ms) => {
    expect(Math.abs(backoff_ms(attempt, () => random) - expected_ms)).toBeLessThanOrEqual(0.5);
  },
);

// --- frames -----------------------------------------------------------------------------------------------------

interface FrameCase {
  name: string;
  speaker: string;
  encoding: string;
  text?: string;
  fill?: (string | number)[];
  messages?: unknown;
  error?: string;
}

const FRAMES = (frameVectors.valid as FrameCase[]).concat(frameVectors.invalid as FrameCase[]);

function frames(speaker: string, isValid: boolean): FrameCase[] {
  return FRAMES.filter(
    (each) => each.encoding === "json" && each.speaker === speaker && (each.error === undefined) === isValid,
  );
}

function frameOf(given: FrameCase): string {
  const [before, unit, times, after] = given.fill ?? ["", "", 0, ""];
  return `${given.text ?? ""}${before}${String(unit).repeat(Number(times))}${after}`;
}

test.each(frames("server", true))("frame from the server: $name", (given) => {
  expect(decodeFrame(frameOf(given))).toEqual(given.messages);
});

test.each(frames("server", false))("frame from the server, refused: $name", (given) => {
  let refusal: unknown;
  try {
    decodeFrame(frameOf(given));
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(RemoteProtocolError);
  expect((refusal as RemoteProtocolError).code).toBe(given.error);
});

test.each(frames("courier", true))("frame of the phone: $name, sent as it is meant", (given) => {
  const messages = given.messages as CourierMessage[];
  messages.forEach(check);
  const sent: unknown = JSON.parse(encodeFrame(messages));
  expect(messages.length === 1 ? [sent] : sent).toEqual(messages);
});

/** Those that JavaScript can hold at all, as single messages: the rest is the server's to refuse. */
function unfit(given: FrameCase): unknown[] {
  if (given.fill || given.error !== "invalid_message") return [];
  const parsed: unknown = JSON.parse(frameOf(given));
  return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? [parsed] : [];
}

test.each(frames("courier", false).flatMap((given) => unfit(given).map((message) => ({ name: given.name, message }))))(
  "frame of the phone, never sent: $name",
  ({ message }) => {
    expect(() => check(message as CourierMessage)).toThrow(LocalProtocolError);
  },
);

// --- the session ------------------------------------------------------------------------------------------------

interface Step {
  at: number;
  connected?: boolean;
  disconnected?: boolean;
  code?: number | null;
  random?: number;
  delay_ms?: number | null;
  add_fix?: Fix;
  submit?: CourierAction;
  handled?: number;
  goodbye?: unknown[];
  outgoing?: unknown[];
  receive?: ServerMessage;
  outputs?: unknown[];
  state?: string;
}

function shown(output: SessionOutput): unknown {
  if (output.kind === "close") return { close: output.code };
  if (output.kind === "tell") return { tell: output.event.t };
  return { settle: [output.reply.id, output.reply.ok] };
}

class Script {
  dice = 0;
  readonly session = new ClientSession({
    token: "tok",
    device_id: "phone",
    clock: new BusinessClock(() => 0),
    random: () => this.dice,
  });

  /** Carry out a step; returns what the session wants done. */
  perform(step: Step): readonly SessionOutput[] {
    const { session } = this;
    if (step.connected) session.connected(step.at);
    else if (step.disconnected) this.disconnect(step);
    else if (step.add_fix) session.addFix(step.add_fix);
    else if (step.submit) session.submit(step.submit);
    else if (step.handled !== undefined) session.handled(step.handled);
    else if (step.goodbye) expect(session.goodbye()).toEqual(step.goodbye);
    else if (step.outgoing)
      expect(session.outgoing(step.at, sessionVectors.device_ms + step.at)).toEqual(step.outgoing);
    else if (step.receive) return session.receiveFrame(JSON.stringify(step.receive), step.at);
    else return session.tick(step.at);
    return [];
  }

  private disconnect(step: Step): void {
    this.dice = step.random ?? 0;
    expect(this.session.disconnected(step.code ?? null, step.at)).toBe(step.delay_ms);
  }
}

test.each(sessionVectors.cases as unknown as { name: string; steps: Step[] }[])("session: $name", ({ steps }) => {
  const script = new Script();
  for (const step of steps) {
    const outputs = script.perform(step);
    if (step.outputs) expect(outputs.map(shown), JSON.stringify(step)).toEqual(step.outputs);
    if (step.state) expect(script.session.state, JSON.stringify(step)).toBe(step.state);
  }
});
