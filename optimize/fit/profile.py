"""How far a field can go unseen: where slopes say nothing, the model itself is asked.

What enters as its square has no slope at 0, and a valley of equal chi2 may be curved. So a field
that the linear analysis loses is moved towards either edge of the box, while all others follow so
that the model changes least. It is seen where |residuals - residuals at the start| reaches 1, which
raises chi2 by 1: one standard deviation. If the box ends first, on both sides, it is lost indeed.
"""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool
from scipy.optimize import least_squares

from .identifiability import Information, information
from .model import Point, Problem, look

LONGEST = 1 / 8  # step, of the way to the edge of the box
SHORTEST = 1e-3  # step, of the way gone: how closely the place is found where a field is seen
LEAST = 1e-12  # step, of the way to the edge, before there is any way gone
NEAR = 1e-3  # of the side of the box: how near a bound stops a field that follows


def known_at(
    problem: Problem, here: Point, held: Bool[np.ndarray, " d"] | None = None
) -> Information:
    """What the measurements tell about the free fields near a point; `held` are taken as known."""
    box, design = problem.box, jax.tree.map(float, problem.design(jnp.asarray(here.unit)))
    free = np.ones(here.unit.shape, bool) if held is None else ~held

    def deviation(field: int) -> float:
        return profile_deviation(problem, here, field, free)

    return information(here.jacobian, box, here.unit, design, free, deviation)


def profile_deviation(
    problem: Problem, start: Point, field: int, free: Bool[np.ndarray, " d"]
) -> float:
    """The standard deviation of a field, in SI units; inf where the box ends first.

    It is the longer of its ways in both directions; NaN where it is seen at once in either.
    """
    others = free & (np.arange(free.size) != field)
    travels = [_travel(problem, start, field, others, edge) for edge in (0.0, 1.0)]
    if not any(travel.seen for travel in travels):
        return math.inf
    value = problem.box.intervals[problem.box.names[field]].at
    ways = [abs(float(value(t.end)) - float(value(start.unit[field]))) for t in travels]
    return max(ways) or math.nan


class _Travel(NamedTuple):
    """The coordinate up to which a field goes unseen, and whether it is seen beyond."""

    end: float
    seen: bool


def _travel(problem: Problem, start: Point, field: int, others, edge: float) -> _Travel:
    """The way to one edge: steps are halved where the next one would be seen."""
    here, way = start, edge - start.unit[field]
    step, seen = LONGEST * way, False
    while not seen and not _has_ended(here, start, field, edge):
        target = here.unit[field] + min(step, edge - here.unit[field], key=abs)
        ahead = _moved(problem, start, here, field, others, target)
        if np.linalg.norm(ahead.residuals - start.residuals) < 1:  # not so for NaN: unstable
            here = ahead
        else:
            gone = abs(here.unit[field] - start.unit[field])
            step, seen = step / 2, abs(step) < max(SHORTEST * gone, LEAST * abs(way))
    return _Travel(float(here.unit[field]), seen)


def _has_ended(here: Point, start: Point, field: int, edge: float) -> bool:
    """Is the field at the edge of the box, or has one that follows newly come to a bound?"""
    near, was_near = (np.minimum(p.unit, 1 - p.unit) < NEAR for p in (here, start))
    stopped = near & ~was_near
    stopped[field] = here.unit[field] == edge
    return bool(stopped.any())


def _moved(problem: Problem, start: Point, here: Point, field: int, others, target) -> Point:
    """The field at its target, all others where the model differs least from that at the start."""
    moved = here.unit.copy()
    moved[field] = target

    def at(values) -> Point:
        unit = moved.copy()
        unit[others] = values
        return look(problem, unit)

    alone = look(problem, moved)
    if not others.any() or np.isnan(alone.chi2):
        return alone

    slopes: Any = lambda values: at(values).jacobian[:, others]  # noqa: E731
    solution = least_squares(
        lambda values: at(values).residuals - start.residuals, moved[others], jac=slopes,
        bounds=(0.0, 1.0), x_scale="jac", ftol=1e-3, xtol=1e-6, gtol=1e-6, max_nfev=30,
    )  # fmt: skip
    return at(solution.x)
