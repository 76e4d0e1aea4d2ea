"""The path of an optimum along a parameter, and how it prints."""

import enum
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
from .parameter import with_field


class PathStatus(enum.IntEnum):
    """How a path ended; `advice` says what to do about it."""

    REACHED_THE_END = 0
    LOST = 1
    TOO_MANY_STEPS = 2

    @property
    def advice(self) -> str:
        """The status in words."""
        return _ADVICE[self]


_ADVICE = {
    PathStatus.REACHED_THE_END: "followed to the end",
    PathStatus.LOST: "lost: beyond the last point no maximum was found near it; search anew there",
    PathStatus.TOO_MANY_STEPS: "ended early: too many points; allow more, or longer steps",
}


class Change(enum.Enum):
    """What happens to an optimum along its path."""

    MET = "is met"
    LEFT = "is left"
    TURNED = "is one no longer"
    JUMPED = "jumps to another place"
    OVERTAKEN = "is overtaken by another"


class Event(NamedTuple):
    """Something that happens to the optimum.

    Attributes:
        value: of the parameter there.
        change: what happens.
        what: what it happens to: a bound, a constraint, the edge of a hinge, the maximum.
    """

    value: float
    change: Change
    what: str

    def __str__(self) -> str:
        return f"{self.what} {self.change.value}"


class PathPoint(NamedTuple):
    """The optimum at one value of the parameter.

    Attributes:
        value: of the parameter.
        unit: coordinates of the design in the unit cube of the box.
        score: of the objective: its value, where that is positive.
        verified: the objective by an independent path; NaN where there is none.
        slope: d(score)/d(parameter) along the path, per unit of the parameter.
        residual: of the conditions of Karush, Kuhn and Tucker.
        curvature: the largest along what is free: negative, 0 on a ridge; -inf if nothing
            is free.
        active: what the optimum lies on: bounds, constraints, edges of hinges.
    """

    value: float
    unit: Float[np.ndarray, " d"]
    score: float
    verified: float
    slope: float
    residual: float
    curvature: float
    active: tuple[str, ...]


class Rival(NamedTuple):
    """What an independent search has found at one value of the parameter.

    Attributes:
        value: of the parameter.
        unit: coordinates of the best design that it has found; NaN if it has found none.
        score: of it; NaN if there is none.
        followed: the score of the path there.
    """

    value: float
    unit: Float[np.ndarray, " d"]
    score: float
    followed: float


class Path(eqx.Module):
    """An optimum as a function of a parameter; prints as a table.

    Attributes:
        problem: whose optimum is followed; its resonator has the first value of the parameter.
        field: the parameter.
        points: along the path, in its order.
        events: that have happened, in the same order.
        status: how it ended.
        rivals: what independent searches have found.
    """

    problem: Problem
    field: str
    points: tuple[PathPoint, ...]
    events: tuple[Event, ...]
    status: PathStatus
    rivals: tuple[Rival, ...] = ()

    @property
    def values(self) -> Float[np.ndarray, " n"]:
        """Of the parameter."""
        return np.array([point.value for point in self.points])

    @property
    def units(self) -> Float[np.ndarray, "n d"]:
        """The designs in the unit cube."""
        return np.stack([point.unit for point in self.points])

    @property
    def scores(self) -> Float[np.ndarray, " n"]:
        """Of the objective."""
        return np.array([point.score for point in self.points])

    @property
    def slopes(self) -> Float[np.ndarray, " n"]:
        """Of the score by the parameter."""
        return np.array([point.slope for point in self.points])

    @property
    def fields(self) -> dict[str, Float[np.ndarray, " n"]]:
        """The free fields along the path, in SI units."""
        designs = self.problem.design(jnp.asarray(self.units).T)
        return {name: np.asarray(getattr(designs, name)) for name in self.problem.box.names}

    def design(self, k: int) -> SpinningResonator:
        """The design at a point of the path."""
        return design_at(self.problem, self.field, self.points[k].value, self.points[k].unit)

    def __str__(self) -> str:
        names, field = self.problem.box.names, self.field
        title = f"Maximal {self.problem.objective.name} along {field}: {self.status.advice}"
        head = (field, "score", "slope", *names, "residual", "active")
        units = (PARAMETERS[field].unit, "", f"per {PARAMETERS[field].unit or 'unit'}")
        second = (*units, *(PARAMETERS[name].unit for name in names), "", "")
        notes = [_happened(self, len(head)), _searched(self, len(head)), _checked(self, len(head))]
        return table(title, [[second], _rows(self), *notes], head)


def design_at(problem: Problem, field: str, value: float, unit) -> SpinningResonator:
    """The design at coordinates of the unit cube and a value of the parameter, in floats."""
    design = with_field(problem, field, value).design(jnp.asarray(unit))
    return jax.tree.map(float, design)


def _rows(path: Path) -> list[tuple]:
    designs = zip(*path.fields.values(), strict=True)
    return [
        (p.value, p.score, p.slope, *design, f"{p.residual:.1e}", ", ".join(p.active))
        for p, design in zip(path.points, designs, strict=True)
    ]


def _happened(path: Path, width: int) -> list[tuple]:
    empty = [""] * (width - 2)
    return [(event.value, *empty, str(event)) for event in path.events]


def _searched(path: Path, width: int) -> list[tuple]:
    empty = [""] * (width - 3)
    return [(r.value, r.score, *empty, "best of an independent search") for r in path.rivals]


def _checked(path: Path, width: int) -> list[tuple]:
    """How far the path that shares little with the one followed is from it, at most."""
    gaps = [abs(p.score - p.verified) for p in path.points if p.score > 0]
    gaps = [gap for gap in gaps if np.isfinite(gap)]
    empty = [""] * (width - 3)
    return [("", max(gaps), *empty, "largest difference from an independent path")] if gaps else []
