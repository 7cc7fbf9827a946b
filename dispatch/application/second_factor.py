"""The second factor of a sign-in: codes of an app (TOTP, RFC 6238), and recovery codes for when the phone is gone.

The app's secret is not kept: it is made of the server's secret, the user and a salt, and only the salt is stored. So a
copy of the database makes no codes. Who changes the server's secret makes every app useless; recovery codes still
open, and admins can take the second factor away. A code is good for its half minute, the one before and the one after,
and once: the step of the last one is kept, and only later ones open.
"""

import hashlib
import hmac
import secrets
from base64 import b32encode
from dataclasses import dataclass, replace
from typing import Final

import pyotp

from dispatch.application.staff_ports import SecondFactor, StaffUser, UserEdit
from dispatch.domain.errors import Conflict, Forbidden

STEP_MS: Final = 30_000
DIGITS: Final = 6
DRIFT: Final = (0, -1, 1)
"""Clocks of phones are half a minute off at most, and people type slowly."""
RECOVERY_CODES: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_HALF: Final = 6
_ISSUER: Final = "Dispatch"
_SECRET_BYTES: Final = 20


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the app has to be told: by hand, or as the address that its camera reads."""

    secret: str
    uri: str


def app_secret(server_secret: bytes, user_id: str, salt: str) -> str:
    """The secret that the user's app has, base32."""
    digest = hmac.digest(server_secret, f"second factor of {user_id} {salt}".encode(), "sha256")
    return b32encode(digest[:_SECRET_BYTES]).decode()


def enrolment(server_secret: bytes, user: StaffUser) -> Enrolment:
    """What the app of a user who has begun has to be told."""
    secret = app_secret(server_secret, user.id, user.second.salt if user.second else "")
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=user.id, issuer_name=_ISSUER))


def begin(before: StaffUser | None) -> UserEdit:
    """A new salt; nothing is asked for until a code has come back. Raises `Conflict` when there is a second factor."""
    user = _present(before)
    if user.second and user.second.confirmed:
        raise Conflict("second_factor_on", "There is a second factor already; remove it first.")
    return UserEdit(replace(user, second=SecondFactor(secrets.token_hex(16))), "second_factor_begun")


def confirm(server_secret: bytes, code: str, hashes: tuple[str, ...], now: int, before: StaffUser | None) -> UserEdit:
    """Codes are asked for from now on. Raises `Conflict` or `Forbidden`."""
    user = _present(before)
    if user.second is None or user.second.confirmed:
        raise Conflict("second_factor_not_begun", "There is no second factor to confirm; begin again.")
    step = _matching_step(server_secret, user, code, now)
    second = replace(user.second, confirmed=True, last_step=step, recovery=hashes)
    return UserEdit(replace(user, second=second), "second_factor_on")


def use(server_secret: bytes, code: str, now: int, before: StaffUser | None) -> UserEdit:
    """Use a code up: one of the app, or a recovery code. Raises `Forbidden` for one that is wrong, or was used."""
    user = _present(before)
    if user.second is None or not user.second.confirmed:
        return UserEdit(user, "")
    typed = _plain(code)
    hashed = _hash(user.id, typed)
    if any(hmac.compare_digest(hashed, kept) for kept in user.second.recovery):
        left = tuple(kept for kept in user.second.recovery if kept != hashed)
        return UserEdit(replace(user, second=replace(user.second, recovery=left)), "recovery_code_used")
    step = _matching_step(server_secret, user, typed, now)
    return UserEdit(replace(user, second=replace(user.second, last_step=step)), "second_factor_used")


def remove(before: StaffUser | None, *, ends_sessions: bool) -> UserEdit:
    """The password alone is enough again."""
    user = _present(before)
    if user.second is None:
        return UserEdit(user, "")
    after = replace(user, second=None, generation=user.generation + ends_sessions)
    return UserEdit(after, "second_factor_off")


def recovery_codes(user_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(codes that are shown once, hashes that are kept); 59 bits each."""
    codes = tuple("".join(secrets.choice(_LETTERS) for _ in range(2 * _HALF)) for _ in range(RECOVERY_CODES))
    return tuple(f"{code[:_HALF]}-{code[_HALF:]}" for code in codes), tuple(_hash(user_id, code) for code in codes)


def _present(user: StaffUser | None) -> StaffUser:
    if user is None:
        raise Forbidden("wrong_code", "The code is wrong, or was used before.")
    return user


def _matching_step(server_secret: bytes, user: StaffUser, code: str, now: int) -> int:
    """The step of time that the code is for. Raises `Forbidden`."""
    second, typed = user.second, _plain(code)
    if second and len(typed) == DIGITS and typed.isdecimal() and typed.isascii():
        app = pyotp.TOTP(app_secret(server_secret, user.id, second.salt))
        for drift in DRIFT:
            step = now // STEP_MS + drift
            if step > second.last_step and hmac.compare_digest(app.generate_otp(step), typed):
                return step
    raise Forbidden("wrong_code", "The code is wrong, or was used before.")


def _plain(code: str) -> str:
    return code.replace(" ", "").replace("-", "").strip().lower()


def _hash(user_id: str, code: str) -> str:
    return hashlib.sha256(f"recovery code of {user_id} {code}".encode()).hexdigest()
