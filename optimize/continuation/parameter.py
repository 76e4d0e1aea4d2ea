"""A problem as a function of a parameter: a field of the resonator that the box does not free."""

from collections.abc import Sequence
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxcom.resonator import PARAMETERS, require_known_field

from ..search.evaluation import parts_and_slopes
from ..search.problem import Parts, Problem


class Stretch(NamedTuple):
    """A stretch of a parameter, with 0 at its first value and 1 at its last."""

    problem: Problem
    field: str
    first: float
    last: float

    def value(self, t: float) -> float:
        """The parameter at a place of the stretch."""
        return self.first + (self.last - self.first) * t

    def place(self, value: float) -> float:
        """Where on the stretch a value of the parameter is."""
        return (value - self.first) / (self.last - self.first)

    def at(self, t: float) -> Problem:
        """The problem at a place of the stretch."""
        return with_field(self.problem, self.field, self.value(t))

    def rates(self, t: float, unit: Float[np.ndarray, " d"]) -> tuple[Parts, Parts]:
        """The derivatives of all parts and of their slopes along the stretch."""
        found = moved_and_turned(self.at(t), self.field, jnp.asarray(unit))
        return jax.tree.map(lambda rate: (self.last - self.first) * np.asarray(rate), found)


def with_field(problem: Problem, field: str, value: float | Float[Array, ""]) -> Problem:
    """The problem with another value of a field that its box does not free."""
    return eqx.tree_at(lambda p: getattr(p.resonator, field), problem, jnp.asarray(value, float))


@eqx.filter_jit
def moved_and_turned(problem: Problem, field: str, unit: Float[Array, " d"]) -> tuple[Parts, Parts]:
    """The derivatives by a field of the resonator of all parts, and of their slopes."""

    def at(value):
        return parts_and_slopes(with_field(problem, field, value), unit)

    value = getattr(problem.resonator, field)
    return jax.jvp(at, (value,), (jnp.ones_like(value),))[1]


def require_stretch(problem: Problem, field: str, values: Sequence[float]) -> None:
    """Raise unless a field can be followed through values."""
    require_known_field(field)
    if field in problem.box.names:
        raise ValueError(f"Argument `field` must not be free in the box, but is {field!r}.")
    given, allowed = np.asarray(values, float), PARAMETERS[field]
    steps = np.diff(given)
    if given.ndim != 1 or given.size < 2 or not (np.all(steps > 0) or np.all(steps < 0)):
        raise ValueError(
            "Argument `values` must be two or more numbers that ascend or descend, but is "
            f"{values!r}."
        )
    if not np.all(allowed.admits(given)):
        raise ValueError(
            f"Argument `values` must be {allowed.allowed} for {field}, not {values!r}."
        )
