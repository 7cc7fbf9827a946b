/**
 * The worker of the shopper's page: shows what the server tells of an order while the page is closed. It keeps nothing.
 *
 * Messages are declarative (Push API, "declarative push message"): browsers that know them need no worker for them.
 */

export {}; // Its names are its own: the courier's worker has some of the same.

interface Told {
  title: string;
  body?: string;
  lang?: string;
  tag?: string;
  /** The page of the order. */
  navigate?: string;
}

interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface PushEvent extends ExtendableEvent {
  readonly data: { json(): unknown } | null;
}

interface ClickEvent extends ExtendableEvent {
  readonly notification: Notification;
}

interface Tab {
  readonly url: string;
  focus(): Promise<unknown>;
}

interface WorkerScope {
  readonly location: Location;
  readonly registration: ServiceWorkerRegistration;
  readonly clients: {
    matchAll(which: { type: "window"; includeUncontrolled: boolean }): Promise<readonly Tab[]>;
    openWindow(url: string): Promise<unknown>;
    claim(): Promise<void>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: "push", listener: (event: PushEvent) => void): void;
  addEventListener(type: "notificationclick", listener: (event: ClickEvent) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
const ICON = "/courier-icons/192.png";

scope.addEventListener("install", (event) => event.waitUntil(scope.skipWaiting()));
scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim()));
scope.addEventListener("push", (event) => {
  const told = (event.data?.json() as { notification?: Told } | undefined)?.notification;
  if (told) event.waitUntil(show(told));
});
scope.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open((event.notification.data as { navigate?: string } | null)?.navigate ?? "/t"));
});

/** A newer one of the same order takes the place of the older, and is heard again. */
function show({ title, body = "", lang = "", tag = "", navigate }: Told): Promise<void> {
  const looks = { body, lang, tag, icon: ICON, data: { navigate }, ...(tag && { renotify: true }) };
  return scope.registration.showNotification(title, looks as NotificationOptions);
}

/** The order's page: the tab that shows it, else a new one. Never another server's. */
async function open(page: string): Promise<void> {
  const url = new URL(page, scope.location.origin);
  if (url.origin !== scope.location.origin) return;
  const tabs = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  const tab = tabs.find((each) => new URL(each.url).pathname === url.pathname);
  await (tab ? tab.focus() : scope.clients.openWindow(url.href));
}
