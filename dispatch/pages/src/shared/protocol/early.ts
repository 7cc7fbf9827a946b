/** A socket that was opened before the code that needs it was there, and what it has heard by then. */
export interface EarlySocket {
  socket: WebSocket;
  /** When its hello went out (local monotonic time); 0: not yet. */
  sent_ms: number;
  heard: string[];
  closed: { code: number; reason: string } | null;
}

declare global {
  interface Window {
    dispatchEarly?: EarlySocket | undefined;
  }
}

/** The page's early socket, once: whoever comes back later opens one of its own. */
export function takeEarly(): EarlySocket | null {
  const early = window.dispatchEarly ?? null;
  window.dispatchEarly = undefined;
  return early;
}
