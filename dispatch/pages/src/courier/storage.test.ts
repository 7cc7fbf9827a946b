import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import type { CourierAction, Fix } from "../shared/protocol/courier_messages";
import { PhoneDisk } from "./storage";
import type { Picture } from "./uploads";

let databases = 0;

function anAction(id: string): CourierAction {
  return { t: "undo", id, stop_id: "p1", at_ms: 1 };
}

function aFix(at_ms: number): Fix {
  return { at_ms, lat: 1, lon: 2 };
}

function aPicture(upload_id: string): Picture {
  return { upload_id, order_id: "o1", kind: "photo", type: "image/jpeg", bytes: new Uint8Array([1, 2, 3]).buffer };
}

async function aDisk() {
  databases += 1;
  const name = `courier-${databases}`;
  const disk = await PhoneDisk.open(name);
  await disk.load("device-1");
  const reopened = async () => (await PhoneDisk.open(name)).load("another");
  return { disk, reopened };
}

test("actions and pictures come back in the order in which they were made, whatever their ids", async () => {
  const { disk, reopened } = await aDisk();
  for (const id of ["z", "a", "m"]) void disk.keepAction(anAction(id));
  void disk.keepPicture(aPicture("z"));
  await disk.keepPicture(aPicture("b"));
  await disk.dropAction("a");
  const found = await reopened();
  expect(found.actions.map((action) => action.id)).toEqual(["z", "m"]);
  expect(found.pictures.map((picture) => picture.upload_id)).toEqual(["z", "b"]);
  expect(new Uint8Array(found.pictures[0]?.bytes ?? new ArrayBuffer())).toEqual(new Uint8Array([1, 2, 3]));
});

test("an order that another life began is continued", async () => {
  const { disk, reopened } = await aDisk();
  await disk.keepAction(anAction("first"));
  await disk.load("device-1");
  await disk.keepAction(anAction("a-second"));
  expect((await reopened()).actions.map((action) => action.id)).toEqual(["first", "a-second"]);
});

test("writes take effect in the order in which they are asked for", async () => {
  const { disk, reopened } = await aDisk();
  await Promise.all([disk.keepAction(anAction("a")), disk.dropAction("a"), disk.keepAction(anAction("b"))]);
  expect((await reopened()).actions.map((action) => action.id)).toEqual(["b"]);
});

test("a view and its place in the stream are one record, and only the newest of many is written", async () => {
  const { disk, reopened } = await aDisk();
  for (let seq = 1; seq <= 100; seq += 1) void disk.saveView({ seq }, { epoch: 1, seq });
  await disk.viewSaved;
  expect(await reopened()).toMatchObject({ view: { seq: 100 }, position: { epoch: 1, seq: 100 } });
});

test("fixes are written many at a time, and forgotten up to a key", async () => {
  const { disk, reopened } = await aDisk();
  await disk.changeFixes({ below: 0, first: 1, fixes: [aFix(1), aFix(2), aFix(3)] });
  await disk.changeFixes({ below: 3, first: 4, fixes: [aFix(4)] });
  expect((await reopened()).fixes).toEqual([
    [3, aFix(3)],
    [4, aFix(4)],
  ]);
});

test("the device keeps its name; everything else is gone after a wipe, also what was still on its way", async () => {
  const { disk, reopened } = await aDisk();
  await disk.keepToken({ token: "secret", got_wall_ms: 1 });
  await disk.keepClock({ business_ms: 1, wall_ms: 2, rate: 3 });
  await disk.keepAction(anAction("a"));
  await disk.keepPicture(aPicture("b"));
  await disk.changeFixes({ below: 0, first: 1, fixes: [aFix(1)] });
  for (let seq = 1; seq <= 3; seq += 1) void disk.saveView({ seq }, null);
  const late = disk.viewSaved;
  await disk.wipe();
  await late;
  await disk.keepAction(anAction("after the end"));
  expect(await reopened()).toEqual({
    device_id: "device-1",
    token: null,
    clock: null,
    view: null,
    position: null,
    actions: [],
    pictures: [],
    fixes: [],
  });
});

test("a disk that was taken over writes nothing", async () => {
  const { disk, reopened } = await aDisk();
  disk.seal();
  await disk.keepAction(anAction("a"));
  expect((await reopened()).actions).toEqual([]);
});
