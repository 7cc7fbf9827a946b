"""The streams that the pages' reducers are tested on are what this protocol says."""

import json
from pathlib import Path

import pytest

from courier_protocol.codec import Decoder

RECORDED = Path(__file__).parents[2] / "dispatch/pages/src/shared/testing/recorded"


@pytest.mark.parametrize("name", ["zone", "track"])
def test_every_recorded_frame_is_a_frame_of_the_live_channel(name: str) -> None:
    """As it was written down (tests/support/record_live.py), it can be decoded."""
    recorded = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    decoder = Decoder("live", "json")
    frames = [*recorded["frames"], [recorded["last"]]]
    assert sum(len(decoder.decode(json.dumps(frame).encode())) for frame in frames) == sum(map(len, frames))
