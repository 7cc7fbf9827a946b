"""`/v1/courier`: a courier's phone on the wire.

The token comes in the hello. The generation comes from SQL and fences every older session, wherever it runs. Actions
go to the zone one after the other, in the order in which the phone sent them, each under an id that makes it take
effect once; while the zone does not answer, the action is asked again with the same id, and the phone waits.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from courier_protocol import messages as m
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Encoding
from courier_protocol.messages import CourierFact
from courier_protocol.outputs import (
    Authenticate,
    Output,
    Reauthenticate,
    TakeAction,
    TakeFixes,
    TakeHeartbeat,
)
from courier_protocol.server_session import State
from courier_protocol.session import CourierSession
from dispatch.application.access import Action, Resource, Subject, allow
from dispatch.application.device_clock import DeviceClock
from dispatch.application.history import Older
from dispatch.application.hub import ZoneHub
from dispatch.application.ports import Request, StoreUnavailable
from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from dispatch.domain.errors import DomainError, Forbidden
from dispatch.domain.order import Proof, ProofKind
from dispatch.domain.order_message import Party
from dispatch.domain.route import StopKind
from dispatch.failpoints import failpoint
from dispatch.web.auth import BadToken, Bearer, seconds_left, verify_token
from dispatch.web.connection import Connection, Connections
from dispatch.web.services import INACTIVE, Services, check_account, socket_bearer

log = logging.getLogger(__name__)

KNOWN_WITHIN_S: Final = 1.0
"""A courier who was registered a moment ago is known here as soon as the event has come around."""
ASK_AGAIN_S: Final = 0.5

MESSAGE_ACTIONS: Final[dict[type[m.Message], Action]] = {
    m.Hello: Action.RIDE,
    m.Refresh: Action.RIDE,
    m.Ack: Action.RIDE,
    m.Ping: Action.RIDE,
    m.Bye: Action.RIDE,
    m.Positions: Action.REPORT_POSITION,
    m.Accept: Action.ANSWER_OFFER,
    m.Decline: Action.ANSWER_OFFER,
    m.Progress: Action.REPORT_PROGRESS,
    m.SetDuty: Action.SET_DUTY,
    m.Undo: Action.REPORT_PROGRESS,
    m.Say: Action.WRITE_AS_COURIER,
}
"""What each message of a phone asks for, in the words of the access table."""


def command_of(action: m.Action, courier_id: str, rate: float) -> c.Command:
    """What the phone's action asks of the zone. The courier is the session's, whatever the message says.

    `rate` is that of business time: the time to take something back is real.
    """
    match action:
        case m.Accept():
            return c.AcceptOffer(courier_id, action.offer_id, action.at_ms)
        case m.Decline():
            return c.DeclineOffer(courier_id, action.offer_id, action.reason, action.at_ms)
        case m.Progress():
            return _progress_of(action, courier_id)
        case m.SetDuty():
            return c.SetDuty(courier_id, Duty(action.duty), action.at_ms)
        case m.Undo():
            return c.UndoStop(courier_id, action.stop_id, action.at_ms, round(m.UNDO_WITHIN_S * 1000 * rate))
        case m.Say():
            return _message_of(action, courier_id)


def _message_of(action: m.Say, courier_id: str) -> c.PostMessage:
    to = Party(action.to)
    return c.PostMessage(action.id, action.order_id, Party.COURIER, to, action.text, courier_id, action.at_ms)


def _progress_of(action: m.Progress, courier_id: str) -> c.ReportProgress:
    return c.ReportProgress(
        courier_id,
        action.stop_id,
        c.StopAction(action.action),
        action.at_ms,
        action.reason,
        action.order_ids,
        StopKind(action.kind) if action.kind else None,
        tuple(Proof(ProofKind(p.kind), p.order_id, p.value, p.upload_id, action.at_ms) for p in action.proofs),
    )


class CourierConnection(Connection[CourierSession]):
    """One phone's connection; `CourierEnd` of its hub."""

    __slots__ = ("_acting", "_actions", "_device_clock", "_fixes_counted", "_hub", "_report", "_subject")

    channel = "courier"

    def __init__(
        self, transport: asyncio.Transport, encoding: Encoding, services: Services, connections: Connections
    ) -> None:
        session = CourierSession(services.ticker.mono_ms(), services.limits)
        super().__init__(transport, encoding, session, services, connections)
        self._subject: Subject | None = None
        self._hub: ZoneHub | None = None
        self._report: Callable[[int, int, Sequence[m.Fix]], None]  # of the hub, from the welcome on
        self._actions: deque[m.Action] | None = None
        self._acting: asyncio.Task[None] | None = None
        self._device_clock = DeviceClock()
        self._fixes_counted = (0, 0)

    # --- what the session asks for -----------------------------------------------------------------------------

    def take(self, output: Output) -> None:
        """See `Connection.take`."""
        if type(output) is TakeFixes:
            return self._report(output.generation, output.first_seq, output.fixes)
        match output:
            case TakeHeartbeat():
                self._device_clock.sample(output.device_ms, _wall_ms())
                self._count_fixes()
                self._joined().heartbeat(self._courier_id, self.generation, output.fix)
            case TakeAction():
                self._act_on(output.action)
            case Authenticate():
                self.work_on(self._authenticate(output.hello))
            case Reauthenticate():
                self._reauthenticate(output.refresh)
        return None

    @property
    def _courier_id(self) -> str:
        return self._subject.id if self._subject else ""

    def _joined(self) -> ZoneHub:
        if self._hub is None:
            raise AssertionError("a session is live only after it has joined a hub")
        return self._hub

    async def _authenticate(self, hello: m.Hello) -> None:
        self._device_clock.sample(hello.device_ms, _wall_ms())
        try:
            bearer = await socket_bearer(self.services, hello.token)
            hub = await self._find_hub(bearer.subject)
            allow(bearer.subject, Action.RIDE, Resource(hub.zone_id, bearer.subject.id))
            check_account(hub.replica.state.couriers[bearer.subject.id])
            generation = await self.services.store.next_generation(bearer.subject.id)
        except BadToken as error:
            return self.end(CloseCode.BAD_TOKEN, error.detail)
        except Forbidden as error:
            return self.end(CloseCode.FORBIDDEN, error.detail)
        except StoreUnavailable:
            return self.end(CloseCode.TRY_AGAIN)
        older = await hub.history.older(hello.resume, bearer.subject.id, self.session.limits.max_replayed_pushes)
        return self._go_live(hello, bearer, hub, generation, older)

    async def _find_hub(self, subject: Subject) -> ZoneHub:
        """The zone that the courier belongs to. Raises `Forbidden`."""
        give_up_ms = self.mono_ms + KNOWN_WITHIN_S * 1000
        while True:
            for hub in self.services.hubs.values():
                if subject.id in hub.replica.state.couriers:
                    return hub
            if self.mono_ms >= give_up_ms:
                raise Forbidden("unknown_courier", "This courier is not registered here.")
            await self.services.ticker.sleep(0.05)

    def _go_live(self, hello: m.Hello, bearer: Bearer, hub: ZoneHub, generation: int, older: Older | None) -> None:
        """Welcome the phone and bring it up to date, in one step of the event loop: nothing happens in between."""
        at_most = self.session.limits.max_replayed_pushes
        missed = hub.history.missed(hello.resume, older, bearer.subject.id, at_most)
        position = hello.resume if missed is not None and hello.resume else hub.here
        self.carry_out(
            self.session.welcome(
                self.mono_ms,
                self.services.clock.now_ms(),
                session=f"{bearer.subject.id}-{generation}"[-64:],
                generation=generation,
                rate=self.services.clock.rate,
                position=position,
                resumed=missed is not None,
                city=self.services.city.name,
                expires_mono_ms=self._expires_mono_ms(bearer),
            )
        )
        if self.session.state is not State.LIVE:
            return
        failpoint("welcome.sent")
        self._subject, self._hub = bearer.subject, hub
        self._report = partial(hub.report, bearer.subject.id)
        self._bring_up_to_date(hub, missed)
        hub.join(self._courier_id, self)

    def _bring_up_to_date(self, hub: ZoneHub, missed: list[Any] | None) -> None:
        if missed is None:
            now = hub.told_anew(self._courier_id)
            here = hub.here
            self.carry_out(
                self.session.resync(here.epoch, here.seq, now.duty, now.route, offers=now.offers, said=now.said)
            )
            return
        for recorded in missed:
            self.push(recorded.seq, recorded.at_ms, hub.told(recorded))

    def _expires_mono_ms(self, bearer: Bearer) -> int:
        return self.mono_ms + round(seconds_left(bearer) * 1000)

    def _reauthenticate(self, refresh: m.Refresh) -> None:
        try:
            bearer = verify_token(self.services.secret, refresh.token)
        except BadToken as error:
            return self.carry_out(self.session.reply(refresh.id, ok=False, code=error.code, detail=error.detail))
        if bearer.subject != self._subject:
            refused = self.session.reply(refresh.id, ok=False, code="forbidden", detail="The token is for another one.")
            return self.carry_out(refused)
        return self.carry_out(self.session.refreshed(refresh.id, self._expires_mono_ms(bearer)))

    # --- actions -----------------------------------------------------------------------------------------------

    def _act_on(self, action: m.Action) -> None:
        """Ask the zone for this action, after those that came before it."""
        if self._actions is None:
            self._actions = deque()
        self._actions.append(action)
        if self._acting is None:
            self._acting = asyncio.create_task(self._act())

    async def _act(self) -> None:
        """Ask the zone for one action after the other, in the phone's order."""
        while self._actions:
            action = self._actions[0]
            try:
                ok, code, detail = await self._decide(action)
            except DomainError as error:
                ok, code, detail = False, error.code, error.detail
            except Exception:
                log.exception("an action of kind %s failed", type(action).__name__)
                return self.end(CloseCode.TRY_AGAIN)
            self._actions.popleft()
            self.tally.settle(type(action).__name__.lower(), "ok" if ok else code)
            self.carry_out(self.session.reply(action.id, ok=ok, code=code, detail=detail))
        self._acting = None
        return None

    async def _decide(self, action: m.Action) -> tuple[bool, str, str]:
        """(ok, code, detail) once it is committed, however long that takes; the id makes asking again harmless."""
        subject, hub = self._subject, self._joined()
        if subject is None:
            raise AssertionError("a session is live only with a subject")
        allow(subject, MESSAGE_ACTIONS[type(action)], Resource(hub.zone_id, self._courier_id))
        command = command_of(action, subject.id, self.services.clock.rate)
        hub.pins.check(command, self.services.clock.now_ms())
        request = Request(f"{subject.id}:{action.id}", subject.actor, command)
        while True:
            with suppress(StoreUnavailable):
                reply = await self.services.bus.ask(hub.zone_id, request)
                if reply:
                    hub.pins.heard(command, reply.code)
                    return reply.ok, reply.code, reply.detail
            await self.services.ticker.sleep(ASK_AGAIN_S)

    # --- the hub's side ----------------------------------------------------------------------------------------

    @property
    def generation(self) -> int:
        """See `CourierEnd`."""
        return self.session.generation

    def push(self, seq: int, at_ms: int, facts: tuple[CourierFact, ...]) -> None:
        """See `CourierEnd`."""
        if facts:
            self.carry_out(self.session.push(self._joined().replica.epoch, seq, at_ms, facts))

    @property
    def clock_offset_ms(self) -> int | None:
        """See `CourierEnd`."""
        return self._device_clock.offset_ms

    def set_policy(self, policy: m.Policy) -> None:
        """See `CourierEnd`."""
        self.carry_out(self.session.tell(policy))

    def shut_out(self) -> None:
        """See `CourierEnd`."""
        self.end(CloseCode.FORBIDDEN, INACTIVE)

    def supersede(self) -> None:
        """See `CourierEnd`."""
        self.end(CloseCode.SUPERSEDED)

    def _count_fixes(self) -> None:
        """What the session kept from the hub since the last time: repeats, and what was too fast."""
        before, now = self._fixes_counted, (self.session.duplicate_fixes, self.session.shed_fixes)
        self._fixes_counted = now
        self.tally.fixes.update(duplicate=now[0] - before[0], shed=now[1] - before[1])

    def gone(self) -> None:
        """See `Connection.gone`."""
        self._count_fixes()
        if self._acting:
            self._acting.cancel()
        if self._hub:
            self._hub.leave(self._courier_id, self, goodbye=self.said_bye)


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
