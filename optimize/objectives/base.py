"""Base classes of objectives, and the stability margins that belong to them."""

import abc
from collections.abc import Callable, Iterable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxcom import Direction, SpinningResonator, closed_form, entanglement
from jaxcom.direction import BOTH, DirectionLike, direction_sign
from jaxcom.mean_field.shift import shift_of
from jaxcom.rates import normalized_rates
from jaxcom.stability import decays_faster, slowest_mode

Scalar = Float[Array, "..."]


class AbstractObjective(eqx.Module):
    """Function of a design to maximize; its value is NaN where a direction is unstable.

    The value, returned by a call, is what results report. The `score` is what the search climbs:
    it equals the value wherever the value is positive, and has a nonzero slope where the value is
    flat because there is no entanglement.

    Attributes:
        name: name in tables and figures.
        directions: directions of the light in which a steady state must exist.
    """

    name: eqx.AbstractVar[str]
    directions: eqx.AbstractVar[tuple[Direction, ...]]

    @abc.abstractmethod
    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """Value of the objective."""

    @abc.abstractmethod
    def score(self, resonator: SpinningResonator) -> Scalar:
        """Score that the search climbs."""

    def margins(self, resonator: SpinningResonator) -> Float[Array, " m"]:
        """Stability margins that the search keeps above a bound, in units of omega_m."""
        return margins(resonator, self.directions)

    def keeps(self, resonator: SpinningResonator, margin: Scalar) -> Bool[Array, ""]:
        """Whether all margins exceed `margin`; faster than computing the margins."""
        return jnp.all(decays_faster(_coefficients(resonator, self.directions), margin))

    @abc.abstractmethod
    def verified(self, resonator: SpinningResonator) -> float:
        """Value computed from the matrices of Eq. (6) by `optimize.verify`; NaN if unavailable."""


class AbstractHinged(AbstractObjective):
    """Objective whose score is a smooth function minus hinges: score = smooth - sum max(0, hinge).

    Its maximum may lie where a hinge is 0 and the score has a kink. With the terms given separately
    the search converges there as well.
    """

    @abc.abstractmethod
    def active_piece(self, resonator: SpinningResonator) -> "AbstractHinged":
        """Objective with smooth terms that has the same score near a design."""

    @abc.abstractmethod
    def smooth_and_hinges(self, resonator: SpinningResonator) -> tuple[Scalar, Float[Array, " h"]]:
        """Smooth part of the score, and the hinges, which are subtracted where positive."""


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

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """Value of the function."""
        return self.function(resonator)

    def score(self, resonator: SpinningResonator) -> Scalar:
        """Value of the function."""
        return self.function(resonator)

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
    return Direction(direction_sign(direction))


def as_directions(directions: Iterable[DirectionLike]) -> tuple[Direction, ...]:
    """Directions from any of their forms; see `as_direction`.

    Raises:
        ValueError: an entry is not a direction.

    >>> [direction.label for direction in as_directions(("right", 1))]
    ['right', 'left']
    """
    return tuple(as_direction(direction) for direction in directions)


def margins(
    resonator: SpinningResonator, directions: tuple[Direction, ...]
) -> Float[Array, "directions ..."]:
    """Stability margins -max Re(eigenvalue of A) on the lowest branch, in units of omega_m.

    Args:
        resonator: design or batch of designs.
        directions: directions of the light.

    Returns:
        Margins, one row for each direction.

    >>> import jaxcom as jc
    >>> print(margins(jc.SpinningResonator(detuning=19e6), (jc.LEFT, jc.RIGHT)).round(4))
    [ 0.0862 -0.0...]
    """
    return -slowest_mode(_coefficients(resonator, directions))[0]


def _coefficients(
    resonator: SpinningResonator, directions: tuple[Direction, ...]
) -> Float[Array, "directions ... 6"]:
    """Coefficients of the characteristic polynomial on the lowest branch, in units of omega_m."""
    layers = max(jnp.ndim(field) for field in jax.tree.leaves(resonator))
    sides = jnp.array(directions, int).reshape(-1, *(1,) * layers)
    rates = normalized_rates(resonator, sides)
    return jnp.stack(closed_form.characteristic_coefficients(rates, shift_of(rates)), axis=-1)


def both_sides(resonator: SpinningResonator, unclipped: bool = False) -> Float[Array, "2 ..."]:
    """E_N on the lowest branch for light from the left and from the right, stacked.

    Args:
        resonator: design or batch of designs.
        unclipped: return -ln(2 nu_-) instead, which is negative where there is no entanglement.
    """
    sides = jnp.array(BOTH)
    # Mapped over both directions, so that XLA compiles the closed form only once.
    return jax.vmap(lambda side: entanglement(resonator, side, unclipped=unclipped))(sides)
