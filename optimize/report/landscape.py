"""Objective and constraints around an optimum, for figures."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ..objectives import both_sides
from ..search.polish import FEASIBLE
from ..search.problem import Problem, inequalities

BLOCK = 2**10  # points per call: one compiled program serves all figures


class Landscape(NamedTuple):
    """Objective, stability and constraints at points of any shape.

    Attributes:
        value: value of the objective, of the shape of the points; NaN where it is undefined.
        stable: whether there is a steady state; left and right along the last axis.
        inequalities: residuals along the last axis, margins first; at least 0 where they hold.
        equalities: residuals along the last axis; 0 where they hold.
    """

    value: Any
    stable: Any
    inequalities: Any
    equalities: Any

    @property
    def allowed(self) -> Bool[np.ndarray, "*shape"]:
        """Whether all inequalities hold within rounding."""
        return np.all(self.inequalities >= -FEASIBLE, axis=-1)


def landscape(problem: Problem, units: Float[np.ndarray, "*shape d"]) -> Landscape:
    """Objective, stability and constraints of a problem at points of the unit cube.

    Args:
        problem: the problem of a search with d free fields.
        units: points of the unit cube, with the coordinates along the last axis.
    """
    *shape, d = units.shape
    points = units.reshape(-1, d)
    padded = np.pad(points, ((0, -len(points) % BLOCK), (0, 0)), mode="edge")
    blocks = [_block(problem, jnp.asarray(block)) for block in padded.reshape(-1, BLOCK, d)]
    parts = (np.concatenate(column)[: len(points)] for column in zip(*blocks, strict=True))
    return Landscape(*(column.reshape((*shape, *column.shape[1:])) for column in parts))


@eqx.filter_jit
def _block(problem: Problem, units: Float[Array, "n d"]) -> Landscape:
    def at(unit: Float[Array, " d"]) -> Landscape:
        design = problem.design(unit)
        value = jnp.asarray(problem.objective(design))
        stable = jnp.isfinite(both_sides(design))
        return Landscape(value, stable, inequalities(problem, unit), problem.equalities(unit))

    return jax.vmap(at)(units)


def along(
    unit: Float[np.ndarray, " d"], k: int, line: Float[np.ndarray, " n"]
) -> Float[np.ndarray, "n d"]:
    """Points on the line through a point along coordinate k, of shape (n, d)."""
    points = np.repeat(unit[None], line.size, axis=0)
    points[:, k] = line
    return points


def across(
    unit: Float[np.ndarray, " d"],
    i: int,
    j: int,
    rows: Float[np.ndarray, " m"],
    columns: Float[np.ndarray, " n"],
) -> Float[np.ndarray, "m n d"]:
    """Points of the plane through a point along coordinates i (rows) and j (columns)."""
    points = np.broadcast_to(unit, (rows.size, columns.size, unit.size)).copy()
    points[:, :, i], points[:, :, j] = rows[:, None], columns[None]
    return points
