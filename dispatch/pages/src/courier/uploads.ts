import { backoff_ms } from "../shared/protocol/backoff";
import type { ProofKind } from "../shared/protocol/courier_messages";

/** A picture that waits on this phone. Bytes rather than a Blob: some browsers lose Blobs from IndexedDB. */
export interface Picture {
  upload_id: string;
  order_id: string;
  kind: Extract<ProofKind, "photo" | "signature">;
  /** image/jpeg, image/png or image/webp. */
  type: string;
  bytes: ArrayBuffer;
}

export interface UploadsParts {
  fetch: typeof fetch;
  token: () => string;
  /** Whether uploads may use the link now: it is live, and no action waits. */
  mayRun: () => boolean;
  /** The picture is with the server, or was refused for good. */
  onDone: (upload_id: string, ok: boolean) => void;
  random: () => number;
}

/** How an exchange ended: go on at an offset, it is final, try again later, or the link has other work now. */
type Step = { offset: number } | "refused" | "later" | "paused";

const PIECE_BYTES = 256 * 1024;
const ANSWER_WITHIN_MS = 60_000;
const CONFLICT = 409;
/** These say "not now"; every other 4xx is about the picture itself. */
const PASSING_CODES: readonly number[] = [401, 408, CONFLICT, 429];

/**
 * Sends pictures one after another in pieces, and goes on where it was after any interruption (tus 1.0 in manner, with
 * an id that the phone chose). It yields to everything else: it runs only while `mayRun` says so.
 */
export class Uploads {
  private readonly waiting: Picture[] = [];
  private isRunning = false;
  private isStopped = false;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private exchange: AbortController | null = null;

  constructor(private readonly parts: UploadsParts) {}

  get length(): number {
    return this.waiting.length;
  }

  add(picture: Picture): void {
    this.waiting.push(picture);
    this.kick();
  }

  /** Something has changed: go on if possible. */
  kick(): void {
    if (this.isRunning || this.isStopped || this.timer !== undefined) return;
    this.isRunning = true;
    void this.run().finally(() => {
      this.isRunning = false;
    });
  }

  /** The device is online again: do not sit out the back-off. */
  nudge(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.kick();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.exchange?.abort();
  }

  private async run(): Promise<void> {
    for (let picture = this.waiting[0]; picture && this.mayGoOn(); picture = this.waiting[0]) {
      const end = await this.send(picture);
      if (this.isStopped || end === "paused") return;
      if (end === "later") return this.waitABit();
      this.failures = 0;
      this.waiting.shift();
      this.parts.onDone(picture.upload_id, end === "done");
    }
  }

  private mayGoOn(): boolean {
    return !this.isStopped && this.parts.mayRun();
  }

  private waitABit(): void {
    const wait_ms = backoff_ms(this.failures, this.parts.random);
    this.failures += 1;
    this.timer = setTimeout(() => this.nudge(), wait_ms);
  }

  /** Send one picture from where it stands; a step that brings nothing forward ends the attempt. */
  private async send(picture: Picture): Promise<"done" | "refused" | "later" | "paused"> {
    const size = picture.bytes.byteLength;
    let step = await this.begin(picture);
    while (typeof step === "object" && step.offset < size) {
      if (!this.mayGoOn()) return "paused";
      const { offset } = step;
      step = await this.sendPiece(picture, offset);
      if (typeof step === "object" && step.offset <= offset) return "later";
    }
    return typeof step === "object" ? "done" : step;
  }

  private begin(picture: Picture): Promise<Step> {
    const { order_id, kind, type, bytes } = picture;
    const headers = { "Upload-Length": String(bytes.byteLength), "Content-Type": type };
    const query = `?order_id=${encodeURIComponent(order_id)}&kind=${kind}`;
    return this.ask(picture, { method: "POST", headers }, query);
  }

  private sendPiece(picture: Picture, offset: number): Promise<Step> {
    const headers = { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
    const body = picture.bytes.slice(offset, offset + PIECE_BYTES);
    return this.ask(picture, { method: "PATCH", headers, body });
  }

  private async ask(picture: Picture, init: RequestInit, query = ""): Promise<Step> {
    const response = await this.exchangeWith(picture, init, query);
    if (!response) return "later";
    if (response.ok) return offsetOf(response, init.method === "POST");
    if (response.status === CONFLICT && init.method !== "HEAD") return this.ask(picture, { method: "HEAD" });
    const isFinal = response.status >= 400 && response.status < 500 && !PASSING_CODES.includes(response.status);
    return isFinal ? "refused" : "later";
  }

  /** One request; null if no answer came. */
  private async exchangeWith(picture: Picture, init: RequestInit, query: string): Promise<Response | null> {
    const exchange = new AbortController();
    this.exchange = exchange;
    const timer = setTimeout(() => exchange.abort(), ANSWER_WITHIN_MS);
    const headers = { ...init.headers, Authorization: `Bearer ${this.parts.token()}` };
    try {
      const url = `/v1/uploads/${encodeURIComponent(picture.upload_id)}${query}`;
      return await this.parts.fetch(url, { ...init, headers, signal: exchange.signal });
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Where the server stands; a picture that was only just begun stands at 0 if the answer does not say. */
function offsetOf(response: Response, isNew: boolean): Step {
  const told = response.headers.get("Upload-Offset");
  if (told === null) return isNew ? { offset: 0 } : "later";
  const offset = Number(told);
  return Number.isSafeInteger(offset) && offset >= 0 ? { offset } : "later";
}
