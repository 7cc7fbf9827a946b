"""What the HTTP doors of the courier channel need from outside: tickets, senders of codes, pictures, device keys.

Beside `ports`, with the same rules: `adapters` fill these protocols, `bootstrap` plugs them, and every method that
talks to a store may raise `StoreUnavailable`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many `times` within any `within_s` real seconds."""

    times: int
    within_s: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """A ticket as it was met: what proves it, and how many tries are left after this one (negative: none were)."""

    proof: str
    tries_left: int


class Tickets(Protocol):
    """One-time tickets and rate buckets. They may be lost at any moment; then somebody asks again.

    Names are no secrets and no personal data: whoever makes them hashes what they stand for.
    """

    async def issue(self, name: str, proof: str, ttl_s: float, tries: int) -> None:
        """Keep a ticket for `ttl_s` real seconds and so many tries; it replaces an older one of that name."""
        ...

    async def attempt(self, name: str) -> Attempt | None:
        """Count one try, before it is known whether it is right; None when there is no such ticket (any more)."""
        ...

    async def redeem(self, name: str, proof: str) -> bool:
        """Take the ticket away; true for exactly one of all who ask, and only while it is the one with this proof."""
        ...

    async def take(self, subject: str, rates: Sequence[Rate]) -> float:
        """Spend one of every bucket of the subject: 0.0. Or nothing is spent, and it is told how many s to wait."""
        ...


class CodeNotSent(Exception):
    """The code could not be handed on; the message names no number and no code."""


class CodeSender(Protocol):
    """What brings a one-time code to a phone."""

    async def send(self, phone: str, code: str, lang: str) -> None:
        """Hand the code on. Raises `CodeNotSent`."""
        ...


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture on its way: `offset_bytes` of `length_bytes` are here. `made_at_ms` is business time."""

    id: str
    zone_id: str
    courier_id: str
    order_id: str
    kind: str
    media_type: str
    length_bytes: int
    made_at_ms: int
    offset_bytes: int = 0

    @property
    def complete(self) -> bool:
        """Whether every byte is here; then it never changes again."""
        return self.offset_bytes == self.length_bytes


class ProofStore(Protocol):
    """Pictures, written piece by piece. What was acknowledged as complete survives a crash."""

    async def create(self, upload: Upload) -> bool:
        """Begin an upload; False (and nothing changes) when there is one of this id already."""
        ...

    async def find(self, upload_id: str) -> Upload | None:
        """The upload, with its offset as it is on disk."""
        ...

    async def append(self, upload_id: str, offset_bytes: int, piece: bytes) -> Upload | None:
        """Add a piece at this offset; None (and nothing changes) when it is not where the upload ends.

        The caller sees to it that the piece does not go beyond the length. Raises `NotFound` for an unknown upload.
        """
        ...

    async def read(self, upload_id: str) -> bytes:
        """A complete upload as it was sent. Raises `NotFound` for one that is not complete, or has been made anew."""
        ...

    async def keep(self, upload_id: str, picture: bytes) -> None:
        """Keep this instead of what was sent for a complete upload."""
        ...

    async def picture(self, upload_id: str) -> bytes | None:
        """What `keep` kept; None when there is nothing (yet)."""
        ...

    async def discard(self, upload_id: str) -> None:
        """Forget the upload and every byte of it; nothing happens when there is none."""
        ...

    async def unfinished(self, courier_id: str, given_up_before_ms: int) -> int:
        """How many uploads of the courier are not complete; those made before that moment are thrown away first."""
        ...


@dataclass(frozen=True, slots=True)
class Device:
    """A GPS app that reports for a courier. `generation` is its place in the courier's order of facts (0: none yet)."""

    key_hash: str
    zone_id: str
    courier_id: str
    name: str
    generation: int = 0


class DeviceStore(Protocol):
    """Device keys, by their hashes."""

    async def add(self, device: Device) -> None:
        """Keep a device."""
        ...

    async def find(self, key_hash: str) -> Device | None:
        """The device of a key."""
        ...

    async def count(self, zone_id: str, courier_id: str) -> int:
        """How many devices a courier has."""
        ...

    async def bump_generation(self, key_hash: str, generation: int) -> None:
        """Give the device this generation, unless it has a higher one."""
        ...

    async def revoke(self, zone_id: str, courier_id: str) -> int:
        """Forget every device of a courier; returns how many there were."""
        ...
