"""The solver's side of `solver_pool`: a process that reads problems from its standard input and writes plans.

It lives as long as its input: when the parent is gone, for whatever reason, reading ends and so does the process. It
holds the GIL while it searches and can then notice nothing; so the kernel's timer ends it when a search overruns.
"""

import os
import signal
import sys
from collections.abc import Callable
from time import perf_counter

from dispatch.adapters.solver_frames import READY, read, write
from dispatch.planning import routing_model
from dispatch.planning.improve import Budget, improve
from dispatch.planning.problem import Plan, Problem
from dispatch.planning.warm import toy, warm

SEARCH_SHARE = 0.7
"""Of the budget; the rest is for building the model and for the way there and back."""
_NICENESS = 10
_OVERRUN_S = 5.0
"""The parent kills much earlier; this is for a search that hangs after the parent has died."""

Solve = Callable[[Problem, float, int, bool], Plan | None]
"""A problem, a budget in seconds, a seed, and whether to search deeply."""


def search(problem: Problem, budget_s: float, seed: int, deep: bool) -> Plan | None:
    """Improve a plan within the budget: the compiled search, and OR-Tools for who rides what."""
    return improve(problem, Budget(seconds=budget_s * SEARCH_SHARE, clock=perf_counter), seed, deep)


def ortools_alone(problem: Problem, budget_s: float, seed: int, deep: bool) -> Plan | None:
    """Improve a plan within the budget by OR-Tools' routing model and nothing else."""
    del deep
    return routing_model.improve(problem, budget_s * SEARCH_SHARE, seed)


ENGINES: dict[str, Solve] = {"search": search, "ortools": ortools_alone}


def compile_search() -> None:
    """Plan a toy zone, so that no round waits for the compiler."""
    improve(toy(), Budget(iterations=2), 1, deep=True)


def serve(solve: Solve = search) -> None:
    """Answer problems until the input ends. Answers are (plan or None, error): the error's text when `solve` raised."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who then closes the input
    os.nice(_NICENESS)
    inbox, outbox = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the answers
    if solve is search:
        compile_search()
    write(outbox, READY)
    while (asked := read(inbox)) is not None:
        write(outbox, _answer(solve, *asked))


def _answer(solve: Solve, problem: Problem, budget_s: float, seed: int, deep: bool) -> tuple[Plan | None, str]:
    signal.setitimer(signal.ITIMER_REAL, budget_s + _OVERRUN_S)
    try:
        return solve(problem, budget_s, seed, deep), ""
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    if sys.argv[1:] == ["compile"]:  # at set-up: everything is compiled before the first start
        warm()
        compile_search()
        from dispatch.roads.toy import warm_matching  # a solver rides no streets, and starts the sooner

        warm_matching()
    else:
        serve(ENGINES[sys.argv[1]] if len(sys.argv) > 1 else search)
