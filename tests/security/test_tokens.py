"""Signed tokens and tracking links: what is accepted, and what cannot be made without the secret."""

import base64
import json
import time
from typing import Any

import jwt
import pytest

from dispatch.application.access import Role
from dispatch.web.auth import (
    LINK_LENGTH,
    BadToken,
    issue_token,
    link_hash,
    seconds_left,
    tracking_link,
    verify_token,
)
from tests.support.web import SECRET, House

DAY_S = 24 * 3600
LATER_S = int(time.time()) + DAY_S
"""Later than any run of all tests ends."""


def test_a_token_says_who_as_what_and_where() -> None:
    """What was issued is what is verified, and how long it lasts."""
    bearer = verify_token(SECRET, issue_token(SECRET, "dispatcher", "ada@shop", ("z1",), LATER_S))
    assert (bearer.subject.role, bearer.subject.id, bearer.subject.zones) == (Role.DISPATCHER, "ada@shop", {"z1"})
    assert 0 < seconds_left(bearer) <= DAY_S
    assert verify_token(SECRET, issue_token(SECRET, "admin", "a", (), LATER_S)).subject.zones == frozenset()
    limited = verify_token(SECRET, issue_token(SECRET, "depot", "a", (), LATER_S, depots=("d1",), account="shop"))
    assert (limited.subject.depots, limited.subject.owner) == ({"d1"}, "shop")


@pytest.mark.parametrize(("role", "subject"), [("king", "a"), ("admin", ""), ("admin", "a b"), ("admin", "a" * 65)])
def test_what_cannot_be_issued(role: str, subject: str) -> None:
    """Unknown roles and subjects that would not be safe in an id or a log."""
    with pytest.raises(ValueError, match="known role"):
        issue_token(SECRET, role, subject, (), LATER_S)


def forged(claims: dict[str, Any], secret: bytes = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, secret, algorithm=algorithm)


GOOD: dict[str, Any] = {"sub": "a", "role": "admin", "exp": LATER_S}


def unsigned() -> str:
    parts = [{"alg": "none", "typ": "JWT"}, GOOD]
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        unsigned(),
        forged(GOOD, b"another secret that is long enough to sign with"),
        forged(GOOD, SECRET * 2, "HS512"),
        *(forged({key: value for key, value in GOOD.items() if key != left_out}) for left_out in GOOD),
        forged(GOOD | {"role": "king"}),
        forged(GOOD | {"sub": "a\nb"}),
        forged(GOOD | {"zones": "z1"}),
        forged(GOOD | {"zones": [1]}),
        forged(GOOD | {"depots": "d1"}),
        forged(GOOD | {"depots": [1]}),
        forged(GOOD | {"account": 7}),
        forged(GOOD)[:-2] + "AA",
    ],
)
def test_forged_and_broken_tokens(token: str) -> None:
    """None of them proves anything, and the refusal does not repeat them."""
    with pytest.raises(BadToken) as refused:
        verify_token(SECRET, token)
    assert refused.value.code == "bad_token" and (not token or token not in refused.value.detail)


def test_an_expired_token_is_told_apart() -> None:
    """So that a client knows to refresh."""
    with pytest.raises(BadToken) as refused:
        verify_token(SECRET, issue_token(SECRET, "admin", "a", (), int(time.time()) - 1))
    assert refused.value.code == "token_expired"


def test_links_are_capabilities() -> None:
    """192 bits that depend on the secret and the order; the hash that is stored is not the link."""
    link = tracking_link(SECRET, "o-1")
    assert len(link) == LINK_LENGTH == 32
    assert len({link, tracking_link(SECRET, "o-2"), tracking_link(b"x" * 32, "o-1")}) == 3
    assert tracking_link(SECRET, "o-1") == link and link not in link_hash(link)


async def test_only_the_hash_is_stored(h: House) -> None:
    """The database holds nothing that opens a page."""
    placed = await h.order()
    assert h.hub.replica.state.orders[placed["id"]].track_hash == link_hash(placed["track_token"])
    assert placed["track_token"] not in repr(await h.store.events("default", 0, 100))
