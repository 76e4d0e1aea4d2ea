"""Cross-checks of an optimum by methods that use no gradients."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.optimize import differential_evolution
from scipy.stats import qmc

from jaxcom import SpinningResonator
from jaxcom.support.tables import table

from ..operating_point import LowestBranch
from ..search.climb import TOLERABLE
from ..search.problem import Problem
from ..search.ranking import Rank
from .optimum import Optimum

BLOCK = 2**14  # points that are evaluated together
RIDGE = 1e-8  # relative gain that counts as rounding: along a ridge the slope is lost in it


class CrossCheck(NamedTuple):
    """Result of another method in the same box; prints as a table.

    Attributes:
        method: description of the method.
        score: highest score of a feasible point; -inf if there was none.
        design: design with that score.
        gap: score of the optimum minus that score; negative if the other method is better.
        feasible: share of its points that are feasible.
        evaluations: number of evaluations of the objective.
    """

    method: str
    score: float
    design: SpinningResonator
    gap: float
    feasible: float
    evaluations: int

    @property
    def confirms(self) -> bool:
        """Whether it has found nothing better, up to rounding along a ridge."""
        return self.gap >= -RIDGE * abs(self.score)

    def __str__(self) -> str:
        rows = [
            ("highest score found", self.score),
            ("optimum above it by", self.gap),
            ("share of points feasible", self.feasible),
            ("evaluations", self.evaluations),
        ]
        verdict = "nothing better" if self.confirms else "a better design"
        return table(f"{self.method}: {verdict} found", [rows])


def dense_scan(
    best: Optimum, *, points: int = 2**20, reach: float | None = None, seed: int = 0
) -> CrossCheck:
    """Best of many Sobol points in the whole box or around an optimum.

    Args:
        best: result of `maximize`.
        points: number of points, rounded up to full blocks of 16384.
        reach: range to either side of the optimum, as a fraction of the box; by default the whole
            box.
        seed: seed of the points.

    Returns:
        Best feasible point, and its distance from the optimum in score.

    Raises:
        ValueError: `points` is below 1, or `reach` not above 0.

    >>> import jaxcom as jc
    >>> from optimize import Box, maximize, objectives
    >>> box = Box(detuning=(-63e6, 252e6))
    >>> best = maximize(objectives.OneWay(jc.LEFT), jc.SpinningResonator(), box, starts=4)
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
        tally.evaluate(low + (high - low) * sampler.random(BLOCK))
    where = "the box" if reach is None else f"{reach:g} of the box to either side"
    return tally.verdict(f"dense scan of {where}")


def evolve(
    best: Optimum, *, population: int = 30, generations: int = 300, seed: int = 0
) -> CrossCheck:
    """Best point of differential evolution in the same box, evaluated by the fast path.

    Args:
        best: result of `maximize`.
        population: number of members for each free field.
        generations: maximum number of generations; it stops earlier if the population contracts.
        seed: seed of the population.

    Returns:
        Best feasible point, and its distance from the optimum in score.
    """
    tally = _Tally(best)

    def loss(units: Float[np.ndarray, "d n"]) -> Float[np.ndarray, " n"]:
        return np.asarray(tally.evaluate(units.T).loss)

    differential_evolution(
        loss, [(0.0, 1.0)] * best.unit.size, vectorized=True, updating="deferred",
        popsize=population, maxiter=generations, tol=1e-10, rng=seed, polish=False,
    )  # fmt: skip
    return tally.verdict("differential evolution")


class _Tally:
    """Best feasible point and counts of all points evaluated."""

    def __init__(self, best: Optimum):
        self.best, self.score, self.unit = best, -np.inf, best.unit
        self.evaluations = self.feasible = 0

    def evaluate(self, units: Float[np.ndarray, "n d"]) -> Rank:
        """Ranks of points, which are added to the tally."""
        ranks = rank_points(self.best.problem, jnp.asarray(units))
        scores = np.asarray(ranks.feasible_score)
        self.evaluations += len(units)
        self.feasible += int(np.isfinite(scores).sum())
        k = int(np.argmax(scores))
        if scores[k] > self.score:
            self.score, self.unit = float(scores[k]), units[k]
        return ranks

    def verdict(self, method: str) -> CrossCheck:
        """Cross-check made of the points so far."""
        problem, best = self.best.problem, self.best
        score = float(_score(problem, jnp.asarray(best.unit)))
        design = jax.tree.map(float, problem.design(jnp.asarray(self.unit)))
        share = self.feasible / max(self.evaluations, 1)
        return CrossCheck(method, self.score, design, score - self.score, share, self.evaluations)


@eqx.filter_jit
def rank_points(problem: Problem, units: Float[Array, "n d"]) -> Rank:
    """Ranks of many points, on the lowest branch and within the required margin.

    The fast path of `jaxcom` evaluates them, without the tables and unknowns of the search.
    """

    def at(unit):
        point = LowestBranch(problem.design(unit))
        score = problem.objective.score_at(point)
        inequalities = problem.residuals_at(point, equality=False)
        equalities = problem.residuals_at(point, equality=True)
        failing = jnp.concatenate([-inequalities, jnp.abs(equalities)])
        violation = jnp.max(failing, initial=0.0)
        kept = problem.objective.keeps_at(point, problem.margin / point.resonator.omega_m)
        exists = jnp.isfinite(score) & jnp.isfinite(violation) & kept
        violation = jnp.where(violation <= TOLERABLE, 0.0, violation)
        return Rank(jnp.where(exists, violation, jnp.inf), jnp.where(exists, score, -jnp.inf))

    return jax.vmap(at)(units)


@eqx.filter_jit
def _score(problem: Problem, unit: Float[Array, " d"]) -> Float[Array, ""]:
    return problem.objective.score(problem.design(unit))
