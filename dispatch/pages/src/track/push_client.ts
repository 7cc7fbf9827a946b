import { type Answer, call, type Refusal } from "../shared/call";
import { currentLang } from "../shared/i18n";

const SCRIPT = "/track-sw.js";
const SCOPE = "/t/";

/** Whether this browser can tell: `install` when only a page on the home screen may (iPhone, iPad). */
export type Support = "yes" | "install" | "no";

/** What this looks at of a browser's window. */
export interface Surroundings {
  isSecureContext: boolean;
  navigator: { serviceWorker?: unknown; standalone?: boolean };
  PushManager?: unknown;
  Notification?: unknown;
}

export function support(within: Surroundings): Support {
  if (!within.isSecureContext) return "no";
  if (within.navigator.serviceWorker && within.PushManager && within.Notification) return "yes";
  return within.navigator.standalone === false ? "install" : "no";
}

/** What came of an attempt to sign up or off. */
export type Outcome = { kind: "on" } | { kind: "off" } | { kind: "denied" } | { kind: "failed"; refusal: Refusal };

interface Shown {
  vapid_key: string;
  subscribed: boolean;
}

/** The browser itself could not do it. */
const BROWSER: Refusal = { code: "browser", detail: "", retry_after_s: 0 };

/** Whether this browser is told of this order's changes; what it once wanted and has lost is signed up again. */
export async function look(token: string, orderId: string): Promise<Outcome> {
  // Who has blocked notices is told so when they ask for them, and when they have asked before.
  if (Notification.permission === "denied") return { kind: wanted(orderId) ? "denied" : "off" };
  const registration = await navigator.serviceWorker.getRegistration(SCOPE);
  const subscription = await registration?.pushManager.getSubscription();
  if (subscription) {
    const answer = await call<Shown>(await pathOf(token, subscription.endpoint));
    if (!answer.ok) return { kind: "off" };
    if (answer.value.subscribed) return { kind: "on" };
  }
  return wanted(orderId) && Notification.permission === "granted" ? signUp(token, orderId) : { kind: "off" };
}

/** Ask the reader, the browser and the server, in this order: the first must be asked while their tap is fresh. */
export async function signUp(token: string, orderId: string): Promise<Outcome> {
  const permission = await Notification.requestPermission();
  if (permission !== "granted") return { kind: permission === "denied" ? "denied" : "off" };
  const shown = await call<Shown>(path(token));
  if (!shown.ok) return { kind: "failed", refusal: shown.refusal };
  const subscription = await subscribed(shown.value.vapid_key).catch((error: unknown) => {
    console.warn("push:", error);
    return null;
  });
  if (!subscription) return { kind: "failed", refusal: BROWSER };
  const answer = await put(token, subscription);
  if (!answer.ok) return { kind: "failed", refusal: answer.refusal };
  want(orderId, true);
  return { kind: "on" };
}

/** Tell this browser nothing more of this order. Its subscription stays: it may be for another order, too. */
export async function signOff(token: string, orderId: string): Promise<Outcome> {
  want(orderId, false);
  const registration = await navigator.serviceWorker.getRegistration(SCOPE);
  const subscription = await registration?.pushManager.getSubscription();
  if (!subscription) return { kind: "off" };
  const answer = await call<Shown>(await pathOf(token, subscription.endpoint), { method: "DELETE" });
  return answer.ok ? { kind: "off" } : { kind: "failed", refusal: answer.refusal };
}

/** Tell the server in which language, after the reader chose another one. */
export async function tellLanguage(token: string): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration(SCOPE);
  const subscription = await registration?.pushManager.getSubscription();
  if (subscription) await put(token, subscription);
}

async function subscribed(vapidKey: string): Promise<PushSubscription> {
  await navigator.serviceWorker.register(SCRIPT, { scope: SCOPE });
  const { pushManager } = await navigator.serviceWorker.ready;
  const key = bytesOf(vapidKey);
  const held = await pushManager.getSubscription();
  if (held && isFor(held, key)) return held;
  await held?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

/** Whether a subscription was made for this server's key; with another one it is void. */
function isFor(held: PushSubscription, key: Uint8Array): boolean {
  const made = held.options.applicationServerKey;
  return !made || String(new Uint8Array(made)) === String(key);
}

function put(token: string, subscription: PushSubscription): Promise<Answer<Shown>> {
  const { endpoint, keys = {} } = subscription.toJSON();
  const lang = currentLang();
  const utc_offset_min = -new Date().getTimezoneOffset();
  return call(path(token), {
    method: "PUT",
    body: { endpoint, p256dh: keys.p256dh, auth: keys.auth, lang, utc_offset_min },
  });
}

function path(token: string): string {
  return `/v1/track/${encodeURIComponent(token)}/push`;
}

/** With what the server knows the subscription by: its endpoint is a secret and stands in no address. */
async function pathOf(token: string, endpoint: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint)));
  const mark = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${path(token)}?mark=${mark}`;
}

export function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const plain = base64url.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(plain), (letter) => letter.charCodeAt(0));
}

const REMEMBERED = "dispatch.push.";

function wanted(orderId: string): boolean {
  try {
    return localStorage.getItem(REMEMBERED + orderId) === "1";
  } catch {
    return false;
  }
}

function want(orderId: string, told: boolean): void {
  try {
    if (told) localStorage.setItem(REMEMBERED + orderId, "1");
    else localStorage.removeItem(REMEMBERED + orderId);
  } catch {
    // Private windows may refuse storage: then a lost subscription is not made again by itself.
  }
}
