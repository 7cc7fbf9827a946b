import { newId, takeOver } from "./device";
import type { Kept, Phone } from "./port";
import { CourierPhone, type PhoneParts } from "./running_phone";
import { courierUrl } from "./socket";
import { type OnDisk, PhoneDisk } from "./storage";
import { type KeptToken, readToken } from "./token";

/** A phone ready to start, and what was kept from before the app was last closed. */
export interface Opened<View> {
  phone: Phone<View>;
  kept: Kept<View>;
}

function browserParts(): PhoneParts {
  return {
    url: courierUrl(),
    app: "courier-web",
    database: "courier",
    mono: () => Math.round(performance.now()),
    wall: () => Date.now(),
    random: Math.random,
    // The browser's own functions lose their owner when they are taken out of it.
    fetch: (input, init) => fetch(input, init),
    openSocket: (url, protocol) => new WebSocket(url, protocol),
    geolocation: navigator.geolocation,
    locks: navigator.locks,
  };
}

/** The phone of the courier who is signed in on this device; null if nobody is. Call `start` after subscribing. */
export function openPhone<View>(parts: PhoneParts = browserParts()): Promise<Opened<View> | null> {
  return open<View>(parts, null);
}

/**
 * Sign a courier in: the phone keeps the token. If somebody else was signed in before, nothing of them is left; if it
 * was the same courier (whose token had ended), all that waits still goes out.
 */
export async function signIn<View>(token: string, parts: PhoneParts = browserParts()): Promise<Opened<View>> {
  const opened = await open<View>(parts, { token, got_wall_ms: parts.wall() });
  if (!opened) throw new Error("A phone with a token always opens.");
  return opened;
}

/** The phone of this tab: a new one takes its place. */
let running: { overtaken(): void } | null = null;

async function open<View>(parts: PhoneParts, fresh: KeptToken | null): Promise<Opened<View> | null> {
  running?.overtaken();
  let phone: CourierPhone<View> | null = null;
  let isLost = false;
  const giveBack = await takeOver(() => {
    isLost = true;
    phone?.overtaken();
  }, parts.locks);
  const disk = await PhoneDisk.open(parts.database);
  const found = fresh ? await loadFor(disk, fresh) : await disk.load(newId());
  if (!found.token) {
    disk.close();
    giveBack();
    return null;
  }
  running = phone = new CourierPhone<View>(parts, disk, { ...found, token: found.token }, giveBack);
  if (isLost) phone.overtaken();
  const { view, position, actions } = found;
  return { phone, kept: { view: view as View | null, position: view ? position : null, actions } };
}

/** What the disk holds for the courier of this token. */
async function loadFor(disk: PhoneDisk, fresh: KeptToken): Promise<OnDisk> {
  const found = await disk.load(newId());
  const before = found.token && readToken(found.token.token)?.subject;
  if (before !== readToken(fresh.token)?.subject) await disk.wipe();
  const left = await disk.load(found.device_id);
  await disk.keepToken(fresh);
  return { ...left, token: fresh };
}
