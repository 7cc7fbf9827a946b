"""Who is asking: signed tokens for people and programs, capability links for shoppers.

A token is a JWT signed with HS256: `sub` who, `role` as what, `exp` until when; `zones`, `depots` and `account` narrow
it (absent: not at all, see `access`). Only this one algorithm is accepted, and every claim is required but these three.
The short-lived token of somebody who has signed in says its session as well: `sid` which one, `gen` of which
generation of the user. A shopper's has no session, only the generation of the account.

A tracking link is a capability: whoever has it may see one order. It is 192 bits derived from the server's secret and
the order's id, so that a repeated request for the same order answers with the same link while only its hash is stored;
nobody without the secret can find it, and the stored hash does not lead back to it. Links live on when the secret is
changed, because they are looked up by that hash.
"""

import hashlib
import hmac
import re
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass

import jwt

from dispatch.application.access import Role, Subject
from dispatch.application.staff_ports import SessionMark
from dispatch.domain.errors import InvalidInput
from dispatch.domain.phone import normalised_phone

_ALGORITHM = "HS256"
_SUBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_ROLES = {role.value: role for role in Role}
_LINK_BYTES = 24
LINK_LENGTH = _LINK_BYTES * 4 // 3


class BadToken(Exception):
    """The token proves nothing; `code` and `detail` say why without repeating it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Bearer:
    """A verified token: who it is, until when (epoch seconds of the wall clock), and the sign-in that it is from."""

    subject: Subject
    good_until_s: float
    mark: SessionMark | None = None
    generation: int = 0
    """Of a shopper's account."""


def issue_token(
    secret: bytes,
    role: str,
    subject: str,
    zones: tuple[str, ...],
    good_until_s: int,
    *,
    depots: tuple[str, ...] = (),
    account: str = "",
    mark: SessionMark | None = None,
    generation: int = 0,
) -> str:
    """A signed token. Raises `ValueError` for an unknown role or a subject of other than 1-64 plain characters."""
    if role not in _ROLES or not _SUBJECT.fullmatch(subject):
        raise ValueError("a token needs a known role and a subject of 1-64 letters, digits and . _ @ -")
    claims = {"sub": subject, "role": role, "exp": good_until_s, **({"zones": list(zones)} if zones else {})}
    claims |= {name: value for name, value in (("depots", list(depots)), ("account", account)) if value}
    if generation:
        claims["gen"] = generation
    if mark:
        claims |= {"sid": mark.session_id, "gen": mark.generation}
    return jwt.encode(claims, secret, algorithm=_ALGORITHM)


def verify_token(secret: bytes, token: str) -> Bearer:
    """Who the token speaks for. Raises `BadToken`."""
    try:
        claims = jwt.decode(token, secret, algorithms=[_ALGORITHM], options={"require": ["sub", "role", "exp"]})
    except jwt.ExpiredSignatureError:
        raise BadToken("token_expired", "The token has expired; get a new one.") from None
    except jwt.InvalidTokenError:
        raise BadToken("bad_token", "The token is not valid here; get a new one.") from None
    role, zones, depots = _ROLES.get(claims["role"]), claims.get("zones", []), claims.get("depots", [])
    account = claims.get("account", "")
    limits_are_names = _are_names(zones) and _are_names(depots) and isinstance(account, str)
    session_id, generation = claims.get("sid", ""), claims.get("gen", 0)
    counts = isinstance(session_id, str) and isinstance(generation, int) and generation >= 0
    marks_a_session = counts and (role is Role.CUSTOMER or bool(session_id) == (generation > 0))
    if role is None or not limits_are_names or not marks_a_session or not _SUBJECT.fullmatch(claims["sub"]):
        raise BadToken("bad_token", "The token's claims are not usable; get a new one.")
    subject = Subject(role, claims["sub"], frozenset(zones), frozenset(depots), account)
    if role is Role.CUSTOMER:
        return Bearer(subject, float(claims["exp"]), generation=generation)
    mark = SessionMark(claims["sub"], generation, session_id) if session_id else None
    return Bearer(subject, float(claims["exp"]), mark)


def _are_names(claim: object) -> bool:
    return isinstance(claim, list) and all(isinstance(name, str) for name in claim)


def seconds_left(bearer: Bearer) -> float:
    """How long the token is still good."""
    return bearer.good_until_s - time.time()


def tracking_link(secret: bytes, order_id: str, number: int = 0) -> str:
    """The order's capability, 32 characters that may stand in a URL; `number` counts how often it was replaced."""
    named = f"{order_id} {number}" if number else order_id
    digest = hmac.digest(secret, b"tracking link of " + named.encode(), "sha256")
    return urlsafe_b64encode(digest[:_LINK_BYTES]).decode()


def delivery_pin(secret: bytes, order_id: str) -> str:
    """Four digits that the shopper tells the courier, made of the order's id: a repeated request has the same."""
    digest = hmac.digest(secret, b"delivery pin of " + order_id.encode(), "sha256")
    return f"{int.from_bytes(digest[:8]) % 10_000:04d}"


def collection_code(secret: bytes, order_id: str) -> str:
    """Six digits with which the shopper collects the order at its pickup point, made as `delivery_pin` is."""
    digest = hmac.digest(secret, b"collection code of " + order_id.encode(), "sha256")
    return f"{int.from_bytes(digest[:8]) % 1_000_000:06d}"


def phone_mark(secret: bytes, typed: str) -> str:
    """What stands for a phone number where orders are looked for by it; empty for what is no number."""
    try:
        phone = normalised_phone(typed)
    except InvalidInput:
        return ""
    return hmac.digest(secret, b"phone mark of " + phone.encode(), "sha256").hex()[:40]


def link_hash(link: str) -> str:
    """What is stored and looked up instead of the link."""
    return hashlib.sha256(link.encode()).hexdigest()
