import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Picture, Uploads } from "./uploads";

const SIZE = 700_000;
const PIECE = 262_144;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function aPicture(upload_id = "upload-1"): Picture {
  const bytes = Uint8Array.from({ length: SIZE }, (_, place) => place % 251).buffer;
  return { upload_id, order_id: "order 1", kind: "photo", type: "image/jpeg", bytes };
}

/** The server's side of uploads; `trouble` may answer instead, for each request. */
class UploadServer {
  readonly stored = new Map<string, Uint8Array>();
  readonly log: string[] = [];
  trouble: (method: string, request: number) => Response | "lost" | null = () => null;
  /** The request whose answer is lost on its way back. */
  answerLost = 0;

  readonly fetch: typeof fetch = async (input, init) => {
    const url = new URL(String(input), "http://host");
    const method = init?.method ?? "GET";
    this.log.push(method);
    const headers = new Headers(init?.headers);
    expect(headers.get("Authorization")).toBe("Bearer tok");
    const request = this.log.length;
    const trouble = this.trouble(method, request);
    if (trouble === "lost") throw new TypeError("network");
    const answer = trouble ?? this.answer(method, url, headers, init?.body as ArrayBuffer | undefined);
    if (request === this.answerLost) throw new TypeError("network");
    return answer;
  };

  private answer(method: string, url: URL, headers: Headers, body?: ArrayBuffer): Response {
    const id = url.pathname.split("/").at(-1) ?? "";
    const have = this.stored.get(id);
    if (method === "POST") {
      expect(Object.fromEntries(url.searchParams)).toEqual({ order_id: "order 1", kind: "photo" });
      expect(headers.get("Upload-Length")).toBe(String(SIZE));
      expect(headers.get("Content-Type")).toBe("image/jpeg");
      if (!have) this.stored.set(id, new Uint8Array());
      return have ? at(200, have.length) : new Response(null, { status: 201 });
    }
    if (!have) return new Response(null, { status: 404 });
    if (method === "HEAD") return at(200, have.length);
    if (headers.get("Upload-Offset") !== String(have.length)) return new Response(null, { status: 409 });
    const piece = new Uint8Array(body ?? new ArrayBuffer());
    const whole = new Uint8Array(have.length + piece.length);
    whole.set(have);
    whole.set(piece, have.length);
    this.stored.set(id, whole);
    return at(204, whole.length);
  }
}

function at(status: number, offset: number): Response {
  return new Response(null, { status, headers: { "Upload-Offset": String(offset) } });
}

function someUploads(server: UploadServer) {
  const done: [string, boolean][] = [];
  const way = { isFree: true };
  const uploads = new Uploads({
    fetch: server.fetch,
    token: () => "tok",
    mayRun: () => way.isFree,
    onDone: (upload_id, ok) => done.push([upload_id, ok]),
    random: () => 0.5,
  });
  return { uploads, done, way };
}

const calm = () => vi.advanceTimersByTimeAsync(120_000);

test("a picture goes in pieces of 256 KiB, and arrives as it was", async () => {
  const server = new UploadServer();
  const { uploads, done } = someUploads(server);
  uploads.add(aPicture());
  await calm();
  expect(server.log).toEqual(["POST", "PATCH", "PATCH", "PATCH"]);
  expect(server.stored.get("upload-1")).toEqual(new Uint8Array(aPicture().bytes));
  expect(done).toEqual([["upload-1", true]]);
  expect(uploads.length).toBe(0);
});

test("an upload that an earlier life began goes on where it stood", async () => {
  const server = new UploadServer();
  server.stored.set("upload-1", new Uint8Array(aPicture().bytes.slice(0, PIECE)));
  const { uploads, done } = someUploads(server);
  uploads.add(aPicture());
  await calm();
  expect(server.log).toEqual(["POST", "PATCH", "PATCH"]);
  expect(done).toEqual([["upload-1", true]]);
});

test("a piece that arrived though its answer was lost is not sent again: the server is asked where it stands", async () => {
  const server = new UploadServer();
  const { uploads, done } = someUploads(server);
  server.answerLost = 2;
  uploads.add(aPicture());
  await calm();
  expect(server.log).toEqual(["POST", "PATCH", "POST", "PATCH", "PATCH"]);
  expect(server.stored.get("upload-1")).toHaveLength(SIZE);
  expect(done).toEqual([["upload-1", true]]);
});

test("a wrong offset is put right by asking", async () => {
  const server = new UploadServer();
  server.trouble = (method, request) =>
    method === "PATCH" && request === 2 ? new Response(null, { status: 409 }) : null;
  const { uploads, done } = someUploads(server);
  uploads.add(aPicture());
  await calm();
  expect(server.log.slice(0, 3)).toEqual(["POST", "PATCH", "HEAD"]);
  expect(done).toEqual([["upload-1", true]]);
});

test.each([400, 403, 404, 413, 415])("%i is final, and the next picture goes on", async (status) => {
  const server = new UploadServer();
  server.trouble = (_method, request) => (request === 1 ? new Response(null, { status }) : null);
  const { uploads, done } = someUploads(server);
  uploads.add(aPicture("bad"));
  uploads.add(aPicture("good"));
  await calm();
  expect(done).toEqual([
    ["bad", false],
    ["good", true],
  ]);
});

test.each([401, 408, 429, 500, 503])("%i is not: it is tried again later", async (status) => {
  const server = new UploadServer();
  server.trouble = (_method, request) => (request <= 3 ? new Response(null, { status }) : null);
  const { uploads, done } = someUploads(server);
  uploads.add(aPicture());
  await calm();
  expect(done).toEqual([["upload-1", true]]);
});

test("a server that never moves on is not asked in a circle", async () => {
  const server = new UploadServer();
  server.trouble = (method) => (method === "PATCH" ? at(204, 0) : null);
  const { uploads, done } = someUploads(server);
  uploads.add(aPicture());
  await calm();
  expect(done).toEqual([]);
  expect(server.log.length).toBeLessThan(60);
});

test("uploads wait while the link has other work, also between pieces, and go on when told", async () => {
  const server = new UploadServer();
  const { uploads, done, way } = someUploads(server);
  way.isFree = false;
  uploads.add(aPicture());
  await calm();
  expect(server.log).toEqual([]);
  server.trouble = (method) => {
    way.isFree = method !== "PATCH";
    return null;
  };
  way.isFree = true;
  uploads.kick();
  await calm();
  expect(server.log).toEqual(["POST", "PATCH"]);
  way.isFree = true;
  server.trouble = () => null;
  uploads.kick();
  await calm();
  expect(done).toEqual([["upload-1", true]]);
});

test("a nudge cuts the wait short; after stop nothing is sent", async () => {
  const server = new UploadServer();
  server.trouble = () => "lost";
  const { uploads } = someUploads(server);
  uploads.add(aPicture());
  await vi.advanceTimersByTimeAsync(0);
  expect(server.log).toHaveLength(1);
  uploads.nudge();
  await vi.advanceTimersByTimeAsync(0);
  expect(server.log).toHaveLength(2);
  uploads.stop();
  uploads.nudge();
  await calm();
  expect(server.log).toHaveLength(2);
});
