"""What a request may cost: how large its body may be, read no further than that."""

from starlette.requests import ClientDisconnect, Request

from dispatch.web.problems import Problem

MAX_BODY_BYTES = 65_536
MAX_BATCH_BYTES = 2 * 1_048_576


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The body. Raises `Problem` 413 as soon as it is known to be larger, and 400 when the caller went away."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit_bytes:
        raise _too_large(limit_bytes)
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit_bytes:
                raise _too_large(limit_bytes)
            chunks.append(chunk)
    except ClientDisconnect:
        raise Problem(400, "body_incomplete", "The body ended early; send it again.") from None
    return b"".join(chunks)


def _too_large(limit_bytes: int) -> Problem:
    return Problem(413, "body_too_large", f"The body is at most {limit_bytes} bytes; send less.")
