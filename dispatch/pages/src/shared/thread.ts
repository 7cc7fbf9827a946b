import type { MessageView, Party } from "./protocol/messages";

/** A message may have at most so many characters. */
export const MAX_TEXT_LENGTH = 500;

/** Messages to `reader` that came after they last wrote, and after the message that they last saw. */
export function unreadIn(thread: readonly MessageView[], reader: Party, last_seen_id = ""): number {
  const from = 1 + thread.findLastIndex(({ id, sender }) => id === last_seen_id || sender === reader);
  return thread.slice(from).filter(({ to }) => to === reader).length;
}

/** The part of a text that may be sent; empty: nothing. */
export function sendable(text: string): string {
  return text.trim().slice(0, MAX_TEXT_LENGTH);
}
