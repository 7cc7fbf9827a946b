"""Record what a desk and a shopper of a running demo are told, for the tests of the pages' reducers.

    .venv/bin/dispatch demo --city generate:2km:7 --couriers 3 --orders-per-hour 40 --speed 30 &
    .venv/bin/python -m tests.support.record_live CONSOLE_LINK CUSTOMER_LINK SECONDS FOLDER

Writes `zone.json` and `track.json`: the messages from the first snapshot on, one frame a row, and a snapshot from a
second connection, taken at the end: what the first one's state must be once it stands at the same place in the stream.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

PROTOCOL = Subprotocol("live.v1.json")
SNAPSHOTS = ("zone_snapshot", "track_snapshot")
PING_S = 2.0
LAST_PING = 1_000_000


async def frames(socket: ClientConnection) -> list[list[Any]]:
    """The messages of each frame, until the last ping is answered: what came before it has been told by then."""
    found = list[list[Any]]()
    while True:
        frame = json.loads(await socket.recv())
        messages = frame if isinstance(frame, list) else [frame]
        if told := [each for each in messages if each["t"] not in ("welcome", "pong")]:
            found.append(told)
        if any(each["t"] == "pong" and each["n"] == LAST_PING for each in messages):
            return found


async def record(url: str, hello: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The frames of one watcher, and the snapshot of another at their end."""
    async with connect(url, subprotocols=[PROTOCOL], compression=None) as socket:
        await socket.send(json.dumps({"t": "hello", "v": 1, **hello}))
        reading = asyncio.create_task(frames(socket))
        for number in range(int(seconds / PING_S)):
            await asyncio.sleep(PING_S)
            await socket.send(json.dumps({"t": "ping", "n": number + 1}))
        last = await snapshot(url, hello)
        await socket.send(json.dumps({"t": "ping", "n": LAST_PING}))
        return {"frames": [_until(each, last["seq"]) for each in await reading], "last": last}


def _until(frame: list[Any], seq: int) -> list[Any]:
    """The frame without what the snapshot did not know yet."""
    return [each for each in frame if each.get("seq", 0) <= seq]


async def snapshot(url: str, hello: dict[str, Any]) -> dict[str, Any]:
    """What a newcomer is told first."""
    async with connect(url, subprotocols=[PROTOCOL], compression=None) as socket:
        await socket.send(json.dumps({"t": "hello", "v": 1, **hello}))
        while True:
            frame = json.loads(await socket.recv())
            for message in frame if isinstance(frame, list) else [frame]:
                if message["t"] in SNAPSHOTS:
                    found: dict[str, Any] = message
                    return found


async def main(console: str, customer: str, seconds: str, folder: str) -> None:
    """Record both at once."""
    place, given = urlsplit(console), parse_qs(urlsplit(console).fragment)
    url = f"ws://{place.netloc}/v1/live"
    staff = {"token": given["token"][0], "zone": given["zone"][0]}
    track = {"track": urlsplit(customer).path.rpartition("/")[2]}
    zone, order = await asyncio.gather(record(url, staff, float(seconds)), record(url, track, float(seconds)))
    for name, recorded in (("zone", zone), ("track", order)):
        rows = ",\n".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in recorded["frames"])
        last = json.dumps(recorded["last"], ensure_ascii=False, separators=(",", ":"))
        await asyncio.to_thread(
            Path(folder, f"{name}.json").write_text, f'{{"frames": [\n{rows}\n],\n"last": {last}}}\n', encoding="utf-8"
        )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
