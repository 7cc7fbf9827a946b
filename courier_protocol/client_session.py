"""The courier's session on the phone: `ClientLink` plus fixes, actions and pushes.

    LIVE, input               effect                                              next
    push: NEXT                Tell; `handled` later makes the ack                 LIVE
    push: DUPLICATE           the ack is repeated                                 LIVE
    push: GAP                 Close(STREAM_GAP), to resume with a new link        CLOSING
    resync                    the reader stands at it, Tell                       LIVE
    reply                     Settle, the action leaves the outbox                LIVE
    error with an action's id Settle with ok=False                                LIVE
    pos_ack                   the fixes leave the outbox                          LIVE
    policy, other errors      Tell                                                LIVE

A frame of `outgoing` holds, in this order: an ack, a ping, actions, one batch of fixes with the newest first.

At least once: an action stays in the outbox, in order, until its reply and is sent again on every link; the server
knows its id. A push is acknowledged when the app has handled it; resuming asks for what follows the last push that was
*received*, for those before it are in the app's hands. (An app that may die with pushes in its hands must write them
down first.) An app that leaves MAX_UNHANDLED_PUSHES lying is told the whole state anew instead.
"""

from collections import deque
from random import Random
from typing import ClassVar

from courier_protocol.client_link import ClientLink, ClientState, Table
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import check, encode_one
from courier_protocol.errors import LocalProtocolError, RemoteProtocolError
from courier_protocol.fix_outbox import FixOutbox
from courier_protocol.messages import (
    MAX_OPEN_ACTIONS,
    MAX_UNACKED_PUSHES,
    Ack,
    Action,
    Bye,
    ErrorMessage,
    Fix,
    Hello,
    Message,
    Policy,
    Pong,
    PositionsAck,
    Push,
    Refresh,
    Reply,
    Resync,
    Welcome,
)
from courier_protocol.outputs import Output, Settle, Tell
from courier_protocol.stream import Step

__all__ = ["MAX_ACTIONS", "MAX_UNHANDLED_PUSHES", "ClientSession", "ClientState"]

ACTIONS_PER_FRAME = 8
MAX_ACTION_BYTES = 32_768
ACTION_BYTES_PER_FRAME = 36_864
"""In JSON, the longer encoding: so many bytes of actions and a full batch of fixes stay below the frame limit."""
MAX_UNHANDLED_PUSHES = 4 * MAX_UNACKED_PUSHES
MAX_ACTIONS = 1_024


class ClientSession(ClientLink):
    """One courier's session on the phone. `device_id` names the phone; `welcome` is the newest one."""

    table: ClassVar[Table]

    def __init__(self, token: str, device_id: str, rng: Random, app: str = "") -> None:
        check(Hello(token=token, device_id=device_id, app=app))
        self.welcome: Welcome | None = None
        self.fixes = FixOutbox()
        self._token, self._device_id, self._app = token, device_id, app
        self._last_fix: Fix | None = None
        self._unhandled: deque[int] = deque()
        self._actions: dict[str, Action | Refresh] = {}
        super().__init__(rng)

    def _begin(self, mono_ms: int) -> None:
        super()._begin(mono_ms)
        self.fixes.restart()
        self._ack_due: int | None = None
        self._unsent = deque(self._actions)
        self._open: set[str] = set()

    # --- what the courier does ----------------------------------------------------------------------------------

    def add_fix(self, fix: Fix) -> None:
        """Queue a fix; LocalProtocolError if a value is out of range."""
        check(fix)
        self._last_fix = fix
        self.fixes.add(fix)

    def submit(self, action: Action | Refresh) -> None:
        """Put an action into the outbox, until a Settle names its id. A newer token counts from now on.

        Raises LocalProtocolError if a value is out of range, the action is longer than MAX_ACTION_BYTES, the id is in
        use or MAX_ACTIONS wait, and what ended the session if it has ended.
        """
        if self.ended:
            raise self.ended
        check(action)
        if action.id in self._actions or len(self._actions) >= MAX_ACTIONS:
            raise LocalProtocolError(f"An action needs a new id, and at most {MAX_ACTIONS} wait for their reply.")
        if _size(action) > MAX_ACTION_BYTES:
            raise LocalProtocolError(f"An action has at most {MAX_ACTION_BYTES} bytes; report fewer orders at once.")
        self._actions[action.id] = action
        self._unsent.append(action.id)
        if isinstance(action, Refresh):
            self._token = action.token

    def handled(self, seq: int) -> None:
        """The app is done with every push up to `seq`."""
        while self._unhandled and self._unhandled[0] <= seq:
            self._ack_due = self._unhandled.popleft()

    @property
    def waiting_actions(self) -> int:
        """How many actions have no reply so far."""
        return len(self._actions)

    # --- what is to be sent -------------------------------------------------------------------------------------

    def _hello(self, device_ms: int) -> Message:
        return Hello(
            token=self._token,
            device_id=self._device_id,
            device_ms=device_ms,
            resume=self.reader.position,
            app=self._app,
        )

    def _due(self, mono_ms: int, device_ms: int) -> list[Message]:
        messages = self._due_ack() + self._due_ping(mono_ms, device_ms, self._last_fix) + self._due_actions()
        batch = self.fixes.next_batch()
        return messages if batch is None else [*messages, batch]

    def _due_ack(self) -> list[Message]:
        seq, self._ack_due = self._ack_due, None
        return [] if seq is None else [Ack(seq=seq)]

    def _due_actions(self) -> list[Message]:
        actions: list[Message] = []
        room_bytes = ACTION_BYTES_PER_FRAME
        while self._unsent and len(actions) < ACTIONS_PER_FRAME and len(self._open) < MAX_OPEN_ACTIONS:
            action = self._actions.get(self._unsent[0])
            if action is not None:
                room_bytes -= _size(action)
                if room_bytes < 0:
                    break
                self._open.add(action.id)
                actions.append(action)
            self._unsent.popleft()
        return actions

    def _last_words(self) -> list[Message]:
        return [Bye()]

    # --- what the server says -----------------------------------------------------------------------------------

    def _welcome_courier(self, welcome: Welcome, mono_ms: int) -> list[Output]:
        self.welcome = welcome
        return self._welcome(welcome, mono_ms)

    def _push(self, push: Push, _mono_ms: int) -> list[Output]:
        step = self.reader.offer(push.epoch, push.prev, push.seq)
        if step is Step.GAP:
            return self._close(CloseCode.STREAM_GAP)
        if step is Step.DUPLICATE:
            self._ack_again(push.seq)
            return []
        if len(self._unhandled) >= MAX_UNHANDLED_PUSHES:
            self.reader.forget()
            return self._close(CloseCode.STREAM_GAP, "The app is too far behind and starts from a snapshot.")
        self._unhandled.append(push.seq)
        return [Tell(push)]

    def _ack_again(self, seq: int) -> None:
        """Repeat the ack of a push that was handled; one still in the app's hands is acknowledged in its turn."""
        if not self._unhandled or seq < self._unhandled[0]:
            self._ack_due = max(self._ack_due or 0, seq)

    def _resync(self, resync: Resync, _mono_ms: int) -> list[Output]:
        self.reader.reset(resync.epoch, resync.seq)
        self._unhandled.clear()
        self._ack_due = None
        return [Tell(resync)]

    def _reply(self, reply: Reply, _mono_ms: int) -> list[Output]:
        self._open.discard(reply.id)
        return [Settle(reply)] if self._actions.pop(reply.id, None) else []

    def _error(self, error: ErrorMessage, mono_ms: int) -> list[Output]:
        if error.id in self._actions:
            return self._reply(Reply(id=error.id, ok=False, code=error.code, detail=error.detail), mono_ms)
        return [Tell(error)]

    def _positions_ack(self, ack: PositionsAck, _mono_ms: int) -> list[Output]:
        try:
            self.fixes.ack(ack.seq)
        except RemoteProtocolError as error:
            return self._close(error.close_code, error.detail)
        return []

    def _policy(self, policy: Policy, _mono_ms: int) -> list[Output]:
        return [Tell(policy)]


def _size(action: Action | Refresh) -> int:
    return len(encode_one(action, "json"))


ClientSession.table = {
    ClientState.OFFLINE: {},
    ClientState.GREETING: {Welcome: ClientSession._welcome_courier},
    ClientState.LIVE: {
        Push: ClientSession._push,
        Resync: ClientSession._resync,
        Reply: ClientSession._reply,
        ErrorMessage: ClientSession._error,
        PositionsAck: ClientSession._positions_ack,
        Pong: ClientSession._pong,
        Policy: ClientSession._policy,
    },
    ClientState.CLOSING: {},
    ClientState.ENDED: {},
}
