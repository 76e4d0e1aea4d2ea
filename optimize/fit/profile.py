"""Profile errors: distance that a field can move unnoticed, where slopes carry no information.

A parameter that enters as its square has no slope at 0, and a valley of equal chi2 may be curved.
So a field without information in the linear analysis is moved towards either bound of the box,
while all others follow so that the model changes least. It is noticed where
|residuals - residuals at the start| reaches 1, which raises chi2 by 1: one standard deviation. If
the box ends first on both sides, the field is not determined.
"""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import least_squares

from .identifiability import Information, information
from .model import FitProblem, Linearization, evaluate

LONGEST = 1 / 8  # longest step, relative to the distance to the bound
SHORTEST = 1e-3  # shortest step, relative to the distance moved: accuracy of the profile error
LEAST = 1e-12  # shortest step, relative to the distance to the bound, before anything has moved
NEAR = 1e-3  # relative to a side of the box: a following field this near a bound is stopped by it

Mask = Bool[np.ndarray, " d"]


def information_at(
    problem: FitProblem, here: Linearization, held: Mask | None = None
) -> Information:
    """Information of the measurements on the free fields near a point.

    Args:
        problem: the fit.
        here: the point.
        held: whether each field is held and taken as known; by default none is.
    """
    box, design = problem.box, jax.tree.map(float, problem.design(jnp.asarray(here.unit)))
    free = np.ones(here.unit.shape, bool) if held is None else ~held

    def deviation(field: int) -> float:
        return profile_deviation(problem, here, field, free)

    return information(here.jacobian, box, here.unit, design, free, deviation)


def profile_deviation(problem: FitProblem, start: Linearization, field: int, free: Mask) -> float:
    """Standard deviation of a field by its profile, in SI units.

    It is the larger of the distances in both directions; inf where the box ends first in both, NaN
    where the field is noticed at once in either.
    """
    others = free & (np.arange(free.size) != field)
    travels = [_travel(problem, start, field, others, bound) for bound in (0.0, 1.0)]
    if not any(travel.noticed for travel in travels):
        return math.inf
    value = problem.box.intervals[problem.box.names[field]].at
    distances = [abs(float(value(t.end)) - float(value(start.unit[field]))) for t in travels]
    return max(distances) or math.nan


class _Travel(NamedTuple):
    """Coordinate up to which a field moves unnoticed, and whether it is noticed beyond."""

    end: float
    noticed: bool


def _travel(
    problem: FitProblem, start: Linearization, field: int, others: Mask, bound: float
) -> _Travel:
    """Move a field towards one bound; steps are halved where the next one would be noticed."""
    here, distance = start, bound - start.unit[field]
    step, noticed = LONGEST * distance, False
    while not noticed and not _has_ended(here, start, field, bound):
        target = here.unit[field] + min(step, bound - here.unit[field], key=abs)
        ahead = _moved(problem, start, here, field, others, target)
        if np.linalg.norm(ahead.residuals - start.residuals) < 1:  # false for NaN: unstable
            here = ahead
        else:
            moved = abs(here.unit[field] - start.unit[field])
            step, noticed = step / 2, abs(step) < max(SHORTEST * moved, LEAST * abs(distance))
    return _Travel(float(here.unit[field]), noticed)


def _has_ended(here: Linearization, start: Linearization, field: int, bound: float) -> bool:
    """Whether the field is at the bound, or one that follows has newly come near a bound."""
    near, was_near = (np.minimum(p.unit, 1 - p.unit) < NEAR for p in (here, start))
    stopped = near & ~was_near
    stopped[field] = here.unit[field] == bound
    return bool(stopped.any())


def _moved(
    problem: FitProblem,
    start: Linearization,
    here: Linearization,
    field: int,
    others: Mask,
    target: float,
) -> Linearization:
    """Point with a field at its target, the others where the model is nearest to `start`."""
    moved = here.unit.copy()
    moved[field] = target

    def at(values: Float[np.ndarray, " k"]) -> Linearization:
        unit = moved.copy()
        unit[others] = values
        return evaluate(problem, unit)

    alone = evaluate(problem, moved)
    if not others.any() or np.isnan(alone.chi2):
        return alone

    jacobian: Any = lambda values: at(values).jacobian[:, others]  # noqa: E731
    solution = least_squares(
        lambda values: at(values).residuals - start.residuals, moved[others], jac=jacobian,
        bounds=(0.0, 1.0), x_scale="jac", ftol=1e-3, xtol=1e-6, gtol=1e-6, max_nfev=30,
    )  # fmt: skip
    return at(solution.x)
