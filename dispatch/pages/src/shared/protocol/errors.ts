/** Any violation of the protocol. The sentence never holds what the other side sent: it may be logged. */
export class ProtocolError extends Error {}

/** This side was about to break the protocol: a bug of the caller, and nothing was sent. */
export class LocalProtocolError extends ProtocolError {}

/** The server broke the protocol; `code` is a stable word for programs. */
export class RemoteProtocolError extends ProtocolError {
  constructor(
    readonly code: "frame_too_big" | "malformed_frame" | "invalid_message" | "bad_ack",
    detail: string,
  ) {
    super(detail);
  }
}
