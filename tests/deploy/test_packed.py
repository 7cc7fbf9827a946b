"""What the build packs for the network is what it built."""

import gzip

import pytest

from deploy.setup import STATIC


def test_every_packed_file_unpacks_to_the_file_beside_it() -> None:
    """A `.gz` that was made before the bundler's last touch would be another program than the one that was tested."""
    packed = sorted(STATIC.rglob("*.gz"))
    if not STATIC.joinpath("console.html").is_file():
        pytest.fail("the pages are not built; run `make setup`")
    assert len(packed) >= 8
    for file in packed:
        assert gzip.decompress(file.read_bytes()) == file.with_suffix("").read_bytes(), file.name
