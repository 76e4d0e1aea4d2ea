"""Problem as a function of a parameter: a field of the resonator that the box does not free."""

from collections.abc import Sequence
from typing import NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float

from jaxcom.resonator import PARAMETERS, require_known_field

from ..box import Box
from ..search.evaluation import Parts, parts_with_slopes, scaled
from ..search.problem import Problem

STEP = 1e-6
"""Step of the differences by the parameter, as a share of its interval."""


class ParameterInterval(NamedTuple):
    """Problem over an interval of a parameter, with t = 0 at `start` and t = 1 at `stop`.

    Attributes:
        problem: the problem; its value of the parameter is not used.
        field: name of the parameter, a field of the resonator.
        start: first value of the parameter, in SI units.
        stop: last value.
    """

    problem: Problem
    field: str
    start: float
    stop: float

    def value(self, t: float) -> float:
        """Value of the parameter at a position in the interval."""
        return self.start + (self.stop - self.start) * t

    def position(self, value: float) -> float:
        """Position t of a value of the parameter."""
        return (value - self.start) / (self.stop - self.start)

    def problem_at(self, t: float) -> Problem:
        """Problem at a position in the interval."""
        return with_field(self.problem, self.field, self.value(t))

    @property
    def freed(self) -> Problem:
        """Problem in whose box the parameter is free as well, over this interval."""
        bounds = min(self.start, self.stop), max(self.start, self.stop)
        box = Box(**self.problem.box.intervals, **{self.field: bounds})
        return eqx.tree_at(lambda p: p.box, self.problem, box)

    def rates(self, t: float, point: Float[np.ndarray, " z"]) -> tuple[Parts, Parts]:
        """Derivatives by t of all parts of the problem and of their slopes, at fixed unknowns.

        The former are exact, the latter central differences of exact slopes.
        """
        freed, ascending = self.freed, self.stop > self.start
        k, sign = freed.box.names.index(self.field), 1.0 if ascending else -1.0
        at = t if ascending else 1 - t
        inside = float(np.clip(at, STEP, 1 - STEP))
        places = np.array([at, inside + STEP, inside - STEP])
        points = np.insert(np.tile(point, (3, 1)), k, places, axis=1)
        _, slopes, scales = parts_with_slopes(freed, points)
        slopes = scaled(slopes, scales[:1, :, None])
        rates = jax.tree.map(lambda rows: sign * rows[0, ..., k], slopes)
        return rates, jax.tree.map(
            lambda rows: sign * np.delete(rows[1] - rows[2], k, axis=-1) / (2 * STEP), slopes
        )


def with_field(problem: Problem, field: str, value: float) -> Problem:
    """Problem with another value of a field that its box does not free."""
    return eqx.tree_at(lambda p: getattr(p.resonator, field), problem, np.asarray(value, float))


def require_parameter(problem: Problem, field: str, values: Sequence[float]) -> None:
    """Raise an error unless an optimum can be followed along a field through these values.

    Raises:
        TypeError: `field` is no field of a resonator.
        ValueError: `field` is free in the box, or `values` are not monotonic or not allowed for it.
    """
    require_known_field(field)
    if field in problem.box.names:
        raise ValueError(f"Argument `field` must not be free in the box, but is {field!r}.")
    given, parameter = np.asarray(values, float), PARAMETERS[field]
    steps = np.diff(given)
    if given.ndim != 1 or given.size < 2 or not (np.all(steps > 0) or np.all(steps < 0)):
        raise ValueError(
            "Argument `values` must be two or more numbers in ascending or descending order, but "
            f"is {values!r}."
        )
    if not np.all(parameter.admits(given)):
        raise ValueError(
            f"Argument `values` must be {parameter.allowed} for {field}, but is {values!r}."
        )
