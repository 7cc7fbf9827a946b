"""What decides is free of clock, chance and input/output, so that it runs the same in simulation and in traffic."""

import pytest

from tests.support.purity import impurities
from tests.support.sources import ROOT, python_files

PURE_ROOMS = ("courier_protocol", "dispatch/domain", "dispatch/planning")
# Shells around the pure part: the asyncio client, the command that prints the specification, the compiler's cache.
SHELLS = {
    "courier_protocol/client.py",
    "courier_protocol/shell.py",
    "courier_protocol/spec/__main__.py",
    "dispatch/planning/search/compiled.py",
}


@pytest.mark.parametrize("room", PURE_ROOMS)
def test_a_pure_room_does_nothing_but_compute(room: str) -> None:
    """No module of the room reads a clock, draws without a seed, opens anything or waits."""
    modules = [path for path in python_files(room) if str(path.relative_to(ROOT)) not in SHELLS]
    assert modules
    found = {str(path.relative_to(ROOT)): impurities(path.read_text(encoding="utf-8")) for path in modules}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import time", ["1: time"]),
        ("from asyncio import sleep", ["1: asyncio"]),
        ("import os.path as p", ["1: os.path"]),
        ("open('x')", ["1: open"]),
        ("import datetime as d\nd.datetime.now()", ["2: datetime.datetime.now"]),
        ("from datetime import datetime\ndatetime.now(UTC)", ["2: datetime.datetime.now"]),
        ("from datetime import date\ndate.today()", ["2: datetime.date.today"]),
        ("from uuid import uuid4 as fresh\nfresh()", ["2: uuid.uuid4"]),
        ("import random\nrandom.shuffle([])", ["2: random.shuffle"]),
        ("from random import Random\nRandom()", ["2: random.Random"]),
        ("import numpy as np\nnp.random.default_rng()", ["2: numpy.random.default_rng"]),
        ("import numpy as np\nnp.random.rand(3)", ["2: numpy.random.rand"]),
        ("def f():\n    import socket", ["2: socket"]),
    ],
)
def test_an_impure_module_is_found_out(source: str, found: list[str]) -> None:
    """Also behind another name, inside a function, and for chance without a seed."""
    assert impurities(source) == found


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\ndatetime(2026, 1, 1)",
        "from random import Random\nRandom(7).shuffle([])",
        "import numpy as np\nnp.random.default_rng(seed)",
        "from .time import later",
        "self.clock.open()",
    ],
)
def test_a_pure_module_is_left_alone(source: str) -> None:
    """Seeds, given dates, and our own names are no impurities."""
    assert impurities(source) == []
