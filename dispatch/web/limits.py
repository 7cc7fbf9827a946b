"""What a request may cost: how large its body may be, read no further than that, and how long it may take to come."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from dispatch.web.problems import Problem

MAX_BODY_BYTES = 65_536
MAX_BATCH_BYTES = 2 * 1_048_576
BODY_GRACE_S = 10.0
BODY_BYTES_PER_S = 32_768
"""Whoever sends more slowly than that, after the grace, holds one of the calls that all share for too long."""


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The body. Raises `Problem`: 413 as soon as it is known to be larger, 400 when the caller went away, 408 when it
    comes too slowly.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit_bytes:
        raise _too_large(limit_bytes)
    chunks, size = [], 0
    try:
        async for chunk in steadily(request, limit_bytes):
            size += len(chunk)
            if size > limit_bytes:
                raise _too_large(limit_bytes)
            chunks.append(chunk)
    except TimeoutError:
        sentence = "The body came too slowly; send it again over a better link."
        raise Problem(408, "body_too_slow", sentence, headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise Problem(400, "body_incomplete", "The body ended early; send it again.") from None
    return b"".join(chunks)


async def steadily(request: Request, limit_bytes: int) -> AsyncIterator[bytes]:
    """The body as it comes. Raises `TimeoutError` when one of `limit_bytes` would not take so long at the slowest rate,
    and `ClientDisconnect`.
    """
    stream = aiter(request.stream())
    give_up_s = asyncio.get_running_loop().time() + BODY_GRACE_S + limit_bytes / BODY_BYTES_PER_S
    while True:
        async with asyncio.timeout_at(give_up_s):
            chunk = await anext(stream, None)
        if chunk is None:
            return
        yield chunk


def _too_large(limit_bytes: int) -> Problem:
    return Problem(413, "body_too_large", f"The body is at most {limit_bytes} bytes; send less.")
