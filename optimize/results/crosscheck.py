"""Second opinions on an optimum, by methods that know nothing of gradients."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from scipy.optimize import differential_evolution
from scipy.stats import qmc

from jaxcom import SpinningResonator
from jaxcom.support.tables import table

from ..search.climb import rank
from .optimum import Optimum

BLOCK = 2**14  # points that are looked at together
RIDGE = 1e-8  # of the value: a polish ends on a ridge where the slope is rounding


class CrossCheck(NamedTuple):
    """What another method has found in the same box; prints as a table.

    Attributes:
        method: in words.
        value: the highest score of a feasible point; -inf if none was met.
        design: where.
        gap: the optimum's score less that; negative if the other method has found better.
        feasible: the share of its points that were.
        evaluations: of the objective.
    """

    method: str
    value: float
    design: SpinningResonator
    gap: float
    feasible: float
    evaluations: int

    @property
    def confirms(self) -> bool:
        """Has it found nothing better, but for what a ridge may still rise?"""
        return self.gap >= -RIDGE * abs(self.value)

    def __str__(self) -> str:
        rows = [
            ("highest score found", self.value),
            ("optimum above it by", self.gap),
            ("share of points feasible", self.feasible),
            ("evaluations", self.evaluations),
        ]
        verdict = "nothing better" if self.confirms else "a better design"
        return table(f"{self.method}: {verdict} found", [rows])


def dense_scan(
    best: Optimum, *, points: int = 2**20, reach: float | None = None, seed: int = 0
) -> CrossCheck:
    """The best of many Sobol points, of the whole box or around an optimum.

    Args:
        best: what `maximize` has returned.
        points: how many, rounded up to full blocks of 16384.
        reach: to either side of the optimum, as a share of the box; by default all of the box.
        seed: of the points.

    Raises:
        ValueError: `points` is below 1, or `reach` not above 0.

    >>> import jaxcom as jc
    >>> from optimize import Box, maximize, objectives
    >>> box = Box(detuning=(-63e6, 252e6))
    >>> best = maximize(objectives.one_way(jc.LEFT), jc.SpinningResonator(), box, starts=4)
    >>> check = dense_scan(best, points=1000)
    >>> check.confirms, check.gap < 1e-6
    (True, True)
    """
    if points < 1:
        raise ValueError(f"Argument `points` must be at least 1, but is {points}.")
    if reach is not None and not reach > 0:
        raise ValueError(f"Argument `reach` must be above 0, but is {reach}.")
    low = np.zeros_like(best.unit) if reach is None else np.maximum(best.unit - reach, 0.0)
    high = np.ones_like(best.unit) if reach is None else np.minimum(best.unit + reach, 1.0)
    sampler = qmc.Sobol(best.unit.size, rng=seed)
    tally = _Tally(best)
    for _ in range(-(-points // BLOCK)):
        tally.look(low + (high - low) * sampler.random(BLOCK))
    where = "the box" if reach is None else f"{reach:g} of the box to either side"
    return tally.verdict(f"dense scan of {where}")


def evolve(
    best: Optimum, *, population: int = 30, generations: int = 300, seed: int = 0
) -> CrossCheck:
    """Differential evolution in the same box, its population looked at by the fast path.

    Args:
        best: what `maximize` has returned.
        population: members for each free field.
        generations: at most; it ends earlier where the population has contracted.
        seed: of the population.
    """
    tally = _Tally(best)

    def loss(units: Float[np.ndarray, "d n"]) -> Float[np.ndarray, " n"]:
        return -tally.look(units.T)

    differential_evolution(
        loss, [(0.0, 1.0)] * best.unit.size, vectorized=True, updating="deferred",
        popsize=population, maxiter=generations, tol=1e-10, rng=seed, polish=False,
    )  # fmt: skip
    return tally.verdict("differential evolution")


class _Tally:
    """The highest of all points looked at."""

    def __init__(self, best: Optimum):
        self.best, self.height, self.unit = best, -np.inf, best.unit
        self.seen = self.feasible = 0

    def look(self, units: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """The ranks of points; far below all scores where infeasible."""
        heights = np.asarray(_rank(self.best.problem, jnp.asarray(units)))
        self.seen += len(units)
        self.feasible += int((heights > -1e6).sum())
        k = int(np.argmax(heights))
        if heights[k] > max(self.height, -1e6):
            self.height, self.unit = float(heights[k]), units[k]
        return np.maximum(heights, -1e9)

    def verdict(self, method: str) -> CrossCheck:
        """What has come of it."""
        problem, best = self.best.problem, self.best
        score = float(_score(problem, jnp.asarray(best.unit)))
        design = jax.tree.map(float, problem.design(jnp.asarray(self.unit)))
        share = self.feasible / max(self.seen, 1)
        return CrossCheck(method, self.height, design, score - self.height, share, self.seen)


def _rank(problem, units):
    return rank(problem, units, within_margin=True)


@eqx.filter_jit
def _score(problem, unit):
    return problem.score(unit)
