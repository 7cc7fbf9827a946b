"""Failpoints: named places where a process fails because the environment says so, and nowhere else."""

import os
import signal
import subprocess
import sys
import time

import pytest

from dispatch import failpoints
from dispatch.failpoints import VARIABLE, Plan

THREE_PASSAGES = """
from dispatch.failpoints import failpoint
for passage in (1, 2, 3):
    print(passage, flush=True)
    failpoint("commit.before")
"""


def run(asked: str | None) -> tuple[int, str]:
    """(exit status, output) of a process that passes a place three times."""
    environment = {k: v for k, v in os.environ.items() if k != VARIABLE} | ({} if asked is None else {VARIABLE: asked})
    done = subprocess.run(
        [sys.executable, "-c", THREE_PASSAGES], check=False, env=environment, capture_output=True, text=True
    )
    return done.returncode, done.stdout


def test_a_process_dies_at_the_passage_that_was_named() -> None:
    """SIGKILL at the second one; the other places are passed."""
    assert run("commit.after=kill commit.before=kill@2") == (-signal.SIGKILL, "1\n2\n")


def test_nothing_happens_where_nothing_was_asked_for() -> None:
    """Without the variable a place is the call of an empty function."""
    assert run(None) == (0, "1\n2\n3\n")
    assert failpoints.failpoint is failpoints._pass_by


def test_a_delay_blocks_the_process_once() -> None:
    """As a stalled machine does."""
    plan = Plan("lease.renew=delay:0.05")
    began_s = time.monotonic()
    plan.passed("lease.renew")
    assert time.monotonic() - began_s >= 0.05
    plan.passed("lease.renew")
    assert time.monotonic() - began_s < 0.1


@pytest.mark.parametrize("said", ["nowhere=kill", "commit.before=explode", "commit.before", "commit.before=delay:x"])
def test_what_cannot_be_meant_is_refused(said: str) -> None:
    """A misspelt failpoint would be a test that cannot fail."""
    with pytest.raises(ValueError):
        Plan(said)
