r"""Objectives built from E_N for light from the left and from the right.

Where E_N is 0 it has no slope. Scores therefore use the unclipped value

$$ -\ln(2 \tilde\nu_-), \qquad E_N = \max(0, -\ln(2 \tilde\nu_-)) $$

in the wanted direction, and E_N in the other.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxcom import LEFT, RIGHT, Direction, SpinningResonator, entanglement
from jaxcom.direction import DirectionLike

from ..verification import verify
from .base import (
    BOTH,
    AbstractHinged,
    AbstractObjective,
    Scalar,
    as_direction,
    both_sides,
)


class OneWay(AbstractObjective):
    """E_N for light from one direction; the opposite direction may be unstable.

    Args:
        direction: direction of the light.

    Raises:
        ValueError: `direction` is not a direction.

    >>> import jaxcom as jc
    >>> OneWay("left")(jc.SpinningResonator(detuning=19e6)).round(4)
    Array(0.1476, dtype=float64)
    """

    name: str = eqx.field(static=True)
    direction: Direction = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self, direction: DirectionLike):
        self.direction = as_direction(direction)
        self.directions = (self.direction,)
        self.name = f"E_N({self.direction.label})"

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """E_N on the lowest branch."""
        return entanglement(resonator, self.direction)

    def score(self, resonator: SpinningResonator) -> Scalar:
        """-ln(2 nu_-), negative where there is no entanglement."""
        return entanglement(resonator, self.direction, unclipped=True)

    def verified(self, resonator: SpinningResonator) -> float:
        """E_N from the matrices; see `optimize.verify`."""
        return verify(resonator).of(self.direction).log_negativity


class Preference(AbstractHinged):
    """E_N for light from the wanted direction minus E_N for light from the opposite direction.

    Args:
        wanted: direction whose entanglement counts as positive.

    Raises:
        ValueError: `wanted` is not a direction.

    >>> import jaxcom as jc
    >>> objective = Preference("left")
    >>> print(objective.name, f"{objective(jc.SpinningResonator(detuning=63e6)):.4f}")
    E_N(left) - E_N(right) 0.0003
    """

    wanted: Direction = eqx.field(static=True)
    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self, wanted: DirectionLike):
        self.wanted, self.directions = as_direction(wanted), BOTH
        self.name = f"E_N({self.wanted.label}) - E_N({self.wanted.opposite.label})"

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """Difference of E_N, wanted minus unwanted."""
        wanted, unwanted = self._ordered(*both_sides(resonator))
        return wanted - unwanted

    def score(self, resonator: SpinningResonator) -> Scalar:
        """-ln(2 nu_-) of the wanted direction minus E_N of the other."""
        wanted, unwanted = self._ordered(*both_sides(resonator, unclipped=True))
        return _advantage(wanted, unwanted)

    def verified(self, resonator: SpinningResonator) -> float:
        """Difference of E_N from the matrices; see `optimize.verify`."""
        checks = verify(resonator)
        unwanted = checks.of(self.wanted.opposite)
        return checks.of(self.wanted).log_negativity - unwanted.log_negativity

    def active_piece(self, resonator: SpinningResonator) -> "Preference":
        """The objective itself, whose terms are smooth."""
        return self

    def smooth_and_hinges(self, resonator: SpinningResonator) -> tuple[Scalar, Float[Array, " h"]]:
        """-ln(2 nu_-) of the wanted direction, and of the other as the only hinge."""
        wanted, unwanted = self._ordered(*both_sides(resonator, unclipped=True))
        return wanted, unwanted[None]

    def _ordered(self, left: Scalar, right: Scalar) -> tuple[Scalar, Scalar]:
        """Values of both directions, the wanted one first."""
        return (left, right) if self.wanted == LEFT else (right, left)


class Nonreciprocity(Preference):
    """Signed nonreciprocity E_N(left) - E_N(right), as in `jaxcom.nonreciprocity`.

    >>> import jaxcom as jc
    >>> print(f"{Nonreciprocity()(jc.SpinningResonator(detuning=63e6)):.4f}")
    0.0003
    """

    def __init__(self):
        super().__init__(LEFT)


class AbsNonreciprocity(AbstractHinged):
    """Absolute nonreciprocity |E_N(left) - E_N(right)|, whichever direction is more entangled.

    >>> import jaxcom as jc
    >>> objective = AbsNonreciprocity()
    >>> print(objective.name, f"{objective(jc.SpinningResonator(detuning=63e6)):.4f}")
    |Delta E_N| 0.0003
    """

    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self):
        self.name, self.directions = "|Delta E_N|", BOTH

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """Absolute difference of E_N."""
        left, right = both_sides(resonator)
        return jnp.abs(left - right)

    def score(self, resonator: SpinningResonator) -> Scalar:
        """Larger of the scores of `Preference(LEFT)` and `Preference(RIGHT)`."""
        left, right = both_sides(resonator, unclipped=True)
        return jnp.maximum(_advantage(left, right), _advantage(right, left))

    def verified(self, resonator: SpinningResonator) -> float:
        """Absolute difference of E_N from the matrices; see `optimize.verify`."""
        return abs(Preference(LEFT).verified(resonator))

    def active_piece(self, resonator: SpinningResonator) -> Preference:
        """Preference for the direction with more entanglement."""
        left, right = both_sides(resonator, unclipped=True)
        return Preference(LEFT if float(left) >= float(right) else RIGHT)

    def smooth_and_hinges(self, resonator: SpinningResonator) -> tuple[Scalar, Float[Array, " h"]]:
        """Larger -ln(2 nu_-) of both directions, and the smaller one as the only hinge."""
        sides = both_sides(resonator, unclipped=True)
        return sides.max(axis=0), sides.min(axis=0)[None]


class Isolation(AbstractObjective):
    """Distance of the unwanted direction from entanglement: its ln(2 nu_-), negative if entangled.

    A ratio of both E_N would be infinite wherever one is 0. Combine it with a lower bound on the
    wanted entanglement: `constraints.AtLeast(OneWay(wanted), 0.1)`.

    Args:
        wanted: direction that may be entangled; the opposite one is isolated.

    Raises:
        ValueError: `wanted` is not a direction.

    >>> import jaxcom as jc
    >>> print(f"{Isolation('left')(jc.SpinningResonator(detuning=63e6)):.4f}")
    0.0...
    """

    wanted: Direction = eqx.field(static=True)
    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self, wanted: DirectionLike):
        self.wanted, self.directions = as_direction(wanted), BOTH
        self.name = f"ln 2 nu_-({self.wanted.opposite.label})"

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """ln(2 nu_-) of the unwanted direction."""
        return -entanglement(resonator, self.wanted.opposite, unclipped=True)

    def score(self, resonator: SpinningResonator) -> Scalar:
        """Value itself, which has a slope everywhere."""
        return self(resonator)

    def verified(self, resonator: SpinningResonator) -> float:
        """ln(2 nu_-) from the matrices; see `optimize.verify`."""
        return -verify(resonator).of(self.wanted.opposite).unclipped


def _advantage(wanted: Scalar, unwanted: Scalar) -> Scalar:
    return wanted - jnp.maximum(unwanted, 0.0)
