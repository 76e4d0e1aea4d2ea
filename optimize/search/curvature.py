"""Hessians of Lagrangians by differences of exact slopes."""

import itertools
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from .evaluation import Parts, dimension, parts_with_slopes, scaled
from .problem import Problem

STEPS = (1e-4, 1e-5, 1e-6, 1e-7)
"""Steps of the differences, in the unit cube and in omega_m for the shifts."""


class Curvature(NamedTuple):
    """Hessian of a Lagrangian in all unknowns, by differences with two steps.

    Attributes:
        hessian: hessian by the larger step.
        other: hessian by the smaller step.
    """

    hessian: Float[np.ndarray, "z z"]
    other: Float[np.ndarray, "z z"]

    @property
    def error(self) -> float:
        """Estimate of the largest error of the hessian: the difference between both."""
        return float(np.abs(self.hessian - self.other).max(initial=0.0))


def curvature(problem: Problem, point: Float[np.ndarray, " z"], weights: Parts) -> Curvature:
    """Hessian of the Lagrangian, the sum of all parts times their weights.

    Central differences of exact slopes for all `STEPS`; of two neighboring steps that agree best,
    the larger one counts. Near the edge of stability E_N has structure as fine as 1e-6 and slopes
    with a rounding of 1e-7, so that no single step is right everywhere. Where a coordinate is
    closer to a bound than a step, the hessian is that of the point one step inside.

    Args:
        problem: the problem.
        point: point z.
        weights: weights of the parts, of inequalities over their scales at the point.
    """
    d, n = dimension(problem), point.size
    places = [point[None]]
    for step in STEPS:
        inside = np.concatenate([np.clip(point[:d], step, 1 - step), point[d:]])
        places += [inside + step * np.eye(n), inside - step * np.eye(n)]
    _, slopes, scales = parts_with_slopes(problem, np.concatenate(places))
    slopes = jax.tree.map(lambda rows: rows[1:], slopes)
    gradients = weighted(weights, scaled(slopes, scales[:1, :, None]))
    pairs = np.reshape(gradients, (len(STEPS), 2, n, n))
    hessians = (pairs[:, 0] - pairs[:, 1]) / (2 * np.reshape(STEPS, (-1, 1, 1)))
    found = itertools.starmap(Curvature, itertools.pairwise((hessians + hessians.mT) / 2))
    return min(found, key=lambda pair: np.nan_to_num(pair.error, nan=np.inf))


def weighted(weights: Parts, slopes: Parts) -> np.ndarray:
    """Slopes of the Lagrangian at several points; parts of weight 0 may be NaN."""
    points, n = slopes.smooth.shape
    total = np.zeros((points, n))
    for weight, rows in zip(weights, slopes, strict=True):
        rows = rows.reshape(points, np.size(weight), n)
        used = np.flatnonzero(weight)
        total = total + np.tensordot(np.ravel(weight)[used], rows[:, used], axes=(0, 1))
    return total
