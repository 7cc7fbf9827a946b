"""Keys of programs: made and revoked by admins, told once, kept as hashes, narrowed to what the program is for.

A key speaks for an account (the subject whose orders are its own) as one of the roles that place orders. It is looked
up at each call, and what was found is held for `HELD_S`: so a key that was revoked at another gateway is refused there
within that time, at this one at once. That it was used is noted once a minute, by `run`, so that no call waits for it.
"""

import hashlib
import logging
import secrets
from collections import Counter, OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from dispatch.application.access import Role, Subject
from dispatch.application.ports import StoreUnavailable, Ticker
from dispatch.domain.errors import Forbidden, InvalidInput, NotFound

log = logging.getLogger(__name__)

PREFIX: Final = "dk_"
"""By this everybody tells a key from a token, scanners of repositories included."""
SECRET_BYTES: Final = 32
HELD_S: Final = 2.0
NOTED_EVERY_S: Final = 60.0
MOST_HELD: Final = 1_000
MOST_KEYS: Final = 1_000
ROLES: Final = (Role.INTEGRATOR, Role.GROUP_LEADER, Role.DISTRIBUTOR)
DAY_MS: Final = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key but for its secret. Times are epoch ms of the store; `expires`, `revoked` and `used` 0: never, not.

    `used` is when it was last used, to about a minute.
    """

    id: str
    key_hash: str
    name: str
    role: Role
    account: str
    zones: tuple[str, ...] = ()
    depots: tuple[str, ...] = ()
    made_by: str = ""
    made: int = 0
    expires: int = 0
    revoked: int = 0
    used: int = 0

    @property
    def subject(self) -> Subject:
        """Whom it speaks for."""
        return Subject(self.role, self.account, frozenset(self.zones), frozenset(self.depots))


@dataclass(frozen=True, slots=True)
class KeyWish:
    """What a key is to be good for; `days` 0: until it is revoked."""

    name: str
    role: Role
    account: str
    zones: tuple[str, ...] = ()
    depots: tuple[str, ...] = ()
    days: int = 0


class ApiKeyStore(Protocol):
    """Keys by their hashes; each change has its line of the audit in its transaction. May raise `StoreUnavailable`."""

    async def add(self, key: ApiKey, life_ms: int) -> ApiKey:
        """Keep a new key; its times are the store's."""
        ...

    async def find(self, key_hash: str) -> ApiKey | None:
        """The key of this hash, unless it has expired or was revoked."""
        ...

    async def all(self) -> Sequence[ApiKey]:
        """Every key, the newest first."""
        ...

    async def note_used(self, key_ids: Collection[str]) -> None:
        """These keys were used now, by the store's time."""
        ...

    async def revoke(self, key_id: str, actor: str) -> ApiKey | None:
        """The key that opens nothing any more; None when there is none of this id."""
        ...


class ApiKeys:
    """See the module. `counters` say what happened, never by whom."""

    def __init__(self, store: ApiKeyStore, ticker: Ticker) -> None:
        self._store = store
        self._ticker = ticker
        self._held: OrderedDict[str, tuple[float, ApiKey | None]] = OrderedDict()
        self._used: set[str] = set()
        self.counters: Counter[str] = Counter()

    async def run(self) -> None:
        """Note for ever which keys were used."""
        while True:
            await self._ticker.sleep(NOTED_EVERY_S)
            try:
                await self.note_used()
            except StoreUnavailable as error:
                log.warning("it is not noted which keys were used: %s", error)

    async def note_used(self) -> None:
        """Note which keys were used since the last time. Raises `StoreUnavailable`: then they are noted next time."""
        used = frozenset(self._used)
        if used:
            await self._store.note_used(used)
            self._used -= used

    async def make(self, admin: Subject, wish: KeyWish) -> tuple[ApiKey, str]:
        """(the key, its text, which is told here only). Raises `DomainError`."""
        if wish.role not in ROLES:
            raise InvalidInput("bad_role", f"A key is for one of: {', '.join(ROLES)}.")
        if not _within(admin, wish.zones):
            raise Forbidden("zones_not_yours", "You can only give zones that you have yourself.")
        if len(await self._store.all()) >= MOST_KEYS:
            raise InvalidInput("too_many_keys", f"There are {MOST_KEYS} keys already; ask for fewer.")
        key_id = secrets.token_hex(6)
        text = f"{PREFIX}{key_id}_{secrets.token_urlsafe(SECRET_BYTES)}"
        key = ApiKey(
            *(key_id, _hash(text), wish.name, wish.role, wish.account, wish.zones, wish.depots), made_by=admin.actor
        )
        self.counters["api_keys_made"] += 1
        return await self._store.add(key, wish.days * DAY_MS), text

    async def everything(self, admin: Subject) -> list[ApiKey]:
        """Every key that the admin manages."""
        return [key for key in await self._store.all() if _within(admin, key.zones)]

    async def revoke(self, admin: Subject, key_id: str) -> ApiKey:
        """The key opens nothing any more. Raises `NotFound`."""
        mine = {key.id for key in await self.everything(admin)}
        revoked = await self._store.revoke(key_id, admin.actor) if key_id in mine else None
        if revoked is None:
            raise NotFound("unknown_key", "There is no key of this id.")
        self._held.pop(revoked.key_hash, None)
        self.counters["api_keys_revoked"] += 1
        return revoked

    async def subject_of(self, text: str) -> Subject | None:
        """Whom the key speaks for; None for one that opens nothing. Raises `StoreUnavailable`."""
        hashed, now_ms = _hash(text), self._ticker.mono_ms()
        held = self._held.get(hashed)
        if held is None or held[0] <= now_ms:
            held = (now_ms + HELD_S * 1000, await self._store.find(hashed))
            self._held[hashed] = held
            self._held.move_to_end(hashed)
            while len(self._held) > MOST_HELD:
                self._held.popitem(last=False)
        key = held[1]
        if key:
            self._used.add(key.id)
        self.counters["api_keys_refused"] += key is None
        return key.subject if key else None


def _within(admin: Subject, zones: tuple[str, ...]) -> bool:
    return not admin.zones or (bool(zones) and admin.zones.issuperset(zones))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
