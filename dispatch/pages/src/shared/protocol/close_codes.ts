/**
 * Numbered reasons for the end of a session: the mirror of `courier_protocol/close_codes.py`.
 *
 * 3000-3499: come back with back-off; 3500-3999: do not come back until something has changed, also for codes that
 * are not listed here. Any other code, and a link that died without one, counts as a network failure.
 */
export const CloseCode = {
  SERVER_DRAINING: 3000,
  SLOW_CONSUMER: 3001,
  HEARTBEAT_TIMEOUT: 3002,
  HELLO_TIMEOUT: 3003,
  TRY_AGAIN: 3004,
  RATE_EXCEEDED: 3005,
  STREAM_GAP: 3006,
  BYE: 3007,
  BAD_TOKEN: 3500,
  FORBIDDEN: 3501,
  SUPERSEDED: 3502,
  UNSUPPORTED: 3503,
  PROTOCOL_ERROR: 3504,
  FRAME_TOO_BIG: 3505,
  LINK_EXPIRED: 3506,
} as const;

/** Whether a client must not come back by itself after this close code. */
export function isFinal(code: number): boolean {
  return code >= 3500 && code <= 3999;
}
