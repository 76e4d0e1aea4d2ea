"""What the polish sees of a problem: its parts, their slopes and curvatures, as NumPy arrays."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .problem import Parts, Problem, inequalities, parts, pieces
from .slopes import with_slopes


class Look:
    """The parts of a problem and their slopes at a point, as NumPy arrays; the last is kept."""

    def __init__(self, problem: Problem):
        self.problem, self.evaluations = problem, 0
        self._kept = functools.lru_cache(maxsize=4)(self._look)

    def __call__(self, unit: Float[np.ndarray, " d"]) -> tuple[Parts, Parts]:
        """The parts at a point, and their slopes, a row for each part."""
        return self._kept(*map(float, unit))

    def _look(self, *unit: float) -> tuple[Parts, Parts]:
        self.evaluations += 1
        found = parts_and_slopes(self.problem, jnp.array(unit))
        return jax.tree.map(np.asarray, found)


@eqx.filter_jit
def parts_and_slopes(problem: Problem, unit: Float[Array, " d"]) -> tuple[Parts, Parts]:
    """The parts of a problem at a point, and their slopes."""
    return with_slopes(lambda unit: parts(problem, unit), unit)


def weighted_curvature(
    problem: Problem, unit: Float[np.ndarray, " d"], weights: Parts
) -> Float[np.ndarray, "d d"]:
    """The hessian of the Lagrangian: of the parts, each times its weight, summed."""
    held = bool(np.any(weights.inequalities))
    return np.asarray(_curvature(problem, jnp.asarray(unit), weights, held))


@eqx.filter_jit
def _curvature(problem: Problem, unit, weights: Parts, held: bool):
    """With `held` known when it is compiled: inequalities that are not are left out."""

    def lagrangian(unit):
        smooth, hinges = pieces(problem, unit)
        total = weights.smooth * smooth + weights.hinges @ hinges
        if problem.constraints:
            total = total + weights.equalities @ problem.equalities(unit)
        return total + weights.inequalities @ inequalities(problem, unit) if held else total

    return jax.jacfwd(jax.jacfwd(lagrangian))(unit)  # compiles faster than forward over reverse
