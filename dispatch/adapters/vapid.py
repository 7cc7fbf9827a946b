"""The key with which this server identifies itself to push services (VAPID, RFC 8292).

Browsers subscribe for exactly one key, so it is made once and kept; with another one all subscriptions are void.
"""

import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dispatch.domain.errors import InvalidInput

TOKEN_S: Final = 12 * 3_600
"""Services take at most a day; an hour before its end a new one is signed."""
_EARLY_S: Final = 3_600
_KEY_BYTES: Final = 32
_MOST_TOKENS: Final = 256


class Vapid:
    """A key pair. `public_key` is what browsers subscribe with (base64url of the uncompressed point)."""

    def __init__(self, private: str, contact: str = "") -> None:
        """`private` is the base64url of the 32 bytes, as `web-push generate-vapid-keys` prints it; `contact` a mailto:
        or https: address for who runs a push service. Raises `InvalidInput`.
        """
        try:
            number = int.from_bytes(decoded(private, _KEY_BYTES))
            self._key = ec.derive_private_key(number, ec.SECP256R1())
        except ValueError:
            sentence = "DISPATCH_VAPID_KEY is no VAPID key: give the base64url of its 32 private bytes."
            raise InvalidInput("bad_vapid_key", sentence) from None
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public_key = encoded(point)
        self._contact = contact
        self._tokens: dict[str, tuple[float, str]] = {}

    def authorization(self, endpoint: str) -> str:
        """The value of the `Authorization` header for a push service."""
        where = urlsplit(endpoint)
        return f"vapid t={self._token(f'{where.scheme}://{where.netloc}')}, k={self.public_key}"

    def _token(self, audience: str) -> str:
        now_s = time.time()
        good_until_s, token = self._tokens.get(audience, (0.0, ""))
        if good_until_s - _EARLY_S < now_s:
            good_until_s = now_s + TOKEN_S
            claims = {"aud": audience, "exp": int(good_until_s), **({"sub": self._contact} if self._contact else {})}
            token = jwt.encode(claims, self._key, algorithm="ES256")
            if len(self._tokens) >= _MOST_TOKENS:
                self._tokens.clear()
            self._tokens[audience] = (good_until_s, token)
        return token


def kept_key(file: Path) -> str:
    """The private key of the file, which is made when it is missing, readable by its owner only."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        scratch = file.with_suffix(f".{secrets.token_hex(4)}")
        scratch.touch(mode=0o600)
        made = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
        scratch.write_text(encoded(made.to_bytes(_KEY_BYTES)))
        with suppress(FileExistsError):
            file.hardlink_to(scratch)
        scratch.unlink()
    return file.read_text().strip()


def encoded(octets: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def decoded(text: str, length: int) -> bytes:
    """So many bytes of base64url. Raises `ValueError`."""
    octets = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(octets) != length:
        raise ValueError(f"{length} bytes were expected")
    return octets
