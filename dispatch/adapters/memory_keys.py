"""`ApiKeyStore` in memory, with the same promises as the real one but durability: for tests."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from dispatch.application.api_keys import ApiKey


class MemoryApiKeyStore:
    """See `ApiKeyStore`. Its time is `wall_ms`; nothing is audited here."""

    def __init__(self, wall_ms: Callable[[], int]) -> None:
        self._wall_ms = wall_ms
        self._keys: dict[str, ApiKey] = {}

    async def add(self, key: ApiKey, life_ms: int) -> ApiKey:
        """See `ApiKeyStore`."""
        at = self._wall_ms()
        self._keys[key.id] = replace(key, made=at, expires=at + life_ms if life_ms else 0)
        return self._keys[key.id]

    async def find(self, key_hash: str) -> ApiKey | None:
        """See `ApiKeyStore`."""
        at = self._wall_ms()
        good = (key for key in self._keys.values() if not key.revoked and (not key.expires or key.expires > at))
        return next((key for key in good if key.key_hash == key_hash), None)

    async def all(self) -> Sequence[ApiKey]:
        """See `ApiKeyStore`."""
        return sorted(self._keys.values(), key=lambda key: (-key.made, key.id))

    async def note_used(self, key_ids: Collection[str]) -> None:
        """See `ApiKeyStore`."""
        for key_id in key_ids & self._keys.keys():
            self._keys[key_id] = replace(self._keys[key_id], used=self._wall_ms())

    async def revoke(self, key_id: str, actor: str) -> ApiKey | None:
        """See `ApiKeyStore`."""
        key = self._keys.get(key_id)
        if key and not key.revoked:
            self._keys[key_id] = replace(key, revoked=self._wall_ms())
        return self._keys.get(key_id)
