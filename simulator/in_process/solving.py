"""The solver of the simulation: the real search, inline and by iterations, or what a broken solver would answer."""

import asyncio
from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any, Self

from dispatch.planning.improve import Budget, improve
from dispatch.planning.problem import Plan, Problem

ITERATIONS = 120
DEEP_ITERATIONS = 400


class InlineSolver:
    """See `bootstrap_parts.Improver`. `mood` is asked before each round: "", "hang", "crash" or "lie"."""

    def __init__(self, chance: Random, mood: Any) -> None:
        self.outcomes: Counter[str] = Counter()
        self._chance = chance
        self._mood = mood

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        pass

    async def improve(self, problem: Problem, budget_s: float, seed: int, deep: bool = False) -> Plan | None:
        """See `Solver`."""
        mood = self._mood()
        self.outcomes[mood or "answered"] += 1
        if mood == "hang":
            await asyncio.sleep(3 * budget_s)
            return None
        if mood == "crash":
            await asyncio.sleep(0.01)
            return None
        plan = improve(problem, Budget(iterations=DEEP_ITERATIONS if deep else ITERATIONS), seed, deep)
        await asyncio.sleep(budget_s * self._chance.uniform(0.05, 1.0))
        return self._lie(problem, plan) if mood == "lie" else plan

    def _lie(self, problem: Problem, plan: Plan | None) -> Plan | None:
        """A plan that promises much and breaks the rules: stops forgotten, repeated, or in a wrong order."""
        routes = list(plan.routes) if plan else []
        if not routes:
            return None
        n = self._chance.randrange(len(routes))
        stops = list(routes[n].stops)
        how = self._chance.randrange(3)
        if how == 0 and stops:
            del stops[self._chance.randrange(len(stops))]
        elif how == 1 and stops:
            stops.append(self._chance.choice(stops))
        else:
            stops.reverse()
        routes[n] = replace(routes[n], stops=tuple(stops))
        return Plan(problem.version, tuple(routes), ("liar",), 1e6)
