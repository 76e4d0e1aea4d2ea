"""Objective and constraints around an optimum, for figures."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from ..operating_point import Column
from ..search.evaluation import evaluate
from ..search.polish import FEASIBLE
from ..search.problem import Problem


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
    value, terms, table = evaluate(problem, points)
    stable = table[..., Column.MARGIN] > 0
    inequalities = np.concatenate([terms.excess, terms.inequalities], axis=1)
    columns = (value, stable, inequalities, terms.equalities)
    return Landscape(*(column.reshape((*shape, *column.shape[1:])) for column in columns))


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
