"""Asking a zone on behalf of an HTTP caller, so that a repeated request takes effect once.

The theory of the Idempotency-Key. A key belongs to its subject and its route. The id of the zone's request is made
of three hashes: of the subject, of key and route, and of the body. The zone keeps the reply of each id in SQL, beside
the events that it committed, so the same key and body find the same reply, after a crash too, for as long as SQL keeps
replies (at least 24 h). Another body under the same key makes another id; it is refused because what it would create
is named by the first two hashes alone, and that exists already. Nothing has to be remembered in between, so there
is no window in which the key is known but its effect is not. Only while the first request of a key is still
being answered by this process, a second one is told so (409).
"""

import hashlib
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from dispatch.application.access import Subject
from dispatch.application.hub import ZoneHub
from dispatch.application.ports import Reply, Request
from dispatch.domain.commands import Command
from dispatch.failpoints import failpoint
from dispatch.web.bodies import PendingRequest
from dispatch.web.call import Answer, Call
from dispatch.web.problems import Problem

MAX_KEY_LENGTH = 200
ANSWER_WITHIN_S = 2.0
SEEN_WITHIN_S = 1.0
"""What was just committed is known to this process's replica within this time, or the caller is not kept waiting."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RequestId:
    """`name` is what the key stands for, `id` the key with this body."""

    name: str
    id: str


def request_id(subject: Subject, route: str, key: str, body: msgspec.Struct | None) -> RequestId:
    """The id of a keyed request."""
    name = f"{subject_mark(subject)}-{_hash(route, key)[:24]}"
    return RequestId(name, f"{name}-{_hash(msgspec.json.encode(body).decode())[:16]}")


def subject_mark(subject: Subject) -> str:
    """How every request id of this subject begins; only its own begin so."""
    return f"h-{_hash(subject.actor)[:16]}"


def idempotency_key(call: Call) -> str:
    """The caller's key, or a new one when there is none. Raises `Problem` 400."""
    key = call.request.headers.get("idempotency-key", "")
    if len(key) > MAX_KEY_LENGTH:
        raise Problem(400, "bad_idempotency_key", f"An Idempotency-Key has at most {MAX_KEY_LENGTH} characters.")
    return key or uuid.uuid4().hex


@contextmanager
def in_flight(names: set[str], name: str) -> Iterator[None]:
    """Hold the name while its request is being answered. Raises `Problem` 409 when it is held already."""
    if name in names:
        sentence = "A request with this Idempotency-Key is being answered; wait for it, then ask again."
        raise Problem(409, "request_in_progress", sentence, headers={"Retry-After": "1"})
    names.add(name)
    try:
        yield
    finally:
        names.discard(name)


async def seen(call: Call, look: Callable[[], T], within_s: float = SEEN_WITHIN_S) -> T:
    """What `look` finds once this process's replica has heard of it, or after `within_s`."""
    ticker = call.services.ticker
    give_up_ms = ticker.mono_ms() + within_s * 1000
    while not (found := look()) and ticker.mono_ms() < give_up_ms:
        await ticker.sleep(0.005)
    return found


async def caught_up(call: Call, hub: ZoneHub, within_s: float = SEEN_WITHIN_S) -> None:
    """Wait until this process's replica has heard of all that was committed until now; no longer than `within_s`."""
    _, head = await call.services.store.stream_head(hub.zone_id)
    await seen(call, lambda: hub.replica.head >= head, within_s)


async def ask(call: Call, zone_id: str, request_id: str, command: Command) -> Reply | None:
    """The zone's reply, or None when it does not come in time."""
    request = Request(request_id, call.subject.actor, command)
    reply = await call.services.bus.ask(zone_id, request, ANSWER_WITHIN_S)
    failpoint("answer.ready")
    return reply


def pending(thing_id: str, zone_id: str, request_id: str) -> Answer:
    """202: the request is safe, its outcome is not known yet."""
    url = f"/v1/requests/{request_id}?zone={zone_id}"
    return Answer(PendingRequest(id=thing_id, status_url=url), 202, {"Location": url, "Retry-After": "1"})


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
