"""The courier's session on the server: `ServerSession` plus fixes, actions and pushes.

The theory, on top of `server_session`. Three flows share the link and none waits for another:

- *Fixes* go up, numbered from 1 within the generation. A number is handed on once (`TakeFixes`), in whatever order
  it arrives; the ack is cumulative and stops at the first hole, but the newest fix is used at once. Under pressure
  the rate bucket sheds the older fixes of a batch: they count as received and are not handed on.
- *Actions* go up, named by the phone's UUID. They are handed on (`TakeAction`) and answered by `reply` after the
  commit; one that is still open is not handed on twice, and SQL knows the ids of the last week. A phone that has more
  than `max_open_actions` open breaks the rules.
- *Pushes* go down, chained by `prev`. At most `max_unacked_pushes` are on their way; the next wait here, and
  when `max_waiting_pushes` wait the phone is a slow consumer and comes back to resume from the stream.

    LIVE, input              effect
    pos                      TakeFixes for the new numbers; pos_ack at once for a batch, a repeat or a hole, for
                             single fixes every `single_fixes_per_ack` and with every pong
    accept decline progress  TakeAction, or nothing if that id is open
    duty undo say
    refresh                  Reauthenticate; the gateway calls `refreshed` or `reply`
    ack                      the window opens up to its `seq`; waiting pushes follow
    ping                     TakeHeartbeat, pong, and a pos_ack if one is due
    bye                      Close(BYE)
    push(epoch, prev..)      Send(push) or keep it waiting or Close(SLOW_CONSUMER); a repeat is dropped
    resync(...)              Send(resync); the chain starts anew at its (epoch, seq)

After `welcome(resumed=True)` the gateway must push everything after the resume position, in order; after
`welcome(resumed=False)` it must call `resync` before the first push. It must not resume a phone that missed more than
`limits.max_replayed_pushes`, nor one whose position is in another epoch or ahead of the stream.
"""

from collections.abc import Sequence
from typing import ClassVar

from courier_protocol.close_codes import CloseCode
from courier_protocol.errors import LocalProtocolError
from courier_protocol.limits import SessionLimits, TokenBucket
from courier_protocol.messages import (
    MAX_DETAIL_LENGTH,
    Accept,
    Ack,
    Action,
    Bye,
    CourierFact,
    Decline,
    Duty,
    Fix,
    Hello,
    Offered,
    Ping,
    Policy,
    Pong,
    Positions,
    PositionsAck,
    Progress,
    Push,
    Refresh,
    Reply,
    Resync,
    RouteChanged,
    Said,
    Say,
    SetDuty,
    StreamPosition,
    Undo,
    Welcome,
)
from courier_protocol.outputs import Authenticate, Output, Reauthenticate, Send, TakeAction, TakeFixes, TakeHeartbeat
from courier_protocol.received import ReceivedNumbers
from courier_protocol.server_session import ServerSession, State, Table


class CourierSession(ServerSession):
    """One courier's session. `duplicate_fixes` and `shed_fixes` count what was received but not handed on."""

    __slots__ = (
        "_acked_fix_seq",
        "_chain",
        "_fix_bucket",
        "_open_actions",
        "_received",
        "_sent_seq",
        "_unacked",
        "_waiting",
        "duplicate_fixes",
        "generation",
        "shed_fixes",
    )

    table: ClassVar[Table]

    def __init__(self, mono_ms: int, limits: SessionLimits | None = None) -> None:
        super().__init__(mono_ms, limits or SessionLimits())
        self.generation = 0
        self.duplicate_fixes = 0
        self.shed_fixes = 0
        self._received = ReceivedNumbers()
        self._acked_fix_seq = 0
        self._fix_bucket = TokenBucket(self.limits.fixes_burst, self.limits.fixes_per_s, mono_ms)
        self._open_actions: list[str] = []
        self._chain: StreamPosition | None = None
        self._sent_seq = 0
        self._unacked: list[int] = []
        self._waiting: list[Push] = []

    # --- hello --------------------------------------------------------------------------------------------------

    def _hello(self, hello: Hello, _mono_ms: int, _business_ms: int) -> list[Output]:
        refused = self._check_version(hello.v, hello.features)
        if refused:
            return refused
        self._enter(State.AUTHENTICATING)
        return [Authenticate(hello)]

    def welcome(
        self,
        mono_ms: int,
        business_ms: int,
        *,
        session: str,
        generation: int,
        rate: float,
        position: StreamPosition,
        resumed: bool,
        city: str = "",
        expires_mono_ms: int | None = None,
    ) -> list[Output]:
        """The hello is good. `position` is where the pushes chain from: `hello.resume` if resumed, else the head.

        `expires_mono_ms` is when the token ends, on the same clock as `mono_ms`.
        """
        if self._is_over(State.AUTHENTICATING, "welcome"):
            return []
        self._enter(State.LIVE)
        self._heard_mono_ms = mono_ms
        self._expires_mono_ms = expires_mono_ms
        self.generation = generation
        self._chain = position if resumed else None
        self._sent_seq = position.seq
        welcome = Welcome(
            session=session,
            generation=generation,
            business_now_ms=business_ms,
            server_mono_ms=mono_ms,
            rate=rate,
            epoch=position.epoch,
            seq=position.seq,
            heartbeat_s=self.limits.heartbeat_s,
            resumed=resumed,
            city=city,
        )
        return [Send(welcome)]

    # --- fixes --------------------------------------------------------------------------------------------------

    def _positions(self, message: Positions, mono_ms: int, _business_ms: int) -> list[Output]:
        first, fixes, received = message.seq, message.fixes, self._received
        fresh = received.add(first, first + len(fixes) - 1)
        if len(fresh) == 1 and fresh[0][0] == first and fresh[0][1] - first + 1 == len(fixes):
            outputs = self._take(first, fixes, mono_ms)
        else:
            outputs = []
            for low, high in reversed(fresh):
                outputs += self._take(low, fixes[low - first : high - first + 1], mono_ms)
            self.duplicate_fixes += len(fixes) - sum(high - low + 1 for low, high in fresh)
        is_flowing = len(fixes) == 1 and received.contiguous == first and fresh
        if not is_flowing or first - self._acked_fix_seq >= self.limits.single_fixes_per_ack:
            outputs.append(self._ack_fixes())
        return outputs

    def _take(self, first_seq: int, fixes: tuple[Fix, ...], mono_ms: int) -> list[Output]:
        """Hand on the newest of these fixes that the rate allows."""
        granted = self._fix_bucket.take(len(fixes), mono_ms)
        shed = len(fixes) - granted
        if shed:
            self.shed_fixes += shed
            first_seq, fixes = first_seq + shed, fixes[shed:]
        return [TakeFixes(self.generation, first_seq, fixes)] if granted else []

    def _ack_fixes(self) -> Output:
        self._acked_fix_seq = self._received.contiguous
        return Send(PositionsAck(seq=self._acked_fix_seq))

    # --- heartbeat and token ------------------------------------------------------------------------------------

    def _ping(self, ping: Ping, mono_ms: int, business_ms: int) -> list[Output]:
        outputs: list[Output] = [
            TakeHeartbeat(ping.device_ms, ping.fix),
            Send(Pong(n=ping.n, business_now_ms=business_ms, server_mono_ms=mono_ms)),
        ]
        if self._received.contiguous > self._acked_fix_seq:
            outputs.append(self._ack_fixes())
        return outputs

    def _refresh(self, refresh: Refresh, _mono_ms: int, _business_ms: int) -> list[Output]:
        return self._open(refresh.id, Reauthenticate(refresh))

    def refreshed(self, action_id: str, expires_mono_ms: int | None) -> list[Output]:
        """The newer token is good until `expires_mono_ms`."""
        self._expires_mono_ms = expires_mono_ms
        return self.reply(action_id, ok=True)

    # --- actions ------------------------------------------------------------------------------------------------

    def _action(self, action: Action, _mono_ms: int, _business_ms: int) -> list[Output]:
        return self._open(action.id, TakeAction(action))

    def _open(self, action_id: str, output: Output) -> list[Output]:
        if action_id in self._open_actions:
            return []
        if len(self._open_actions) >= self.limits.max_open_actions:
            return self.close(CloseCode.PROTOCOL_ERROR, "Too many actions wait for their reply.")
        self._open_actions.append(action_id)
        return [output]

    def reply(self, action_id: str, *, ok: bool, code: str = "", detail: str = "") -> list[Output]:
        """Tell the committed outcome of an action, also of one that an older session took."""
        if self._is_over(State.LIVE, "reply"):
            return []
        if action_id in self._open_actions:
            self._open_actions.remove(action_id)
        return [Send(Reply(id=action_id, ok=ok, code=code, detail=detail[:MAX_DETAIL_LENGTH]))]

    # --- pushes -------------------------------------------------------------------------------------------------

    def push(self, epoch: int, seq: int, at_ms: int, facts: Sequence[CourierFact]) -> list[Output]:
        """Tell the facts of the event (epoch, seq). One that was told already is dropped, so a relay may repeat."""
        if self._is_over(State.LIVE, "push"):
            return []
        chain = self._chain
        if chain is None or chain.epoch != epoch:
            raise LocalProtocolError("A push needs a resync first: the session holds no position in this epoch.")
        if seq <= chain.seq:
            return []
        message = Push(epoch=epoch, prev=chain.seq, seq=seq, at_ms=at_ms, facts=tuple(facts))
        self._chain = StreamPosition(epoch=epoch, seq=seq)
        self._waiting.append(message)
        if len(self._waiting) > self.limits.max_waiting_pushes:
            return self.close(CloseCode.SLOW_CONSUMER)
        return self._release()

    def resync(
        self,
        epoch: int,
        seq: int,
        duty: Duty,
        route: RouteChanged,
        *,
        offers: Sequence[Offered] = (),
        said: Sequence[Said] = (),
    ) -> list[Output]:
        """Replace all that the phone holds by this snapshot, taken at (epoch, seq)."""
        if self._is_over(State.LIVE, "resync"):
            return []
        self._chain = StreamPosition(epoch=epoch, seq=seq)
        self._sent_seq = seq
        self._unacked.clear()
        self._waiting.clear()
        snapshot = Resync(epoch=epoch, seq=seq, duty=duty, route=route, offers=tuple(offers), said=tuple(said))
        return [Send(snapshot)]

    def tell(self, message: Policy) -> list[Output]:
        """Send a message that no stream orders."""
        return [] if self._is_over(State.LIVE, "tell") else [Send(message)]

    def _ack(self, ack: Ack, _mono_ms: int, _business_ms: int) -> list[Output]:
        if ack.seq > self._sent_seq:
            return self._refuse("bad_ack", "An ack must not be ahead of the last push.")
        self._unacked = [seq for seq in self._unacked if seq > ack.seq]
        return self._release()

    def _release(self) -> list[Output]:
        """Send what waits, as far as the window allows."""
        room = self.limits.max_unacked_pushes - len(self._unacked)
        ready, self._waiting = self._waiting[:room], self._waiting[room:]
        self._unacked += [push.seq for push in ready]
        if ready:
            self._sent_seq = ready[-1].seq
        return [Send(push) for push in ready]


CourierSession.table = {
    State.AWAITING_HELLO: {Hello: CourierSession._hello},
    State.AUTHENTICATING: {Bye: CourierSession._bye},
    State.LIVE: {
        Positions: CourierSession._positions,
        Accept: CourierSession._action,
        Decline: CourierSession._action,
        Progress: CourierSession._action,
        SetDuty: CourierSession._action,
        Undo: CourierSession._action,
        Say: CourierSession._action,
        Refresh: CourierSession._refresh,
        Ack: CourierSession._ack,
        Ping: CourierSession._ping,
        Bye: CourierSession._bye,
    },
    State.CLOSING: {},
    State.CLOSED: {},
}
