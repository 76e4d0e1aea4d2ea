"""Pareto front: its points, and how it prints."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jaxcom import SpinningResonator
from jaxcom.resonator import PARAMETERS
from jaxcom.support.tables import table

from ..search.problem import Problem
from .dominance import hypervolume


class SecondObjective(NamedTuple):
    """Description of the second objective of a front.

    Attributes:
        name: its name in tables and figures.
        unit: its unit; empty for a number of order 1.
        sign: 1 if it is maximized, -1 if it is minimized.
    """

    name: str
    unit: str
    sign: int


class FrontPoint(NamedTuple):
    """Undominated design.

    Attributes:
        unit: coordinates of the design in the unit cube of the box, shape (d,).
        score: score of the first objective, which is its value where that is positive.
        second: value of the second objective.
        slope: d(score)/d(second) along the front, from the multiplier of the epsilon constraint.
        residual: residual of the KKT conditions.
        verified_value: value of the first objective by matrices; NaN where there is
            none.
    """

    unit: Float[np.ndarray, " d"]
    score: float
    second: float
    slope: float
    residual: float
    verified_value: float


class Front(eqx.Module):
    """Trade-off between two objectives; prints as a table.

    Attributes:
        problem: the first objective under the loosest epsilon constraint on the second.
        second_objective: description of the second objective.
        points: undominated designs, from the best for the first objective to the best for the
            second.
        dominated: designs found for other levels that one of these dominates.
        infeasible_levels: levels of the second objective at which nothing feasible was found.
    """

    problem: Problem
    second_objective: SecondObjective
    points: tuple[FrontPoint, ...]
    dominated: tuple[FrontPoint, ...]
    infeasible_levels: tuple[float, ...]

    @property
    def scores(self) -> Float[np.ndarray, " n"]:
        """Scores of the first objective along the front."""
        return np.array([point.score for point in self.points])

    @property
    def second(self) -> Float[np.ndarray, " n"]:
        """Values of the second objective along the front."""
        return np.array([point.second for point in self.points])

    @property
    def slopes(self) -> Float[np.ndarray, " n"]:
        """Slopes of the front, d(score)/d(second)."""
        return np.array([point.slope for point in self.points])

    @property
    def units(self) -> Float[np.ndarray, "n d"]:
        """Coordinates of the designs in the unit cube."""
        return np.stack([point.unit for point in self.points])

    @property
    def reference(self) -> tuple[float, float]:
        """Worst value of each objective on the front (the nadir point)."""
        sign = self.second_objective.sign
        return float(self.scores.min()), float(sign * (sign * self.second).min())

    @property
    def hypervolume(self) -> float:
        """Area between the front and `reference`, in the product of both units."""
        sign = self.second_objective.sign
        pairs = np.stack([self.scores, sign * self.second], axis=1)
        worst, least = self.reference
        return hypervolume(pairs, (worst, sign * least))

    def design(self, k: int) -> SpinningResonator:
        """Design at point k of the front, its fields floats."""
        return jax.tree.map(float, self.problem.design(jnp.asarray(self.points[k].unit)))

    def __str__(self) -> str:
        names, first, second = self.problem.box.names, self.problem.objective, self.second_objective
        wish = "large" if second.sign > 0 else "small"
        count = f"{len(self.points)} designs" if self.points else "nothing feasible"
        title = f"Front of large {first.name} and {wish} {second.name}: {count}"
        head = ("score", second.name, "slope", *names, "residual")
        units = ("", second.unit, f"per {second.unit}" if second.unit else "")
        second_line = (*units, *(PARAMETERS[name].unit for name in names), "")
        return table(title, [[second_line], _rows(self), _notes(self, len(head))], head)


def _rows(front: Front) -> list[tuple]:
    return [_row(front, k) for k in range(len(front.points))]


def _row(front: Front, k: int) -> tuple:
    point, design = front.points[k], front.design(k)
    fields = (getattr(design, name) for name in front.problem.box.names)
    return point.score, point.second, point.slope, *fields, f"{point.residual:.1e}"


def _notes(front: Front, width: int) -> list[tuple]:
    """Rows below the points: hypervolume, levels left out, independent verification."""
    if not front.points:
        return []
    worst, least = front.reference
    gaps = [abs(p.score - p.verified_value) for p in front.points if p.score > 0]
    notes: list[tuple[float, str]] = [
        (front.hypervolume, f"hypervolume above ({worst:.6g}, {least:.6g})"),
        (len(front.dominated), "levels whose best design is dominated"),
        (len(front.infeasible_levels), "levels with nothing feasible"),
        (max(gaps, default=float("nan")), "largest difference from the value by matrices"),
    ]
    return [(number, *[""] * (width - 2), text) for number, text in notes]
