import { expect, test } from "vitest";
import type { ProofKind } from "../shared/protocol/courier_messages";
import { aCard } from "../shared/testing/courier_views";
import { type Collected, isCollected, missing, missingOfAll, proofsOf } from "./proofs";

const PICTURE = new Blob(["picture"], { type: "image/jpeg" });
const EVERY: readonly ProofKind[] = ["photo", "signature", "pin", "barcode", "age"];
const ALL: Collected = { photo: PICTURE, signature: PICTURE, pin: "4821", barcode: "P-1", age: true };

test.each(EVERY)("%s is asked for until it is there", (kind) => {
  const card = aCard({ requires: [kind] });
  expect(missing(card)).toEqual([kind]);
  expect(missing(card, { [kind]: ALL[kind] })).toEqual([]);
});

test.each(["", "123", "123456789", "12a4"])("%j is no PIN", (pin) => {
  expect(isCollected("pin", { pin })).toBe(false);
});

test("a document that was not seen, and a picture that was wiped, are missing", () => {
  expect(isCollected("age", { age: false })).toBe(false);
  expect(isCollected("signature", { signature: undefined })).toBe(false);
});

test("what several orders ask for is named once", () => {
  const cards = [aCard({ requires: ["photo", "pin"] }), aCard({ order_id: "o2", requires: ["photo"] })];
  expect(missingOfAll(cards, {})).toEqual(["photo", "pin"]);
  expect(missingOfAll(cards, { o1: { photo: PICTURE } })).toEqual(["pin", "photo"]);
});

test("only what was asked for is sent, each order with its own; pictures follow by name", () => {
  const kept: string[] = [];
  const keep = (_picture: Blob, kind: string, order_id: string) => {
    kept.push(`${kind} of ${order_id}`);
    return `upload-${kept.length}`;
  };
  const cards = [aCard({ requires: EVERY }), aCard({ order_id: "o2", requires: ["age"] }), aCard({ order_id: "o3" })];
  const proofs = proofsOf(cards, { o1: ALL, o2: ALL, o3: ALL }, keep);
  expect(proofs).toEqual([
    { kind: "photo", order_id: "o1", upload_id: "upload-1" },
    { kind: "signature", order_id: "o1", upload_id: "upload-2" },
    { kind: "pin", order_id: "o1", value: "4821" },
    { kind: "barcode", order_id: "o1", value: "P-1" },
    { kind: "age", order_id: "o1" },
    { kind: "age", order_id: "o2" },
  ]);
  expect(kept).toEqual(["photo of o1", "signature of o1"]);
});
