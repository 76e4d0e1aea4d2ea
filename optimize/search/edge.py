"""Ascent along an edge of stability, where gradients alone make no progress.

At a fold of the mean field E_N decreases, and the margin increases, as the square root of the
distance; beyond the fold there is another branch or none. A maximum at the fold is held off it by
the required margin, at a distance of about 1e-10 of the box, so that a straight step along the
curved edge leaves the stable region at once. Therefore one coordinate, the pivot, is always placed
where the score is largest along its line; the result is a smooth function of the other coordinates.
"""

import functools
import math
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from scipy.optimize import minimize

from . import kkt
from .climb import rank_points
from .evaluation import Evaluator
from .problem import Problem, within
from .ranking import Rank, loss_beyond

POINTS = 33  # points of a line that are evaluated together
REACH = 0.05  # largest change of the other coordinates before the pivot is chosen again
WINDOW = 0.15  # range searched for the pivot, to either side: it moves about as far as they do
NARROWER = 4 / (POINTS - 1)  # next window: two steps to either side of the best point
ZOOMS = math.ceil(math.log(1e-17 / WINDOW, NARROWER))  # down to rounding
AT_EDGE = 1e-3  # residual, of order 1, below which a constraint counts as stopping the pivot
Vector = Float[np.ndarray, " d"]


class Profile(NamedTuple):
    """Score maximized over the pivot, as a function of the other coordinates."""

    evaluator: Evaluator
    pivot: int

    def at(self, unit: Vector) -> Vector:
        """Point with the highest rank on the line along the pivot through a point.

        The grid on the line is refined around its best point down to rounding. If the score
        increases up to the end of the feasible part, that is the end.
        """
        return np.asarray(_zoomed(self.evaluator.problem, jnp.asarray(unit), jnp.array(self.pivot)))

    def slope(self, unit: Vector) -> Vector:
        """Gradient of the score with respect to the other coordinates, the pivot following."""
        here, slopes = self.evaluator(unit)
        uphill, p = kkt.uphill(here, slopes), self.pivot
        stops = np.flatnonzero((here.inequalities < AT_EDGE) & (slopes.inequalities[:, p] != 0))
        for k in stops[:1]:
            edge = slopes.inequalities[k]
            uphill = uphill - uphill[p] / edge[p] * edge
        return np.delete(uphill, p)


@eqx.filter_jit
def _zoomed(problem: Problem, unit: Float[Array, " d"], pivot: Int[Array, ""]):
    """Point returned by `Profile.at`."""

    def zoom(_, state):
        middle, reach, highest = state
        places = jnp.clip(middle + reach * jnp.linspace(-1.0, 1.0, POINTS), 0.0, 1.0)
        line = jnp.broadcast_to(unit, (POINTS, unit.size)).at[:, pivot].set(places)
        ranks = rank_points(problem, line, within_margin=True)
        k = ranks.best
        new = Rank(ranks.violation[k], ranks.score[k])
        better = new.exceeds(highest)
        middle = jnp.where(better, places[k], middle)
        return middle, reach * NARROWER, new.where(better, highest)

    begin = unit[pivot], jnp.array(WINDOW), Rank(jnp.array(jnp.inf), jnp.array(-jnp.inf))
    place, _, _ = jax.lax.fori_loop(0, ZOOMS, zoom, begin)
    return unit.at[pivot].set(place)


def along_edge(evaluator: Evaluator, unit: Vector) -> Vector:
    """Maximum along the edge near a point; the point itself if there is no edge nearby."""
    profile = profile_at(evaluator, unit)
    if profile is None:
        return unit
    start = profile.at(unit)

    @functools.lru_cache(maxsize=1)  # value and slope are requested in turn
    def placed_at(others):
        return profile.at(np.insert(others, profile.pivot, start[profile.pivot]))

    def placed(others):
        return placed_at(tuple(others))

    beyond = loss_beyond(evaluator(start)[0].score)

    def loss(others):
        score = evaluator(placed(others))[0].score
        return -score if np.isfinite(score) else beyond

    def downhill(others):
        slope = profile.slope(placed(others))
        return -slope if np.all(np.isfinite(slope)) else 0 * others

    others = np.delete(start, profile.pivot)
    if not others.size or not np.isfinite(evaluator(start)[0].score):
        return start
    found = minimize(
        loss, others, jac=downhill, method="SLSQP", bounds=within(others, REACH),
        options={"ftol": 1e-12, "maxiter": 20},
    )  # fmt: skip
    return placed(kkt.snapped(np.clip(found.x, 0.0, 1.0)))


def profile_at(evaluator: Evaluator, unit: Vector) -> Profile | None:
    """Profile whose pivot crosses the edge most directly; None if no constraint is near."""
    conditions = kkt.pushed(*evaluator(unit), unit)
    pushing = conditions.active.inequalities
    if not pushing.size:
        return None
    across = np.abs(evaluator(unit)[1].inequalities[pushing]).max(axis=0)
    across[conditions.bounds != 0] = 0.0
    return Profile(evaluator, int(np.argmax(across)))


def curvature_along(
    profile: Profile, unit: Vector, free: np.ndarray, step: float = 1e-3
) -> Float[np.ndarray, "n n"]:
    """Second derivatives of the profile with respect to the coordinates `free`, by differences.

    Derivatives of the score itself are useless near a fold: terms of 1e15 cancel in them.
    """
    inside = unit.copy()
    inside[free] = np.clip(unit[free], step, 1 - step)
    steps = step * np.eye(unit.size)[free]

    def height(change: Vector) -> float:
        return profile.evaluator(profile.at(inside + change))[0].score

    def second(i: int, j: int) -> float:
        signs = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
        return sum(s * t * height(s * steps[i] + t * steps[j]) for s, t in signs) / (4 * step**2)

    hessian = np.array([[second(i, j) if j <= i else 0.0 for j in range(len(free))]
                        for i in range(len(free))]).reshape(len(free), len(free))  # fmt: skip
    return hessian + np.tril(hessian, -1).T
