"""`PasswordHasher` by Argon2id, in threads: it lets the interpreter go while it works.

19 MiB and two rounds, as OWASP recommends for storing passwords: some 30 ms of one core. Few work at once, so
that a flood of sign-ins costs neither the memory nor the cores that the live layer needs.
"""

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

AT_ONCE: Final = 2


class ArgonHasher:
    """See `PasswordHasher`."""

    def __init__(self) -> None:
        self._argon = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._free = asyncio.Semaphore(AT_ONCE)
        self._decoy = ""

    async def hash(self, password: str) -> str:
        """See `PasswordHasher`."""
        async with self._free:
            return await asyncio.to_thread(self._argon.hash, password)

    async def verify(self, password_hash: str, password: str) -> bool:
        """See `PasswordHasher`."""
        if not self._decoy:
            self._decoy = await self.hash("what nobody has chosen")
        async with self._free:
            right = await asyncio.to_thread(self._is, password_hash or self._decoy, password)
        return right and bool(password_hash)

    def _is(self, password_hash: str, password: str) -> bool:
        try:
            return self._argon.verify(password_hash, password)
        except (Argon2Error, InvalidHashError):
            return False
