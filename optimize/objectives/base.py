"""What an objective is: a number of a design to maximise, and what the search must know of it."""

import abc
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxcom import LEFT, RIGHT, Direction, SpinningResonator, closed_form, entanglement
from jaxcom.mean_field.shift import shift_of
from jaxcom.rates import normalized_rates
from jaxcom.stability import decays_faster, slowest_mode

Scalar = Float[Array, "..."]
BOTH = (LEFT, RIGHT)


class AbstractObjective(eqx.Module):
    """A number to maximise; calling it gives its value, NaN where a direction is unstable.

    An objective has two faces. Its value is what is reported. Its `score` is what is climbed: it
    has a slope where the value is flat, since there is no entanglement yet, and its largest value
    is that of the value, if that is positive.

    Attributes:
        name: what tables and figures call it.
        directions: of the light, in which a steady state must exist.
    """

    name: eqx.AbstractVar[str]
    directions: eqx.AbstractVar[tuple[Direction, ...]]

    @abc.abstractmethod
    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """What is reported."""

    @abc.abstractmethod
    def score(self, resonator: SpinningResonator) -> Scalar:
        """What the search climbs."""

    def margins(self, resonator: SpinningResonator) -> Float[Array, " m"]:
        """The margins of stability, in units of omega_m, that the search keeps up."""
        return margins(resonator, self.directions)

    def keeps(self, resonator: SpinningResonator, margin: Scalar) -> Bool[Array, ""]:
        """Are all of them larger than one asked for? Quicker to tell than how large they are."""
        return jnp.all(decays_faster(_coefficients(resonator, self.directions), margin))

    @abc.abstractmethod
    def verified(self, resonator: SpinningResonator) -> float:
        """The value by a way that shares little with the fast path; NaN if there is none."""


class AbstractHinged(AbstractObjective):
    """An objective whose score is smooth but for hinges: score = smooth - sum of max(0, hinges).

    Its maximum may lie on an edge, where a hinge is 0. Knowing the parts, a search can converge
    there.
    """

    @abc.abstractmethod
    def facing(self, resonator: SpinningResonator) -> "AbstractHinged":
        """The smooth piece of the objective on which a design lies."""

    @abc.abstractmethod
    def pieces(self, resonator: SpinningResonator) -> tuple[Scalar, Float[Array, " h"]]:
        """The smooth part of the score, and what counts against it as soon as it is positive."""


class OfUser(AbstractObjective):
    """Any function of a resonator; climbed as it is."""

    function: Callable[[SpinningResonator], Any] = eqx.field(static=True)
    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """What is reported."""
        return self.function(resonator)

    def score(self, resonator: SpinningResonator) -> Scalar:
        """What the search climbs."""
        return self.function(resonator)

    def verified(self, resonator: SpinningResonator) -> float:
        """Not known for a function that may be of anything: NaN."""
        return float("nan")


def as_objective(given: Any) -> AbstractObjective:
    """An objective as it is, a function of a resonator as an objective of both directions.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(given, AbstractObjective):
        return given
    if callable(given):
        return of(given)
    raise TypeError(f"Argument `objective` must be a function of a resonator, but is {given!r}.")


def of(
    function: Callable[[SpinningResonator], Any],
    *,
    name: str | None = None,
    directions: tuple[Direction, ...] = BOTH,
) -> OfUser:
    """Any function of a resonator, that JAX can differentiate, as an objective.

    Args:
        function: of a resonator; where it is NaN, the design counts as infeasible.
        name: what tables and figures call it; by default its own.
        directions: of the light, in which a steady state must exist.

    >>> import jaxcom as jc
    >>> def purity(resonator):
    ...     return jnp.linalg.det(2 * jc.steady_state(resonator, jc.LEFT).covariance) ** -0.5
    >>> objective = of(purity, directions=(jc.LEFT,))
    >>> print(objective.name, f"{objective(jc.SpinningResonator(detuning=63e6)):.4f}")
    purity 0.5...
    """
    called = name or getattr(function, "__name__", "objective")
    return OfUser(function=function, name=called, directions=directions)


def margins(
    resonator: SpinningResonator, directions: tuple[Direction, ...]
) -> Float[Array, "directions ..."]:
    """-max Re eigenvalue of the drift matrix on the lowest branch, in units of omega_m.

    >>> import jaxcom as jc
    >>> print(margins(jc.SpinningResonator(detuning=19e6), (jc.LEFT, jc.RIGHT)).round(4))
    [ 0.0862 -0.0...]
    """
    return -slowest_mode(_coefficients(resonator, directions))[0]


def _coefficients(
    resonator: SpinningResonator, directions: tuple[Direction, ...]
) -> Float[Array, "directions ... 6"]:
    """Those of the characteristic polynomial on the lowest branch, in units of omega_m."""
    layers = max(jnp.ndim(field) for field in jax.tree.leaves(resonator))
    sides = jnp.array(directions, int).reshape(-1, *(1,) * layers)
    rates = normalized_rates(resonator, sides)
    return jnp.stack(closed_form.characteristic_coefficients(rates, shift_of(rates)), axis=-1)


def both_sides(resonator: SpinningResonator, unclipped: bool = False) -> Float[Array, "2 ..."]:
    """E_N for light from the left and from the right; mapped, so that it is compiled once."""
    sides = jnp.array([LEFT, RIGHT])
    return jax.vmap(lambda side: entanglement(resonator, side, unclipped=unclipped))(sides)
