/**
 * The app's service worker: keeps the files of one build on the phone, so that the app opens without a network.
 *
 * It knows nothing of couriers. What the API says is never kept here (`/v1/` goes past it), and a new build is fetched
 * as a whole beside the old one; it takes over when the app says so, at a moment in which nothing is under way.
 */

/** What the build writes in front of this script: the files of the app, and a name that changes with any of them. */
interface Shell {
  version: string;
  files: readonly string[];
}

interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

interface WorkerScope {
  readonly SHELL: Shell;
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
const PREFIX = "courier-shell-";
const PAGE = "/courier";
const kept = PREFIX + scope.SHELL.version;
const files = new Set(scope.SHELL.files);

scope.addEventListener("install", (event) => event.waitUntil(keepAll()));
scope.addEventListener("activate", (event) => event.waitUntil(takeOver()));
scope.addEventListener("message", (event) => {
  if (event.data === "take-over") void scope.skipWaiting();
});
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== scope.location.origin || pathname.startsWith("/v1/")) return;
  if (request.mode === "navigate" ? pathname === PAGE : files.has(pathname))
    event.respondWith(answer(request, pathname));
});

/** All or nothing: a build that is only half here would break without a network. */
async function keepAll(): Promise<void> {
  const cache = await caches.open(kept);
  await cache.addAll(scope.SHELL.files.map((file) => new Request(file, { cache: "no-cache" })));
}

async function takeOver(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== kept);
  await Promise.all(old.map((name) => caches.delete(name)));
  await scope.clients.claim();
}

/** The file as this build has it; from the network only when the browser has thrown it away. */
async function answer(request: Request, pathname: string): Promise<Response> {
  const cache = await caches.open(kept);
  return (await cache.match(pathname, { ignoreVary: true })) ?? fetch(request);
}
