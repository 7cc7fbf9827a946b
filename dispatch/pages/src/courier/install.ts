/** The browser's own offer to put the app on the home screen, where it makes one. */
interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

let offered: InstallPrompt | null = null;

/** Keep the browser's offer for the moment when the courier asks for it. Call once, early. */
export function watchForInstall(): void {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offered = event as InstallPrompt;
  });
  addEventListener("appinstalled", () => {
    offered = null;
  });
}

export function canInstall(): boolean {
  return offered !== null;
}

export async function install(): Promise<void> {
  const prompt = offered;
  offered = null;
  await prompt?.prompt().catch(() => {});
}

/** Whether the app was opened from the home screen. */
export function isInstalled(): boolean {
  return matchMedia("(display-mode: standalone)").matches;
}

/** Safari makes no offer: there one is told the way. */
export function isIos(): boolean {
  return /iPhone|iPad/.test(navigator.userAgent);
}
