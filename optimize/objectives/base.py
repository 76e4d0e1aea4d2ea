"""Base class of objectives, and the objective made from any function of a resonator."""

import abc
from collections.abc import Callable, Iterable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxcom import Direction, SpinningResonator
from jaxcom.direction import BOTH, DirectionLike, direction_sign

from ..margins import Rows, stability_rows
from ..operating_point import LowestBranch, OperatingPoint, Tabulated

Scalar = Float[Array, "..."]


class AbstractObjective(eqx.Module):
    """Function of a design to maximize; its value is NaN where a direction is unstable.

    The value, returned by a call, is what results report. The `score` is what the search climbs:
    it equals the value wherever the value is positive, and has a nonzero slope where the value is
    flat because there is no entanglement. It is a smooth function minus hinges,

        score = smooth - sum max(0, hinge),

    since its maximum may lie where a hinge is 0 and the score has a kink.

    Attributes:
        name: name in tables and figures.
        directions: directions of the light in which a steady state must exist.
    """

    name: eqx.AbstractVar[str]
    directions: eqx.AbstractVar[tuple[Direction, ...]]

    @abc.abstractmethod
    def value_at(self, point: OperatingPoint) -> Scalar:
        """Value of the objective at an operating point."""

    @abc.abstractmethod
    def terms_at(self, point: OperatingPoint) -> tuple[Scalar, Float[Array, "h ..."]]:
        """Smooth part of the score at an operating point, and the hinges."""

    @abc.abstractmethod
    def verified(self, resonator: SpinningResonator) -> float:
        """Value computed from the matrices of Eq. (6) by `optimize.verify`; NaN if unavailable."""

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """Value of the objective on the lowest branch."""
        return self.value_at(LowestBranch(resonator))

    def score(self, resonator: SpinningResonator) -> Scalar:
        """Score that the search climbs, on the lowest branch."""
        return self.score_at(LowestBranch(resonator))

    def score_at(self, point: OperatingPoint) -> Scalar:
        """Score at an operating point."""
        smooth, hinges = self.terms_at(point)
        return smooth - jnp.maximum(hinges, 0.0).sum(axis=0)

    def margins_at(self, point: OperatingPoint) -> Float[Array, "m ..."]:
        """Stability margins that the search keeps above a bound, in units of omega_m."""
        return point.margin(self.directions)

    def stability_rows_at(self, point: Tabulated, least: Scalar) -> Rows:
        """Smooth functions that are at least 0 where all margins are at least `least`."""
        return stability_rows(point, self.directions, least)

    def keeps_at(self, point: LowestBranch, margin: Scalar) -> Bool[Array, "..."]:
        """Whether all margins exceed a bound in units of omega_m; faster than the margins."""
        return point.keeps(self.directions, margin)

    @property
    def mean_fields(self) -> tuple[Direction, ...]:
        """Directions whose mean field the terms depend on through the operating point."""
        return self.directions


class FromFunction(AbstractObjective):
    """Objective made from any function of a resonator that JAX can differentiate.

    Args:
        function: function of a resonator that returns a real scalar; a design where it is NaN
            counts as infeasible.
        name: name in tables and figures, by default the name of the function.
        directions: directions of the light in which a steady state must exist.

    Raises:
        ValueError: an entry of `directions` is not a direction.

    >>> import jaxcom as jc
    >>> def purity(resonator):
    ...     return jnp.linalg.det(2 * jc.steady_state(resonator, jc.LEFT).covariance) ** -0.5
    >>> objective = FromFunction(purity, directions=(jc.LEFT,))
    >>> print(objective.name, f"{objective(jc.SpinningResonator(detuning=63e6)):.4f}")
    purity 0.5...
    """

    function: Callable[[SpinningResonator], Any] = eqx.field(static=True)
    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(
        self,
        function: Callable[[SpinningResonator], Any],
        *,
        name: str | None = None,
        directions: Iterable[DirectionLike] = BOTH,
    ):
        self.function, self.directions = function, as_directions(directions)
        self.name = name or getattr(function, "__name__", "objective")

    def value_at(self, point: OperatingPoint) -> Scalar:
        """Value of the function."""
        return self.function(point.resonator)

    def terms_at(self, point: OperatingPoint) -> tuple[Scalar, Float[Array, "h ..."]]:
        """Value of the function, and no hinge."""
        return without_hinges(jnp.asarray(self.function(point.resonator)))

    def verified(self, resonator: SpinningResonator) -> float:
        """NaN: there is no second method for an arbitrary function."""
        return float("nan")


def as_objective(objective: Any) -> AbstractObjective:
    """Objective from an objective, which is returned as it is, or from a function of a resonator.

    Args:
        objective: objective or function; a function becomes `FromFunction(objective)`.

    Raises:
        TypeError: `objective` is neither.
    """
    if isinstance(objective, AbstractObjective):
        return objective
    if callable(objective):
        return FromFunction(objective)
    raise TypeError(
        f"Argument `objective` must be a function of a resonator, but is {objective!r}."
    )


def as_direction(direction: DirectionLike) -> Direction:
    """One direction from `LEFT`, `RIGHT`, "left", "right", +1 or -1.

    Raises:
        ValueError: `direction` is something else.
    """
    sign = direction_sign(direction)
    if jnp.ndim(sign):
        raise ValueError(
            "Argument `direction` must be one of jaxcom.LEFT (+1), jaxcom.RIGHT (-1), 'left' and "
            f"'right', but is {direction!r}."
        )
    return Direction(sign)


def as_directions(directions: Iterable[DirectionLike]) -> tuple[Direction, ...]:
    """Directions from any of their forms; see `as_direction`.

    Raises:
        ValueError: an entry is not a direction.

    >>> [direction.label for direction in as_directions(("right", 1))]
    ['right', 'left']
    """
    return tuple(as_direction(direction) for direction in directions)


def without_hinges(smooth: Scalar) -> tuple[Scalar, Float[Array, "h ..."]]:
    """Terms of an objective whose score is smooth."""
    return smooth, jnp.zeros((0, *jnp.shape(smooth)))
