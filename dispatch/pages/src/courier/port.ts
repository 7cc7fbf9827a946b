import type { CourierAction, Fix, Policy, ProofKind, Push, Reply, Resync } from "../shared/protocol/courier_messages";
import type { StreamPosition } from "../shared/protocol/messages";

/**
 * What the views ask of the phone, and what they are told: the line between the app that people see and the machinery
 * below it (session, IndexedDB, uploads, geolocation). `phone.ts` fills it.
 */

/** Where the link stands. `since_ms` is local monotonic time. */
export type PhoneLink =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "waiting"; since_ms: number; retry_at_ms: number }
  /** The server ended the session for good (3500-3999): signed in elsewhere, token over, app too old. */
  | { kind: "ended"; code: number; reason: string };

/** What still waits on this phone. */
export interface PhoneQueue {
  actions: number;
  fixes: number;
  uploads: number;
}

/** An action as the views make it: the phone adds its id and the time. */
export type Doing = CourierAction extends infer Each
  ? Each extends CourierAction
    ? Omit<Each, "id" | "at_ms">
    : never
  : never;

export type PhoneEvent =
  | { kind: "link"; link: PhoneLink }
  | { kind: "queue"; queue: PhoneQueue }
  /** Apply, save with `saveView`, then call `handled`. */
  | { kind: "push"; push: Push }
  | { kind: "resync"; resync: Resync }
  | { kind: "policy"; policy: Policy }
  /** An action is on the phone's disk (the first tick), was given to the link, or has the server's word (the second). */
  | { kind: "kept"; action: CourierAction }
  | { kind: "settled"; action: CourierAction; reply: Reply }
  | { kind: "place"; fix: Fix }
  | { kind: "place_trouble"; code: "denied" | "unavailable" }
  /** A picture is with the server, or was refused for good. */
  | { kind: "uploaded"; upload_id: string; ok: boolean };

/** What was kept from before the app was last closed. */
export interface Kept<View> {
  view: View | null;
  position: StreamPosition | null;
  actions: readonly CourierAction[];
}

export interface Phone<View> {
  /** Business time now; known offline, too, from the last sample of the server's clock. */
  now_ms(): number;
  /** How fast business time runs against the wall. */
  readonly rate: number;
  /** The courier's newest token, for what is asked over HTTP. */
  readonly token: string;
  readonly link: PhoneLink;
  readonly queue: PhoneQueue;
  subscribe(listener: (event: PhoneEvent) => void): () => void;
  /** Connect, and from then on come back by itself. */
  start(): void;
  /** The device is online again or was woken: do not sit out the back-off. */
  nudge(): void;
  /** Keep an action and send it as soon as there is a link; returns its id at once. It survives a reload. */
  act(doing: Doing): string;
  /** Take back an action that was not given to any link yet; false when it is too late. */
  withdraw(action_id: string): boolean;
  /** Keep a picture for later: it is uploaded when the link allows, piece by piece. Returns the upload's id at once. */
  keepPicture(picture: Blob, kind: Extract<ProofKind, "photo" | "signature">, order_id: string): string;
  /** Save what the views hold, at this place of the stream: what the next start begins with. */
  saveView(view: View, position: StreamPosition | null): void;
  /** The app is done with every push up to `seq`. */
  handled(seq: number): void;
  /** Report places from now on (on duty), or stop. */
  watchPlace(on: boolean): void;
  /** Say goodbye, and leave nothing of this courier on the device. */
  signOut(): Promise<void>;
}
