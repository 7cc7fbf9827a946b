"""A watcher's session on the client, for `/v1/live`: `ClientLink` plus the order of snapshots and changes.

    LIVE, input                  effect                                              next
    zone_snapshot track_snapshot the reader stands at it, Tell                       LIVE
    zone_change, track_change    NEXT: Tell. DUPLICATE: nothing.                     LIVE
                                 GAP: Close(STREAM_GAP); the next hello asks for a   CLOSING
                                 snapshot
    fixes, clusters, link,       Tell                                                LIVE
    attending, error

The welcome is told as well, for it starts the app's clock.
"""

from random import Random
from typing import ClassVar

import msgspec

from courier_protocol.client_link import ClientLink, ClientState, Table
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import check
from courier_protocol.errors import LocalProtocolError
from courier_protocol.live import (
    Attend,
    Attending,
    Clusters,
    Fixes,
    LinkChanged,
    Look,
    PackedFixes,
    Paths,
    TrackChange,
    TrackSnapshot,
    View,
    WatchHello,
    WatchWelcome,
    ZoneChange,
    ZoneSnapshot,
)
from courier_protocol.messages import ErrorMessage, Message, Pong
from courier_protocol.outputs import Output, Tell
from courier_protocol.packed import unpack
from courier_protocol.stream import Step


class WatchClientSession(ClientLink):
    """One watcher's session: staff give `token` and `zone`, a shopper gives `track`.

    Staff may ask for `packed` places, which are told as `Fixes` all the same, and for what fits their screen by `look`.
    """

    table: ClassVar[Table]

    def __init__(self, rng: Random, *, token: str = "", zone: str = "", track: str = "", packed: bool = False) -> None:
        if bool(track) == bool(token) or bool(token) != bool(zone):
            raise LocalProtocolError("A watcher gives either track, or token and zone.")
        self._greeting = WatchHello(track=track, token=token, zone=zone, packed=packed)
        check(self._greeting)
        self._looks_elsewhere = False
        self._attend: Attend | None = None
        self._attends_elsewhere = False
        super().__init__(rng)

    def look(self, view: View | None) -> None:
        """What is on the screen from now on, also after a reconnect; None: all of the zone."""
        greeting = msgspec.structs.replace(self._greeting, look=view)
        check(greeting)
        self._greeting = greeting
        self._looks_elsewhere = True

    def attend(self, attend: Attend) -> None:
        """What staff have open from now on, also after a reconnect."""
        check(attend)
        self._attend = attend
        self._attends_elsewhere = True

    def _hello(self, _device_ms: int) -> Message:
        self._looks_elsewhere = False
        self._attends_elsewhere = self._attend is not None
        return msgspec.structs.replace(self._greeting, resume=self.reader.position)

    def _due(self, mono_ms: int, device_ms: int) -> list[Message]:
        told: list[Message] = [Look(self._greeting.look)] if self._looks_elsewhere else []
        if self._attends_elsewhere and self._attend:
            told.append(self._attend)
        self._looks_elsewhere = self._attends_elsewhere = False
        return told + self._due_ping(mono_ms, device_ms, None)

    def _welcome_watcher(self, welcome: WatchWelcome, mono_ms: int) -> list[Output]:
        return self._welcome(welcome, mono_ms) or [Tell(welcome)]

    def _snapshot(self, snapshot: ZoneSnapshot | TrackSnapshot, _mono_ms: int) -> list[Output]:
        self.reader.reset(snapshot.epoch, snapshot.seq)
        return [Tell(snapshot)]

    def _change(self, change: ZoneChange | TrackChange, _mono_ms: int) -> list[Output]:
        step = self.reader.offer(change.epoch, change.prev, change.seq)
        if step is Step.GAP:
            self.reader.forget()
            return self._close(CloseCode.STREAM_GAP)
        return [Tell(change)] if step is Step.NEXT else []

    def _unpack(self, message: PackedFixes, _mono_ms: int) -> list[Output]:
        try:
            return [Tell(Fixes(unpack(message)))]
        except LocalProtocolError as error:
            return self._close(CloseCode.PROTOCOL_ERROR, str(error))

    def _tell(self, message: Message, _mono_ms: int) -> list[Output]:
        return [Tell(message)]


WatchClientSession.table = {
    ClientState.OFFLINE: {},
    ClientState.GREETING: {WatchWelcome: WatchClientSession._welcome_watcher},
    ClientState.LIVE: {
        ZoneSnapshot: WatchClientSession._snapshot,
        TrackSnapshot: WatchClientSession._snapshot,
        ZoneChange: WatchClientSession._change,
        TrackChange: WatchClientSession._change,
        Fixes: WatchClientSession._tell,
        PackedFixes: WatchClientSession._unpack,
        Clusters: WatchClientSession._tell,
        LinkChanged: WatchClientSession._tell,
        Paths: WatchClientSession._tell,
        Attending: WatchClientSession._tell,
        ErrorMessage: WatchClientSession._tell,
        Pong: WatchClientSession._pong,
    },
    ClientState.CLOSING: {},
    ClientState.ENDED: {},
}
