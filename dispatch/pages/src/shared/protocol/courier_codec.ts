import type {
  Accept,
  Ack,
  Bye,
  CardChanged,
  CourierFact,
  CourierMessage,
  Decline,
  DutyChanged,
  ErrorMessage,
  Fix,
  Hello,
  LineView,
  Notice,
  OfferClosed,
  Offered,
  OrderCard,
  Ping,
  Policy,
  Pong,
  Positions,
  PositionsAck,
  Progress,
  Proof,
  Push,
  Refresh,
  Reply,
  Resync,
  RouteChanged,
  Said,
  Say,
  ServerMessage,
  SetDuty,
  StopView,
  StreamPosition,
  Undo,
  Welcome,
} from "./courier_messages";
import {
  MAX_FIXES_PER_BATCH,
  MAX_FRAME_BYTES,
  MAX_MESSAGES_PER_FRAME,
  MAX_SERVER_FRAME_BYTES,
} from "./courier_messages";
import { LocalProtocolError, RemoteProtocolError } from "./errors";
import {
  list,
  maybe,
  nullOr,
  number,
  oneOf,
  positive,
  type Reader,
  struct,
  tagged,
  text,
  whole,
  yesNo,
} from "./readers";

/**
 * JSON frames of `/v1/courier`: what the server sends is read strictly (types, ranges and lengths are those of
 * `courier_protocol/messages.py`), what the phone is about to send is checked by the same rules.
 */

const natural = whole();
const lat = number(-90, 90);
const lon = number(-180, 180);
const id = text(64, 1);
const word = text(64);
const name = text(200);
const reason = text(500);
const note = text(2_000);
const token = text(4_096, 1);
const saying = text(500, 1);
const orderIds = list(id, 256);
const duty = oneOf("available", "on_break", "ending", "off_duty");
const stopKind = oneOf("pickup", "dropoff");
const proofKind = oneOf("photo", "signature", "pin", "barcode", "age");
const party = oneOf("courier", "customer", "dispatcher");

function tag<Tag extends string>(value: Tag): Reader<Tag> {
  return oneOf(value);
}

// --- what a courier's phone says --------------------------------------------------------------------------------

const position = struct<StreamPosition>({ epoch: natural, seq: natural });

const fix = struct<Fix>({
  at_ms: natural,
  lat,
  lon,
  acc_m: maybe(nullOr(number(0, 1e6))),
  speed_mps: maybe(nullOr(number(0, 1e3))),
  heading_deg: maybe(nullOr(number(0, 360))),
  battery: maybe(nullOr(number(0, 1))),
  mock: maybe(yesNo),
});

const hello = struct<Hello>({
  t: tag("hello"),
  token,
  device_id: id,
  v: maybe(natural),
  device_ms: maybe(natural),
  resume: maybe(nullOr(position)),
  features: maybe(list(word, 16)),
  app: maybe(name),
});

const proof = struct<Proof>({ kind: proofKind, order_id: id, value: maybe(word), upload_id: maybe(word) });

const progress = struct<Progress>({
  t: tag("progress"),
  id,
  stop_id: id,
  action: oneOf("departed", "arrived", "completed", "failed"),
  at_ms: natural,
  reason: maybe(reason),
  lat: maybe(nullOr(lat)),
  lon: maybe(nullOr(lon)),
  order_ids: maybe(orderIds),
  kind: maybe(oneOf("pickup", "dropoff", "")),
  proofs: maybe(list(proof, 64)),
});

const courierMessage = tagged<CourierMessage, "t">("t", {
  hello,
  pos: struct<Positions>({ t: tag("pos"), seq: whole(1), fixes: list(fix, MAX_FIXES_PER_BATCH, 1) }),
  accept: struct<Accept>({ t: tag("accept"), id, offer_id: id, at_ms: natural }),
  decline: struct<Decline>({ t: tag("decline"), id, offer_id: id, at_ms: natural, reason: maybe(reason) }),
  progress,
  duty: struct<SetDuty>({ t: tag("duty"), id, duty, at_ms: natural }),
  undo: struct<Undo>({ t: tag("undo"), id, stop_id: id, at_ms: natural }),
  say: struct<Say>({
    t: tag("say"),
    id,
    order_id: id,
    to: oneOf("customer", "dispatcher"),
    text: saying,
    at_ms: natural,
  }),
  ack: struct<Ack>({ t: tag("ack"), seq: natural }),
  ping: struct<Ping>({ t: tag("ping"), n: natural, device_ms: maybe(natural), fix: maybe(nullOr(fix)) }),
  refresh: struct<Refresh>({ t: tag("refresh"), id, token }),
  bye: struct<Bye>({ t: tag("bye") }),
});

// --- what the server says ---------------------------------------------------------------------------------------

const stop = struct<StopView>({
  stop_id: id,
  kind: stopKind,
  order_ids: orderIds,
  lat,
  lon,
  name,
  address: maybe(note),
  note: maybe(note),
  eta_at_ms: maybe(natural),
  earliest_at_ms: maybe(natural),
  latest_at_ms: maybe(natural),
  service_s: maybe(natural),
  state: maybe(oneOf("planned", "en_route", "arrived", "done", "failed", "skipped")),
  end: maybe(oneOf("", "door", "depot", "meeting")),
});
const stops = list(stop, 512);

const card = struct<OrderCard>({
  order_id: id,
  status: word,
  ref: maybe(name),
  name: maybe(name),
  phone: maybe(word),
  note: maybe(note),
  address: maybe(note),
  lines: maybe(list(struct<LineView>({ name, quantity: maybe(natural), code: maybe(word) }), 200)),
  items: maybe(natural),
  weight_g: maybe(natural),
  requires: maybe(list(proofKind, 5)),
  leave_at_door: maybe(yesNo),
  calls: maybe(yesNo),
  cash_minor: maybe(natural),
  currency: maybe(word),
});

const offered = struct<Offered>({
  kind: tag("offered"),
  offer_id: id,
  order_ids: orderIds,
  expires_at_ms: natural,
  stops: maybe(stops),
  distance_m: maybe(natural),
  earnings_minor: maybe(natural),
  currency: maybe(word),
});

const route = struct<RouteChanged>({
  kind: tag("route"),
  version: natural,
  stops,
  reason: maybe(reason),
  cards: maybe(list(card, 512)),
});

const said = struct<Said>({
  kind: tag("said"),
  message_id: id,
  order_id: id,
  sender: party,
  to: party,
  text: saying,
  at_ms: natural,
});

const fact = tagged<CourierFact, "kind">("kind", {
  offered,
  offer_closed: struct<OfferClosed>({
    kind: tag("offer_closed"),
    offer_id: id,
    outcome: oneOf("accepted", "declined", "lapsed", "revoked"),
    reason: maybe(reason),
  }),
  route,
  card: struct<CardChanged>({ kind: tag("card"), card }),
  notice: struct<Notice>({ kind: tag("notice"), code: word, order_ids: maybe(orderIds), place: maybe(note) }),
  said,
  duty_changed: struct<DutyChanged>({ kind: tag("duty_changed"), duty, reason: maybe(reason) }),
});

const welcome = struct<Welcome>({
  t: tag("welcome"),
  session: id,
  generation: natural,
  business_now_ms: natural,
  server_mono_ms: natural,
  rate: positive(1e4),
  epoch: natural,
  seq: natural,
  heartbeat_s: positive(86_400),
  resumed: maybe(yesNo),
  v: maybe(natural),
  city: maybe(name),
});

const resync = struct<Resync>({
  t: tag("resync"),
  epoch: natural,
  seq: natural,
  duty,
  route,
  offers: maybe(list(offered, 64)),
  said: maybe(list(said, 1_024)),
});

const serverMessage = tagged<ServerMessage, "t">("t", {
  welcome,
  push: struct<Push>({
    t: tag("push"),
    epoch: natural,
    prev: natural,
    seq: natural,
    at_ms: natural,
    facts: list(fact, 64, 1),
  }),
  resync,
  reply: struct<Reply>({ t: tag("reply"), id, ok: yesNo, code: maybe(word), detail: maybe(reason) }),
  pos_ack: struct<PositionsAck>({ t: tag("pos_ack"), seq: natural }),
  pong: struct<Pong>({ t: tag("pong"), n: natural, business_now_ms: natural, server_mono_ms: natural }),
  policy: struct<Policy>({
    t: tag("policy"),
    fix_interval_s: positive(86_400),
    min_move_m: maybe(number(0, 1e6)),
    reason: maybe(word),
  }),
  error: struct<ErrorMessage>({ t: tag("error"), code: word, detail: reason, id: maybe(word) }),
});
const serverFrame = list(serverMessage, MAX_MESSAGES_PER_FRAME);

// --- frames -----------------------------------------------------------------------------------------------------

const utf8 = new TextEncoder();

/** How many bytes of UTF-8 a message takes in a frame. */
export function sizeOf(message: CourierMessage | Fix): number {
  return utf8.encode(JSON.stringify(message)).length;
}

/** The messages of a frame from the server, in order. Throws RemoteProtocolError. */
export function decodeFrame(frame: string): readonly ServerMessage[] {
  if (frame.length > MAX_SERVER_FRAME_BYTES) throw new RemoteProtocolError("frame_too_big", "The frame is too big.");
  const parsed = parse(frame);
  return Array.isArray(parsed) ? serverFrame(parsed) : [serverMessage(parsed)];
}

function parse(frame: string): unknown {
  try {
    return JSON.parse(frame);
  } catch {
    throw new RemoteProtocolError("malformed_frame", "The frame is malformed.");
  }
}

/** One text frame of one or several messages. Throws LocalProtocolError above a limit of the protocol. */
export function encodeFrame(messages: readonly CourierMessage[]): string {
  const frame = JSON.stringify(messages.length === 1 ? messages[0] : messages);
  if (messages.length > MAX_MESSAGES_PER_FRAME || utf8.encode(frame).length > MAX_FRAME_BYTES)
    throw new LocalProtocolError("A frame holds at most 64 messages and 65,536 bytes.");
  return frame;
}

/** Throws LocalProtocolError if the server would refuse this message. */
export function check(message: CourierMessage): void {
  locally(courierMessage, message);
}

/** Throws LocalProtocolError if the server would refuse this fix. */
export function checkFix(given: Fix): void {
  locally(fix, given);
}

function locally<Value>(reader: Reader<Value>, value: Value): void {
  try {
    reader(value);
  } catch (error) {
    throw new LocalProtocolError((error as Error).message);
  }
}
