/** Small doings of the device that a courier's app needs, each silent where the browser does not have it. */

/** A random UUID (version 4); also where the page is not served over https, as in a demo on a local network. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

interface Battery {
  readonly level: number;
}

/** Reads the battery's charge in [0, 1]; undefined where the browser does not tell it. */
export function batteryReader(): () => number | undefined {
  let battery: Battery | undefined;
  const asks = globalThis.navigator as Navigator & { getBattery?: () => Promise<Battery> };
  asks?.getBattery?.().then(
    (found) => {
      battery = found;
    },
    () => undefined,
  );
  return () => battery?.level;
}

/** Keeps the screen on while wanted. The system takes the lock away with the page's visibility: ask again then. */
export class WakeLock {
  private lock: WakeLockSentinel | null = null;
  private isWanted = false;

  want(isWanted: boolean): void {
    this.isWanted = isWanted;
    void this.settle();
  }

  /** Get or give back the lock, as is wanted now. */
  async settle(): Promise<void> {
    if (!this.isWanted) {
      await this.lock?.release().catch(() => undefined);
      this.lock = null;
    } else if (!this.lock || this.lock.released) {
      this.lock = (await globalThis.navigator?.wakeLock?.request("screen").catch(() => null)) ?? null;
      if (!this.isWanted) await this.settle();
    }
  }
}

/**
 * Make this tab the one that runs the session; an older tab of the same app loses it, and its `onLost` is called.
 * Resolves with what gives it back. Without Web Locks the server's own rule (the newest session wins) has to do.
 */
export function takeOver(onLost: () => void, locks: LockManager | undefined): Promise<() => void> {
  if (!locks) return Promise.resolve(() => undefined);
  const { promise: kept, resolve: giveBack } = deferred();
  return new Promise((hold) => {
    let isHeld = false;
    const holds = () => {
      isHeld = true;
      hold(giveBack);
      return kept;
    };
    // A browser that refuses locks altogether is one without them.
    const refused = () => (isHeld ? onLost() : hold(giveBack));
    locks.request("courier-session", { steal: true }, holds).catch(refused);
  });
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
