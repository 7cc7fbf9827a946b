"""`CallGateway` by a telephone platform of the operator's; and one that only records, for development.

The platform is asked in no provider's words, so that a few lines of its own suit it to any of them.
"""

import asyncio
import sys
from typing import Final

import httpx
import msgspec

from dispatch.application.calls import Bridge, CallFailed, CallGateway, CallWish

TIMEOUT_S: Final = 8.0
NONE, RECORD = "none", "record"
_RECORDED: Final = Bridge("+00000000000", 300)


class _Answer(msgspec.Struct):
    number: str
    good_for_s: int = 300


class GatewayCalls:
    """POSTs `{"id", "order_id", "from", "to"}` as JSON and hears `{"number", "good_for_s"}`.

    `from` empty: whoever dials. The id stands in `Idempotency-Key`, too. Tests give a `transport` of their own.
    """

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url = url
        self._transport = transport
        self._tls = httpx.create_ssl_context()

    async def join(self, wish: CallWish) -> Bridge:
        """See `CallGateway`. No error names the URL, which may hold a secret, nor anybody's number."""
        body = {"id": wish.id, "order_id": wish.order_id, "from": wish.caller, "to": wish.callee}
        try:
            async with asyncio.timeout(TIMEOUT_S), self._client() as http:
                answer = await http.post(self._url, json=body, headers={"Idempotency-Key": wish.id})
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise CallFailed(f"the gateway does not answer ({type(error).__name__})") from None
        if not answer.is_success:
            raise CallFailed(f"the gateway answers {answer.status_code}")
        try:
            told = msgspec.json.decode(answer.content, type=_Answer)
        except msgspec.MsgspecError:
            raise CallFailed("the gateway answers without a number") from None
        return Bridge(told.number, told.good_for_s)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self._transport, verify=self._tls, trust_env=False)


class RecordedCalls:
    """See `CallGateway`: nobody's phone rings. Says on standard output which order a call was about, never a number."""

    def __init__(self) -> None:
        self.wishes: list[CallWish] = []

    async def join(self, wish: CallWish) -> Bridge:
        """See `CallGateway`."""
        self.wishes = [*self.wishes[-99:], wish]
        sys.stdout.write(f"A call about order {wish.order_id} (DISPATCH_CALL_GATEWAY=record): nobody's phone rings.\n")
        sys.stdout.flush()
        return _RECORDED


def call_gateway(setting: str) -> CallGateway | None:
    """The gateway that a setting names: `none`, `record`, or an https URL."""
    if setting in ("", NONE):
        return None
    return RecordedCalls() if setting == RECORD else GatewayCalls(setting)
