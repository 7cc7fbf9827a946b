"""The stores of `channel_ports` in memory, with the same promises as the real ones but durability: for tests."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dispatch.application.channel_ports import Attempt, Device, Rate, Upload
from dispatch.application.ports import StoreConflict, Ticker
from dispatch.domain.errors import NotFound


@dataclass(slots=True)
class _Ticket:
    proof: str
    tries_left: int
    good_until_ms: float


class MemoryTickets:
    """See `Tickets`. Time is the ticker's."""

    def __init__(self, ticker: Ticker) -> None:
        self._ticker = ticker
        self._tickets: dict[str, _Ticket] = {}
        self._taken_ms: defaultdict[tuple[str, Rate], list[float]] = defaultdict(list)

    def flush(self) -> None:
        """Lose everything, as FLUSHALL does."""
        self._tickets.clear()
        self._taken_ms.clear()

    async def issue(self, name: str, proof: str, ttl_s: float, tries: int) -> None:
        """See `Tickets`."""
        self._tickets[name] = _Ticket(proof, tries, self._ticker.mono_ms() + ttl_s * 1000)

    async def attempt(self, name: str) -> Attempt | None:
        """See `Tickets`."""
        ticket = self._good(name)
        if ticket is None:
            return None
        ticket.tries_left -= 1
        return Attempt(ticket.proof, ticket.tries_left)

    async def redeem(self, name: str, proof: str) -> bool:
        """See `Tickets`."""
        ticket = self._good(name)
        if ticket is None or ticket.proof != proof:
            return False
        del self._tickets[name]
        return True

    def _good(self, name: str) -> _Ticket | None:
        ticket = self._tickets.get(name)
        return ticket if ticket and ticket.good_until_ms > self._ticker.mono_ms() else None

    async def take(self, subject: str, rates: Sequence[Rate]) -> float:
        """See `Tickets`."""
        now_ms = self._ticker.mono_ms()
        buckets = [(rate, self._taken_ms[subject, rate]) for rate in rates]
        full = [(rate, taken_ms) for rate, taken_ms in buckets if len(taken_ms) >= rate.times]
        wait_ms = max((taken_ms[-rate.times] + rate.within_s * 1000 - now_ms for rate, taken_ms in full), default=0.0)
        if wait_ms > 0:
            return wait_ms / 1000
        for _, taken_ms in buckets:
            taken_ms.append(now_ms)
        return 0.0


class MemoryProofStore:
    """See `ProofStore`."""

    def __init__(self) -> None:
        self._uploads: dict[str, Upload] = {}
        self._bytes: dict[str, bytes] = {}
        self._pictures: dict[str, bytes] = {}

    async def create(self, upload: Upload) -> bool:
        """See `ProofStore`."""
        if upload.id in self._uploads:
            return False
        self._uploads[upload.id], self._bytes[upload.id] = replace(upload, offset_bytes=0), b""
        return True

    async def find(self, upload_id: str) -> Upload | None:
        """See `ProofStore`."""
        return self._uploads.get(upload_id)

    async def append(self, upload_id: str, offset_bytes: int, piece: bytes) -> Upload | None:
        """See `ProofStore`."""
        upload = self._uploads.get(upload_id)
        if upload is None:
            raise NotFound("unknown_upload", "There is no upload of this id.")
        if upload.complete or offset_bytes != upload.offset_bytes or offset_bytes + len(piece) > upload.length_bytes:
            return None
        self._bytes[upload_id] += piece
        self._uploads[upload_id] = replace(upload, offset_bytes=offset_bytes + len(piece))
        return self._uploads[upload_id]

    async def read(self, upload_id: str) -> bytes:
        """See `ProofStore`."""
        upload = self._uploads.get(upload_id)
        if upload is None or not upload.complete or upload_id not in self._bytes:
            raise NotFound("not_uploaded_yet", "The picture is still on its way.")
        return self._bytes[upload_id]

    async def keep(self, upload_id: str, picture: bytes) -> None:
        """See `ProofStore`."""
        self._pictures[upload_id] = picture
        self._bytes.pop(upload_id, None)

    async def picture(self, upload_id: str) -> bytes | None:
        """See `ProofStore`."""
        return self._pictures.get(upload_id)

    async def discard(self, upload_id: str) -> None:
        """See `ProofStore`."""
        for kept in (self._uploads, self._bytes, self._pictures):
            kept.pop(upload_id, None)

    async def unfinished(self, courier_id: str, given_up_before_ms: int) -> int:
        """See `ProofStore`."""
        mine = [each for each in self._uploads.values() if each.courier_id == courier_id and not each.complete]
        for upload in mine:
            if upload.made_at_ms < given_up_before_ms:
                del self._uploads[upload.id], self._bytes[upload.id]
        return sum(upload.made_at_ms >= given_up_before_ms for upload in mine)


class MemoryDeviceStore:
    """See `DeviceStore`."""

    def __init__(self) -> None:
        self._devices: dict[str, Device] = {}

    async def add(self, device: Device) -> None:
        """See `DeviceStore`."""
        if device.key_hash in self._devices:
            raise StoreConflict("a device would have another one's key")
        self._devices[device.key_hash] = device

    async def find(self, key_hash: str) -> Device | None:
        """See `DeviceStore`."""
        return self._devices.get(key_hash)

    async def count(self, zone_id: str, courier_id: str) -> int:
        """See `DeviceStore`."""
        return Counter((each.zone_id, each.courier_id) for each in self._devices.values())[zone_id, courier_id]

    async def bump_generation(self, key_hash: str, generation: int) -> None:
        """See `DeviceStore`."""
        device = self._devices.get(key_hash)
        if device and device.generation < generation:
            self._devices[key_hash] = replace(device, generation=generation)

    async def revoke(self, zone_id: str, courier_id: str) -> int:
        """See `DeviceStore`."""
        mine = [each for each in self._devices.values() if (each.zone_id, each.courier_id) == (zone_id, courier_id)]
        for device in mine:
            del self._devices[device.key_hash]
        return len(mine)


class CodesInMemory:
    """A `CodeSender` that keeps what it was given: (phone, code, lang), the newest last."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []

    async def send(self, phone: str, code: str, lang: str) -> None:
        """See `CodeSender`."""
        self.sent.append((phone, code, lang))
