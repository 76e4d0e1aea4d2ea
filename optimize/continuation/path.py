"""Path of an optimum along a parameter: points, events and competing optima."""

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
    """How a path ended; `advice` explains it."""

    REACHED_THE_END = 0
    LOST = 1
    TOO_MANY_POINTS = 2

    @property
    def advice(self) -> str:
        """The status as text, with advice."""
        return _ADVICE[self]


_ADVICE = {
    PathStatus.REACHED_THE_END: "followed to the end",
    PathStatus.LOST: "lost: no maximum was found near the last point; search again from there",
    PathStatus.TOO_MANY_POINTS: "ended early: too many points; raise `max_points`",
}


class EventKind(enum.Enum):
    """Kind of an event along a path."""

    ACTIVATED = "becomes active"
    DEACTIVATED = "becomes inactive"
    NO_MAXIMUM = "is no longer a maximum"
    JUMPED = "jumps to another point"
    OVERTAKEN = "is overtaken by a better one"


class Event(NamedTuple):
    """Change of the active set, or of the optimum itself, along a path.

    Attributes:
        parameter: value of the parameter there.
        kind: what happens.
        subject: what it happens to: a bound, a constraint, the edge of a hinge, the optimum.
    """

    parameter: float
    kind: EventKind
    subject: str

    def __str__(self) -> str:
        return f"{self.subject} {self.kind.value}"


class PathPoint(NamedTuple):
    """Optimum at one value of the parameter.

    Attributes:
        parameter: value of the parameter.
        unit: coordinates of the design in the unit cube of the box, shape (d,).
        score: score of the objective, which is its value where that is positive.
        verified_value: value of the objective by matrices; NaN where there is none.
        slope: d(score)/d(parameter) along the path.
        residual: residual of the KKT conditions.
        curvature: largest curvature along free directions: negative at a strict maximum, 0 on a
            ridge, -inf if no direction is free.
        active_constraints: names of the active bounds, constraints and edges of hinges.
    """

    parameter: float
    unit: Float[np.ndarray, " d"]
    score: float
    verified_value: float
    slope: float
    residual: float
    curvature: float
    active_constraints: tuple[str, ...]


class CompetingOptimum(NamedTuple):
    """Best design of an independent search at one value of the parameter.

    Attributes:
        parameter: value of the parameter.
        unit: coordinates of the design in the unit cube; NaN if the search found none.
        score: its score; NaN if the search found none.
        path_score: score of the path there.
    """

    parameter: float
    unit: Float[np.ndarray, " d"]
    score: float
    path_score: float


class Path(eqx.Module):
    """Optimum as a function of a parameter; prints as a table.

    Attributes:
        problem: the problem whose optimum is followed, at the first value of the parameter.
        field: name of the parameter.
        points: points in the order in which they were found.
        events: events in the same order.
        status: how the path ended.
        competing_optima: results of independent searches at points of the path.
    """

    problem: Problem
    field: str
    points: tuple[PathPoint, ...]
    events: tuple[Event, ...]
    status: PathStatus
    competing_optima: tuple[CompetingOptimum, ...] = ()

    @property
    def parameters(self) -> Float[np.ndarray, " n"]:
        """Values of the parameter, in SI units."""
        return np.array([point.parameter for point in self.points])

    @property
    def units(self) -> Float[np.ndarray, "n d"]:
        """Coordinates of the designs in the unit cube."""
        return np.stack([point.unit for point in self.points])

    @property
    def scores(self) -> Float[np.ndarray, " n"]:
        """Scores of the objective."""
        return np.array([point.score for point in self.points])

    @property
    def slopes(self) -> Float[np.ndarray, " n"]:
        """Derivatives of the score by the parameter."""
        return np.array([point.slope for point in self.points])

    @property
    def fields(self) -> dict[str, Float[np.ndarray, " n"]]:
        """Free fields along the path, in SI units."""
        designs = self.problem.design(jnp.asarray(self.units).T)
        return {name: np.asarray(getattr(designs, name)) for name in self.problem.box.names}

    def design(self, k: int) -> SpinningResonator:
        """Design at point k of the path, its fields floats."""
        return design_at(self.problem, self.field, self.points[k].parameter, self.points[k].unit)

    def __str__(self) -> str:
        names, field = self.problem.box.names, self.field
        title = f"Maximal {self.problem.objective.name} along {field}: {self.status.advice}"
        head = (field, "score", "slope", *names, "residual", "active")
        units = (PARAMETERS[field].unit, "", f"per {PARAMETERS[field].unit or 'unit'}")
        second = (*units, *(PARAMETERS[name].unit for name in names))
        notes = _event_rows(self), _competing_rows(self), _verification_rows(self)
        empty = [""] * (len(head) - 3)
        remarks = [[(*row[:2], *empty, row[2]) for row in rows] for rows in notes]
        return table(title, [[second], _point_rows(self), *remarks], head)


def design_at(
    problem: Problem, field: str, value: float, unit: Float[np.ndarray, " d"]
) -> SpinningResonator:
    """Design at coordinates of the unit cube and a value of the parameter, its fields floats."""
    design = with_field(problem, field, value).design(jnp.asarray(unit))
    return jax.tree.map(float, design)


def _point_rows(path: Path) -> list[tuple]:
    designs = zip(*path.fields.values(), strict=True)
    return [
        (
            *(point.parameter, point.score, point.slope, *design),
            *(f"{point.residual:.1e}", ", ".join(point.active_constraints)),
        )
        for point, design in zip(path.points, designs, strict=True)
    ]


def _event_rows(path: Path) -> list[tuple]:
    return [(event.parameter, "", str(event)) for event in path.events]


def _competing_rows(path: Path) -> list[tuple]:
    text = "best of an independent search"
    return [(found.parameter, found.score, text) for found in path.competing_optima]


def _verification_rows(path: Path) -> list[tuple]:
    """Largest difference between the score and the independent evaluation along the path."""
    gaps = [abs(p.score - p.verified_value) for p in path.points if p.score > 0]
    gaps = [gap for gap in gaps if np.isfinite(gap)]
    return [("", max(gaps), "largest difference from the value by matrices")] if gaps else []
