"""The conformance cases as data: in a live session this is sent, and that must come.

The numbers before the dot are the categories of the Autobahn test suite (1 framing, 2 pings and pongs, 3 reserved bits,
4 opcodes, 5 fragmentation, 6 UTF-8, 7 closing, 9 limits, 10 chopping); handshakes and compression (12, 13) are in
`conformance_handshakes`. What RFC 6455 demands is said by section number; where it leaves a choice, all that it allows
are named.
"""

from typing import Final

from tests.web import conformance_ends as ends
from tests.web import conformance_frames as frames

CATEGORIES: Final = (
    frames.framing,
    frames.pings,
    frames.reserved,
    frames.fragmentation,
    ends.utf8,
    ends.closes,
    ends.limits,
    ends.chopping,
)
CASES: Final = tuple(case for category in CATEGORIES for case in category())
