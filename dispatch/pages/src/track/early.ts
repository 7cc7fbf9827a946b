import type { EarlySocket } from "../shared/protocol/early";

/**
 * Says hello for the page while its own code is still on its way: two round trips that nobody waits for. It imports
 * nothing but types, so that it is one small file; the page's `LiveClient` takes the socket over.
 */
const token = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const scheme = location.protocol === "https:" ? "wss" : "ws";
const socket = new WebSocket(`${scheme}://${location.host}/v1/live`, "live.v1.json");
const early: EarlySocket = { socket, sent_ms: 0, heard: [], closed: null };
window.dispatchEarly = early;
socket.onopen = () => {
  early.sent_ms = performance.now();
  socket.send(JSON.stringify({ t: "hello", v: 1, track: token }));
};
socket.onmessage = (event) => early.heard.push(String(event.data));
socket.onclose = ({ code, reason }) => {
  early.closed = { code, reason };
};
