"""What to maximise: numbers of a design, made of the entanglement for light from either side.

An objective has two faces. Its `value` is what is reported. Its `score` equals the value wherever
that is positive, but uses the unclipped -ln(2 nu_-) of the wanted direction, so that it has a slope
where there is no entanglement yet and the value is flat. Where the maximum is positive, both have
the same.
"""

import abc
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxcom import LEFT, RIGHT, Direction, SpinningResonator, entanglement

Scalar = Float[Array, ""]


class AbstractObjective(eqx.Module):
    """A number to maximise; calling it gives its value, NaN where a direction is unstable."""

    name: eqx.AbstractVar[str]
    directions: eqx.AbstractVar[tuple[Direction, ...]]  # in which a steady state must exist

    @abc.abstractmethod
    def score(self, resonator: SpinningResonator) -> Scalar:
        """What the search climbs; equal to the value wherever that is positive."""

    @abc.abstractmethod
    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """What is reported."""

    @abc.abstractmethod
    def recombine(self, left: Scalar, right: Scalar) -> Scalar:
        """The value, from E_N of both directions as another method has found them."""


class OfBothSides(AbstractObjective):
    """A combination of E_N(left) and E_N(right).

    Attributes:
        name: what tables and figures call it.
        combine: the value as a function of E_N(left) and E_N(right).
        extend: the score as a function of their unclipped counterparts.
        directions: of the light, in which a steady state must exist.
    """

    name: str = eqx.field(static=True)
    combine: Callable[[Scalar, Scalar], Scalar] = eqx.field(static=True)
    extend: Callable[[Scalar, Scalar], Scalar] = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def score(self, resonator: SpinningResonator) -> Scalar:
        """What the search climbs."""
        return self.extend(*both_sides(resonator, unclipped=True))

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """What is reported."""
        return self.combine(*both_sides(resonator))

    def recombine(self, left: Scalar, right: Scalar) -> Scalar:
        """The value, from E_N of both directions."""
        return self.combine(left, right)


class OfOneSide(AbstractObjective):
    """E_N for light from one side, the only one of its directions; the other may be unstable."""

    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def score(self, resonator: SpinningResonator) -> Scalar:
        """What the search climbs."""
        return entanglement(resonator, self.directions[0], unclipped=True)

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """What is reported."""
        return entanglement(resonator, self.directions[0])

    def recombine(self, left: Scalar, right: Scalar) -> Scalar:
        """The value, from E_N of both directions."""
        return left if self.directions[0] == LEFT else right


class OfUser(AbstractObjective):
    """Any function of a resonator; climbed as it is, both directions kept stable."""

    function: Callable[[SpinningResonator], Scalar] = eqx.field(static=True)
    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def score(self, resonator: SpinningResonator) -> Scalar:
        """What the search climbs."""
        return self.function(resonator)

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """What is reported."""
        return self.function(resonator)

    def recombine(self, left: Scalar, right: Scalar) -> Scalar:
        """Not known for a function that may be of anything: NaN."""
        return jnp.full_like(left, jnp.nan)


def as_objective(given: Any) -> AbstractObjective:
    """An objective as it is, a function of a resonator as an objective."""
    if isinstance(given, AbstractObjective):
        return given
    if callable(given):
        name = getattr(given, "__name__", "objective")
        function: Callable[[SpinningResonator], Any] = given
        return OfUser(name=name, directions=(LEFT, RIGHT), function=function)
    raise TypeError(f"Argument `objective` must be a function of a resonator, but is {given!r}.")


def preference(wanted: Direction) -> OfBothSides:
    """E_N for light from the wanted side, less that for light from the other.

    >>> import jaxcom as jc
    >>> objective = preference(jc.LEFT)
    >>> print(objective.name, f"{objective(jc.SpinningResonator(detuning=63e6)):.4f}")
    E_N(left) - E_N(right) 0.0003
    """
    side = Direction(wanted)
    other = RIGHT if side == LEFT else LEFT
    return OfBothSides(
        name=f"E_N({side.name.lower()}) - E_N({other.name.lower()})",
        directions=(LEFT, RIGHT),
        combine=lambda left, right: side * (left - right),
        extend=lambda left, right: _excess(left, right) if side == LEFT else _excess(right, left),
    )


def both_sides(resonator: SpinningResonator, unclipped: bool = False) -> Float[Array, "2 ..."]:
    """E_N for light from the left and from the right; mapped, so that it is compiled once."""
    sides = jnp.array([LEFT, RIGHT])
    return jax.vmap(lambda side: entanglement(resonator, side, unclipped=unclipped))(sides)


def _excess(wanted: Scalar, unwanted: Scalar) -> Scalar:
    return wanted - jnp.maximum(unwanted, 0.0)


nonreciprocity = OfBothSides(
    name="|Delta E_N|",
    directions=(LEFT, RIGHT),
    combine=lambda left, right: jnp.abs(left - right),
    extend=lambda left, right: jnp.maximum(_excess(left, right), _excess(right, left)),
)
"""|E_N(left) - E_N(right)|: the two directions as different as can be, whichever is entangled."""


def one_way(direction: Direction) -> OfOneSide:
    """E_N for light from one side, whatever light from the other side finds.

    >>> import jaxcom as jc
    >>> one_way(jc.LEFT)(jc.SpinningResonator(detuning=19e6)).round(4)
    Array(0.1476, dtype=float64)
    """
    side = Direction(direction)
    return OfOneSide(name=f"E_N({side.name.lower()})", directions=(side,))


NAMED: dict[str, AbstractObjective] = {
    "nonreciprocity": nonreciprocity,
    "prefer-left": preference(LEFT),
    "prefer-right": preference(RIGHT),
    "left": one_way(LEFT),
    "right": one_way(RIGHT),
}
"""The objectives by the names that the command line knows."""
