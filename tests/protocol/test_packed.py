"""Places as packed records."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courier_protocol.codec import Decoder, Encoding, encode_one
from courier_protocol.errors import LocalProtocolError
from courier_protocol.live import FixView, PackedFixes
from courier_protocol.packed import RECORD, pack, unpack

views = st.builds(
    FixView,
    courier_id=st.text(min_size=1, max_size=64),
    gen=st.integers(0, 2**32 - 1),
    seq=st.integers(0, 2**53 - 1),
    at_ms=st.integers(0, 2**53 - 1),
    lat=st.floats(-90, 90),
    lon=st.floats(-180, 180),
    heading_deg=st.none() | st.floats(0, 360),
    speed_mps=st.none() | st.floats(0, 655),
)


@given(st.lists(views, max_size=10), st.sampled_from(["json", "msgpack"]))
def test_places_come_back_to_the_centimetre(fixes: list[FixView], encoding: Encoding) -> None:
    """Over the wire in both encodings: numbers exactly, degrees to 1e-7, heading and speed to a hundredth."""
    frame = encode_one(pack(fixes), encoding)
    (message,) = Decoder("live", encoding).decode(frame if encoding == "msgpack" else frame.decode())
    assert isinstance(message, PackedFixes)
    for sent, got in zip(fixes, unpack(message), strict=True):
        assert (sent.courier_id, sent.gen, sent.seq, sent.at_ms) == (got.courier_id, got.gen, got.seq, got.at_ms)
        assert (got.lat, got.lon) == pytest.approx((sent.lat, sent.lon), abs=0.51e-7)
        for before, after in ((sent.heading_deg, got.heading_deg), (sent.speed_mps, got.speed_mps)):
            assert (before is None) == (after is None) and (after or 0.0) == pytest.approx(before or 0.0, abs=0.0051)


def test_the_layout_is_for_ever() -> None:
    """Clients in other languages read it byte by byte; JSON carries it as base64."""
    packed = pack([FixView("c1", 3, 9, 1_700_000_000_000, 60.166, -24.936, 90.0, None)])
    assert packed.data.hex() == "0300000009000000000000000068e5cf8b010000609adc23801123f12823ffff"
    assert RECORD.size == 32 and base64.b64encode(packed.data) in encode_one(packed, "json")


def test_what_is_faster_than_the_record_holds_is_not_known() -> None:
    """Nobody rides at 700 m/s."""
    (fix,) = unpack(pack([FixView("c1", 1, 1, 0, 0.0, 0.0, 0.0, 700.0)]))
    assert fix.speed_mps is None


def test_a_record_too_few_is_an_error() -> None:
    """Nothing is guessed."""
    with pytest.raises(LocalProtocolError):
        unpack(PackedFixes(("c1", "c2"), b"\0" * 32))
