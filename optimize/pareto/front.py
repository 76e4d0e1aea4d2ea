"""A Pareto front, and how it prints."""

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


class Aim(NamedTuple):
    """The second number of a front.

    Attributes:
        name: what tables and figures call it.
        unit: of it; empty for a number of order 1.
        sign: 1 where it shall be large, -1 where it shall be small.
    """

    name: str
    unit: str
    sign: int


class FrontPoint(NamedTuple):
    """A design that nothing beats in both numbers.

    Attributes:
        unit: coordinates of the design in the unit cube of the box.
        first: score of the first objective: its value, where that is positive.
        second: the second number.
        rate: d(first)/d(second) along the front, from the multiplier of the level.
        residual: of the conditions of Karush, Kuhn and Tucker.
        verified: the first objective by an independent path; NaN where there is none.
    """

    unit: Float[np.ndarray, " d"]
    first: float
    second: float
    rate: float
    residual: float
    verified: float


class Front(eqx.Module):
    """What one number costs of another; prints as a table.

    Attributes:
        problem: the first objective under the loosest level of the second.
        aim: the second number.
        points: from the best of the first to the best of the second; none dominated.
        dominated: points found at other levels that one of these beats.
        missed: levels of the second at which nothing feasible was found.
    """

    problem: Problem
    aim: Aim
    points: tuple[FrontPoint, ...]
    dominated: tuple[FrontPoint, ...]
    missed: tuple[float, ...]

    @property
    def first(self) -> Float[np.ndarray, " n"]:
        """The first number along the front."""
        return np.array([point.first for point in self.points])

    @property
    def second(self) -> Float[np.ndarray, " n"]:
        """The second number along the front."""
        return np.array([point.second for point in self.points])

    @property
    def rates(self) -> Float[np.ndarray, " n"]:
        """The slope of the front, d(first)/d(second)."""
        return np.array([point.rate for point in self.points])

    @property
    def units(self) -> Float[np.ndarray, "n d"]:
        """The designs in the unit cube."""
        return np.stack([point.unit for point in self.points])

    @property
    def reference(self) -> tuple[float, float]:
        """The worst of both numbers on the front: the first at its far end, the second at this."""
        return float(self.first.min()), float(self.aim.sign * (self.aim.sign * self.second).min())

    @property
    def hypervolume(self) -> float:
        """The area between the front and `reference`, in the units of both numbers."""
        sign = self.aim.sign
        pairs = np.stack([self.first, sign * self.second], axis=1)
        worst, least = self.reference
        return hypervolume(pairs, (worst, sign * least))

    def design(self, k: int) -> SpinningResonator:
        """The design at a point of the front, in floats."""
        return jax.tree.map(float, self.problem.design(jnp.asarray(self.points[k].unit)))

    def __str__(self) -> str:
        names, aim = self.problem.box.names, self.aim
        wish = "large" if aim.sign > 0 else "small"
        told = f"{len(self.points)} designs" if self.points else "nothing feasible"
        title = f"Front of large {self.problem.objective.name} and {wish} {aim.name}: {told}"
        head = (self.problem.objective.name, aim.name, "slope", *names, "residual")
        units = ("", aim.unit, f"per {aim.unit}" if aim.unit else "")
        second = (*units, *(PARAMETERS[name].unit for name in names), "")
        return table(title, [[second], _rows(self), _notes(self, len(head))], head)


def _rows(front: Front) -> list[tuple]:
    return [_row(front, k) for k in range(len(front.points))]


def _row(front: Front, k: int) -> tuple:
    point, design = front.points[k], front.design(k)
    fields = (getattr(design, name) for name in front.problem.box.names)
    return point.first, point.second, point.rate, *fields, f"{point.residual:.1e}"


def _notes(front: Front, width: int) -> list[tuple]:
    """Below the points: what they cover, what was left out, and how far another path is off."""
    if not front.points:
        return []
    worst, least = front.reference
    gaps = [abs(p.first - p.verified) for p in front.points if p.first > 0]
    told: list[tuple[float, str]] = [
        (front.hypervolume, f"hypervolume above ({worst:.6g}, {least:.6g})"),
        (len(front.dominated), "levels whose best design is dominated"),
        (len(front.missed), "levels with nothing feasible"),
        (max(gaps, default=float("nan")), "largest difference from an independent path"),
    ]
    return [(number, *[""] * (width - 2), words) for number, words in told]
