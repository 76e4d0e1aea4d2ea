"""Evaluation of the terms of a problem, with slopes and curvatures, as NumPy arrays."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .problem import Parts, Problem, inequalities, parts, smooth_and_hinges
from .slopes import with_slopes


class Evaluator:
    """Cached evaluation of the terms of a problem and their slopes.

    Attributes:
        problem: problem that is evaluated.
        evaluations: number of evaluations that were not in the cache.
    """

    def __init__(self, problem: Problem):
        self.problem, self.evaluations = problem, 0
        self._cached = functools.lru_cache(maxsize=4)(self._evaluate)

    def __call__(self, unit: Float[np.ndarray, " d"]) -> tuple[Parts, Parts]:
        """Terms at a point, and their slopes, a row for each term."""
        return self._cached(*map(float, unit))

    def _evaluate(self, *unit: float) -> tuple[Parts, Parts]:
        self.evaluations += 1
        found = parts_and_slopes(self.problem, jnp.array(unit))
        return jax.tree.map(np.asarray, found)


@eqx.filter_jit
def parts_and_slopes(problem: Problem, unit: Float[Array, " d"]) -> tuple[Parts, Parts]:
    """Terms of a problem at a point, and their slopes."""
    return with_slopes(lambda unit: parts(problem, unit), unit)


def weighted_curvature(
    problem: Problem, unit: Float[np.ndarray, " d"], weights: Parts
) -> Float[np.ndarray, "d d"]:
    """Hessian of the Lagrangian: the sum of all terms, each times its weight."""
    held = bool(np.any(weights.inequalities))
    return np.asarray(_curvature(problem, jnp.asarray(unit), weights, held))


@eqx.filter_jit
def _curvature(problem: Problem, unit, weights: Parts, held: bool):
    """Hessian of the Lagrangian, without the inequalities unless `held`, which is static."""

    def lagrangian(unit):
        smooth, hinges = smooth_and_hinges(problem, unit)
        total = weights.smooth * smooth + weights.hinges @ hinges
        if problem.constraints:
            total = total + weights.equalities @ problem.equalities(unit)
        return total + weights.inequalities @ inequalities(problem, unit) if held else total

    return jax.jacfwd(jax.jacfwd(lagrangian))(unit)  # compiles faster than forward over reverse
