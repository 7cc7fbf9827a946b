"""What brings one-time codes to phones: a gateway of the operator's, this process's standard output, or nothing.

Which one is the setting `DISPATCH_CODE_SENDER`. Printing is for development: the line goes to standard output and never
into the log, which is kept and shipped.
"""

import asyncio
import sys

import httpx

from dispatch.application.channel_ports import CodeNotSent, CodeSender

TIMEOUT_S = 5.0
PRINT = "print"
NONE = "none"
SIGN_IN = "sign-in"
PRINTED_AS = {SIGN_IN: "Sign-in code", "erasure": "Erasure code"}


class PrintedCodes:
    """See `CodeSender`: prints each code for the developer, and says once that it does."""

    def __init__(self, purpose: str = SIGN_IN) -> None:
        self._what = PRINTED_AS.get(purpose, "Look-up code")
        if purpose == SIGN_IN:
            _print("Sign-in codes of couriers are printed here (DISPATCH_CODE_SENDER=print): for development only.")

    async def send(self, phone: str, code: str, lang: str) -> None:
        """See `CodeSender`."""
        del lang
        _print(f"{self._what} for {phone}: {code}")


class NoCodes:
    """See `CodeSender`: couriers get their tokens some other way."""

    async def send(self, phone: str, code: str, lang: str) -> None:
        """Raises `CodeNotSent`."""
        del phone, code, lang
        raise CodeNotSent("there is no sender; set DISPATCH_CODE_SENDER")


class WebhookCodes:
    """See `CodeSender`: POSTs `{"phone", "code", "lang"}` to an https URL. Only 2xx is success; no redirects.

    Codes that are not for signing in have a `purpose` beside them, such as `lookup`. Tests give a `transport` of their
    own.
    """

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None, *, purpose: str = SIGN_IN) -> None:
        self._url = url
        self._more = {} if purpose == SIGN_IN else {"purpose": purpose}
        self._transport = transport
        self._tls = httpx.create_ssl_context()  # it takes longer than everything else, and would be seen from outside

    async def send(self, phone: str, code: str, lang: str) -> None:
        """See `CodeSender`. The error names neither the URL, which may hold a secret, nor what was sent."""
        body = {"phone": phone, "code": code, "lang": lang, **self._more}
        try:
            async with asyncio.timeout(TIMEOUT_S), self._client() as http:
                answer = await http.post(self._url, json=body)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise CodeNotSent(f"the sender does not answer ({type(error).__name__})") from None
        if not answer.is_success:
            raise CodeNotSent(f"the sender answers {answer.status_code}")

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self._transport, verify=self._tls)


def code_sender(setting: str, purpose: str = SIGN_IN) -> CodeSender:
    """The sender that a setting names (`print`, `none`, or an https URL), for codes of this purpose."""
    if setting == PRINT:
        return PrintedCodes(purpose)
    return NoCodes() if setting == NONE else WebhookCodes(setting, purpose=purpose)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
