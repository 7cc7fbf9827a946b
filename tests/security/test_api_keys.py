"""Keys of programs: what they open, how they end, and that nobody can read one anywhere."""

import re
from typing import Any

import httpx
import pytest

from courier_protocol.errors import RemoteProtocolError
from dispatch.application.api_keys import HELD_S, MOST_HELD, ApiKeys
from dispatch.application.ports import StoreUnavailable
from tests.support.clocks import HandTicker
from tests.support.web import House, courier_client, listening, order_body

SHOP = {"name": "The shop's till", "account": "shop-1"}


async def made(h: House, **more: Any) -> tuple[str, dict[str, Any]]:
    """(text, key) of a new key."""
    answer = await h.http.post("/v1/api-keys", json=SHOP | more, headers=h.headers("admin", "root"))
    assert answer.status_code == 201, answer.text
    return answer.json()["key"], answer.json()["made"]


def by(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def test_a_key_is_its_account(h: House) -> None:
    """It places and reads what the account may, finds the account's orders of before, and those of nobody else."""
    before = await h.http.post("/v1/orders", json=order_body(), headers=h.headers("integrator", "shop-1"))
    key, shown = await made(h)
    assert re.fullmatch(r"dk_[0-9a-f]{12}_[\w-]{43}", key) and shown["id"] in key
    assert (await h.http.get(f"/v1/orders/{before.json()['id']}", headers=by(key))).status_code == 200
    placed = await h.http.post("/v1/orders", json=order_body(), headers=by(key))
    assert placed.status_code == 201
    other, _ = await made(h, account="shop-2")
    assert said(await h.http.get(f"/v1/orders/{placed.json()['id']}", headers=by(other))) == (404, "unknown_order")
    assert said(await h.http.get("/v1/events", headers=by(key))) == (403, "role_not_allowed")
    assert said(await h.http.get("/v1/api-keys", headers=by(key))) == (403, "role_not_allowed")


async def test_a_key_is_as_narrow_as_it_was_made(h: House) -> None:
    """To zones and depots; an admin of single zones makes and sees no wider ones."""
    mars, _ = await made(h, zones=["mars"])
    assert said(await h.http.get("/v1/orders", headers=by(mars))) == (403, "zone_not_allowed")
    depot, _ = await made(h, depots=["d2"])
    assert said(await h.http.get("/v1/couriers", headers=by(depot))) == (403, "depot_not_allowed")
    assert said(await h.http.post("/v1/orders", json=order_body(), headers=by(depot))) == (403, "depot_not_allowed")
    local = {"Authorization": f"Bearer {h.token('admin', 'ann', zones=('mars',))}"}
    assert said(await h.http.post("/v1/api-keys", json=SHOP, headers=local)) == (403, "zones_not_yours")
    assert [key["zones"] for key in (await h.http.get("/v1/api-keys", headers=local)).json()["keys"]] == [["mars"]]


@pytest.mark.parametrize(
    "more", [{"role": "admin"}, {"role": "courier"}, {"account": ""}, {"account": "a b"}, {"days": -1}, {"zones": "z"}]
)
async def test_what_is_no_key(h: House, more: dict[str, Any]) -> None:
    """No key is staff or a courier, and none is for nobody: 422, and nothing was made."""
    answer = await h.http.post("/v1/api-keys", json=SHOP | more, headers=h.headers())
    assert answer.status_code == 422
    assert (await h.http.get("/v1/api-keys", headers=h.headers())).json() == {"keys": []}


async def test_a_revoked_key_opens_nothing(h: House) -> None:
    """At once, and for good; it stays in the list, and somebody else's id is unknown."""
    key, shown = await made(h)
    assert (await h.http.get("/v1/orders", headers=by(key))).status_code == 200
    url = f"/v1/api-keys/{shown['id']}"
    assert (await h.http.delete(url, headers=h.headers())).json()["revoked_at"] > 0
    refused = await h.http.get("/v1/orders", headers=by(key))
    assert said(refused) == (401, "bad_key") and refused.headers["www-authenticate"].startswith("Bearer")
    assert (await h.http.delete(url, headers=h.headers())).status_code == 200
    assert said(await h.http.delete("/v1/api-keys/none", headers=h.headers())) == (404, "unknown_key")
    assert len((await h.http.get("/v1/api-keys", headers=h.headers())).json()["keys"]) == 1
    assert h.services.api_keys.counters["api_keys_revoked"] == 2 and h.services.api_keys.counters["api_keys_refused"]


async def test_another_gateway_hears_of_it_in_time(h: House) -> None:
    """What was found is held for two seconds at most, in bounded memory, right keys and wrong ones."""
    ticker = HandTicker()
    other = ApiKeys(h.services.api_keys._store, ticker)
    key, shown = await made(h)
    assert await other.subject_of(key)
    await h.http.delete(f"/v1/api-keys/{shown['id']}", headers=h.headers())
    ticker.pass_ms(round(HELD_S * 1000))
    assert await other.subject_of(key) is None
    for n in range(MOST_HELD + 50):
        assert await other.subject_of(f"dk_{n}") is None
    assert len(other._held) == MOST_HELD


async def test_when_a_key_was_last_used_is_shown(h: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Noted beside the calls: none waits for it, and while the store is away it is noted later. What was refused was
    not used."""
    key, shown = await made(h)
    other, _ = await made(h)
    keys = h.services.api_keys
    await h.http.get("/v1/orders", headers=by(key))
    await h.http.get("/v1/orders", headers=by(f"{other}x"))

    async def away(key_ids: object) -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(keys._store, "note_used", away)
        with pytest.raises(StoreUnavailable):
            await keys.note_used()
    await keys.note_used()
    used = {
        each["id"]: each["used_at"] for each in (await h.http.get("/v1/api-keys", headers=h.headers())).json()["keys"]
    }
    assert used.pop(shown["id"]) >= shown["made_at"] and list(used.values()) == [0]


async def test_a_key_is_kept_nowhere(h: House, written: list[str]) -> None:
    """Neither by the store nor in lists, answers, logs and figures; a guess is no better for knowing what is kept."""
    key, shown = await made(h)
    kept = (await h.services.api_keys._store.all())[0]
    await h.http.get("/v1/orders", headers=by(key))
    await h.http.get("/v1/orders", headers=by(f"{key}x"))
    await h.http.get(f"/v1/orders?key={key}")
    listed = (await h.http.get("/v1/api-keys", headers=h.headers())).text
    for text in (repr(kept), listed, "\n".join(written), (await h.http.get("/metrics")).text):
        assert key not in text and key[20:] not in text
    for guess in (kept.key_hash, f"dk_{kept.key_hash}", f"dk_{shown['id']}", "dk_", f"dk_{shown['id']}_"):
        assert (await h.http.get("/v1/orders", headers=by(guess))).status_code == 401


async def test_a_key_opens_no_socket(h: House) -> None:
    """Phones and desks have tokens."""
    key, _ = await made(h)
    async with listening(h) as address, courier_client(h, address, token=key) as phone:
        with pytest.raises(RemoteProtocolError):
            await phone.wait_live()


async def test_while_the_store_is_away(h: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with Retry-After: it is not known whether the key is good, so it is neither let in nor called wrong."""

    async def away(key_hash: str) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(h.services.api_keys._store, "find", away)
    refused = await h.http.get("/v1/orders", headers=by("dk_x"))
    assert said(refused) == (503, "store_unavailable") and refused.headers["retry-after"]
