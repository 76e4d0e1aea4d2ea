"""The search along an edge of stability, where gradients alone do not lead.

At a fold of the mean field E_N falls, and the margin rises, as the square root of the distance;
beyond it there is another branch or none. A maximum that runs to the fold is held by the margin
asked for, at a distance of perhaps 1e-10 of the box: a straight step along a bent edge leaves the
stable region at once. So one coordinate, the pivot, is always placed where the score is largest,
by zooming in on a line; what is left is a smooth function of the others.
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
from .climb import rank
from .evaluation import Look
from .problem import Problem, within

POINTS = 33  # of a line that is looked at together
REACH = 0.05  # of the unit cube: how far the other coordinates go before the pivot is chosen anew
WINDOW = 0.15  # how far the pivot is looked for, to either side: it moves about as far as they do
NARROWER = 4 / (POINTS - 1)  # the next window: two steps to either side of the best point
ZOOMS = math.ceil(math.log(1e-17 / WINDOW, NARROWER))  # to rounding
AT_EDGE = 1e-3  # the residual, of order 1, below which the pivot has been stopped by a constraint
Vector = Float[np.ndarray, " d"]


class Profile(NamedTuple):
    """A problem with the pivot placed best: a function of the other coordinates."""

    look: Look
    pivot: int

    def at(self, unit: Vector) -> Vector:
        """The point of the line through a point, along the pivot, with the highest score.

        The line is divided, and the part beside the best point divided again, to rounding. Where
        the score rises up to where it ends, that is the end.
        """
        return np.asarray(_zoomed(self.look.problem, jnp.asarray(unit), jnp.array(self.pivot)))

    def slope(self, unit: Vector) -> Vector:
        """The slope of the score by the other coordinates, the pivot going along."""
        here, slopes = self.look(unit)
        uphill, p = kkt.uphill(here, slopes), self.pivot
        stops = np.flatnonzero((here.inequalities < AT_EDGE) & (slopes.inequalities[:, p] != 0))
        for k in stops[:1]:
            edge = slopes.inequalities[k]
            uphill = uphill - uphill[p] / edge[p] * edge
        return np.delete(uphill, p)


@eqx.filter_jit
def _zoomed(problem: Problem, unit: Float[Array, " d"], pivot: Int[Array, ""]):
    """See `Profile.at`."""

    def zoom(_, state):
        middle, reach, height = state
        places = jnp.clip(middle + reach * jnp.linspace(-1.0, 1.0, POINTS), 0.0, 1.0)
        line = jnp.broadcast_to(unit, (POINTS, unit.size)).at[:, pivot].set(places)
        heights = rank(problem, line, within_margin=True)
        k = jnp.argmax(heights)
        better = heights[k] > height
        middle, height = jnp.where(better, places[k], middle), jnp.maximum(heights[k], height)
        return middle, reach * NARROWER, height

    begin = unit[pivot], jnp.array(WINDOW), jnp.array(-jnp.inf)
    place, _, _ = jax.lax.fori_loop(0, ZOOMS, zoom, begin)
    return unit.at[pivot].set(place)


def along_edge(look: Look, unit: Vector) -> Vector:
    """The maximum along the edge that a point is near; the point itself if it is near none."""
    profile = profile_at(look, unit)
    if profile is None:
        return unit
    start = profile.at(unit)

    @functools.lru_cache(maxsize=1)  # value and slope are asked for one after the other
    def placed_at(others):
        return profile.at(np.insert(others, profile.pivot, start[profile.pivot]))

    def placed(others):
        return placed_at(tuple(others))

    def loss(others):
        score = look(placed(others))[0].score
        return -score if np.isfinite(score) else 1e3

    def downhill(others):
        slope = profile.slope(placed(others))
        return -slope if np.all(np.isfinite(slope)) else 0 * others

    others = np.delete(start, profile.pivot)
    if not others.size or not np.isfinite(look(start)[0].score):
        return start
    found = minimize(
        loss, others, jac=downhill, method="SLSQP", bounds=within(others, REACH),
        options={"ftol": 1e-12, "maxiter": 20},
    )  # fmt: skip
    return placed(kkt.snapped(np.clip(found.x, 0.0, 1.0)))


def profile_at(look: Look, unit: Vector) -> Profile | None:
    """The profile with the pivot that moves best across the edge that the objective pushes to."""
    conditions = kkt.pushed(*look(unit), unit)
    pushing = conditions.active.inequalities
    if not pushing.size:
        return None
    across = np.abs(look(unit)[1].inequalities[pushing]).max(axis=0)
    across[conditions.bounds != 0] = 0.0
    return Profile(look, int(np.argmax(across)))


def curvature_along(
    profile: Profile, unit: Vector, free: np.ndarray, step: float = 1e-3
) -> Float[np.ndarray, "n n"]:
    """The second derivatives of the profile by the coordinates `free`, from differences.

    Those of the score itself are useless near a fold: terms of 1e15 cancel in them.
    """
    inside = unit.copy()
    inside[free] = np.clip(unit[free], step, 1 - step)
    steps = step * np.eye(unit.size)[free]

    def height(change: Vector) -> float:
        return profile.look(profile.at(inside + change))[0].score

    def second(i: int, j: int) -> float:
        signs = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
        return sum(s * t * height(s * steps[i] + t * steps[j]) for s, t in signs) / (4 * step**2)

    hessian = np.array([[second(i, j) if j <= i else 0.0 for j in range(len(free))]
                        for i in range(len(free))]).reshape(len(free), len(free))  # fmt: skip
    return hessian + np.tril(hessian, -1).T
