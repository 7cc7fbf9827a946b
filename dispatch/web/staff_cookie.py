"""The cookie of the desk's sign-in, and who may use it.

No script can read it, and it goes with calls of our own pages to `/v1/staff` only. A call that it comes with names its
origin, as every browser does: what is not this server's own page is refused before anything is done.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from dispatch.web.call import Call
from dispatch.web.problems import Problem

NAME: Final = "dispatch_staff"
PATH: Final = "/v1/staff"


def check_origin(call: Call) -> None:
    """Raises `Problem` 403 for a call of another site's page, and for one with the cookie that names no origin."""
    origin = call.request.headers.get("origin", "")
    site = call.request.headers.get("sec-fetch-site", "same-origin")
    allowed = {call.request.headers.get("host", "").lower(), urlsplit(call.services.public_url).netloc.lower()}
    named = origin.partition("://")[2].lower()
    stranger = named not in allowed - {""} if origin else NAME in call.request.cookies
    if stranger or site not in ("same-origin", "none"):
        raise Problem(403, "bad_origin", "Only the pages of this server may ask this.")


def token_of(request: Request) -> str:
    """The refresh token; empty when there is none."""
    return request.cookies.get(NAME, "")


def keep(call: Call, response: Response, token: str, life_s: float) -> None:
    """Let the browser keep the token for so long; 0: let it forget."""
    secure = call.request.url.scheme == "https" or call.services.public_url.startswith("https:")
    response.set_cookie(NAME, token, max_age=round(life_s), path=PATH, secure=secure, httponly=True, samesite="strict")
