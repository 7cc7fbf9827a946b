"""Close codes and errors: the ranges decide what a client does."""

import pytest

from courier_protocol.close_codes import FINAL_RANGE, RECONNECT_RANGE, CloseCode, is_final
from courier_protocol.errors import LocalProtocolError, ProtocolError, RemoteProtocolError


@pytest.mark.parametrize("code", CloseCode)
def test_every_code_lies_in_a_range_and_says_what_to_do(code: CloseCode) -> None:
    """Reconnect codes say to come back, final ones do not, and each has one sentence that fits a close frame."""
    assert (code in RECONNECT_RANGE) != (code in FINAL_RANGE)
    assert is_final(code) == (code in FINAL_RANGE)
    assert ("come back" in code.sentence or "comes back" in code.sentence) == (code in RECONNECT_RANGE)
    assert len(code.sentence.encode()) <= 123


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1009, 2999, 3000, 3499, 4000])
def test_unknown_codes_outside_the_final_range_mean_come_back(code: int) -> None:
    """A proxy's or a browser's code is a network failure."""
    assert not is_final(code)


@pytest.mark.parametrize("code", [3500, 3999])
def test_unknown_codes_in_the_final_range_are_final(code: int) -> None:
    """A newer server may end a session for a reason that this client does not know."""
    assert is_final(code)


def test_one_tree_of_errors() -> None:
    """One except clause catches all; our bugs and the peer's doing are told apart."""
    error = RemoteProtocolError("bad_token", CloseCode.BAD_TOKEN, "Get a new token.")
    assert isinstance(error, ProtocolError)
    assert isinstance(LocalProtocolError("x"), ProtocolError)
    assert (error.code, error.close_code, str(error)) == ("bad_token", 3500, "bad_token: Get a new token.")
