import { useEffect, useState } from "preact/hooks";

const SCRIPT = "/courier-sw.js";
const SCOPE = "/courier";
const PREFIX = "courier-shell-";
/** A phone that stays open for a shift looks for a new version so often. */
const LOOK_EVERY_MS = 3_600_000;

let waiting: ServiceWorker | null = null;
const listeners = new Set<() => void>();

/** Let the app work without a network. Where workers are not allowed (no https), it works as a page. */
export async function registerWorker(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const hadOne = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    document.documentElement.dataset.worker = "1";
    // The first worker takes a page that is as new as itself; a later one brings new files.
    if (hadOne) location.reload();
  });
  if (hadOne) document.documentElement.dataset.worker = "1";
  try {
    const registration = await navigator.serviceWorker.register(SCRIPT, { scope: SCOPE });
    watch(registration);
    setInterval(() => void registration.update().catch(() => {}), LOOK_EVERY_MS);
  } catch (error) {
    console.warn("courier: no offline start:", (error as Error).name);
  }
}

function watch(registration: ServiceWorkerRegistration): void {
  const look = () => {
    if (registration.waiting && navigator.serviceWorker.controller) tell(registration.waiting);
  };
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", look));
  look();
}

function tell(worker: ServiceWorker): void {
  waiting = worker;
  for (const listener of listeners) listener();
}

/** Whether a new version is on the phone and waits to be let in. */
export function useUpdate(): boolean {
  const [ready, setReady] = useState(waiting !== null);
  useEffect(() => {
    const show = () => setReady(waiting !== null);
    listeners.add(show);
    show();
    return () => {
      listeners.delete(show);
    };
  }, []);
  return ready;
}

/** Let the new version in; the page loads again when it is. */
export function applyUpdate(): void {
  if (waiting) waiting.postMessage("take-over");
  else location.reload();
}

/** The build that is on this phone; empty where none is kept. */
export function useVersion(): string {
  const [version, setVersion] = useState("");
  useEffect(() => {
    if (!("caches" in globalThis)) return;
    caches.keys().then(
      (names) => setVersion(names.find((name) => name.startsWith(PREFIX))?.slice(PREFIX.length) ?? ""),
      () => {},
    );
  }, []);
  return version;
}
