r"""Objectives built from E_N for light from the left and from the right.

Where E_N is 0 it has no slope. Scores therefore use the unclipped value

$$ -\ln(2 \tilde\nu_-), \qquad E_N = \max(0, -\ln(2 \tilde\nu_-)) $$

in the wanted direction, and E_N in the other.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxcom import LEFT, Direction, SpinningResonator
from jaxcom.direction import BOTH, DirectionLike
from jaxcom.gaussian import clipped

from ..operating_point import OperatingPoint
from ..verification import verify
from .base import AbstractObjective, Scalar, as_direction, without_hinges


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

    def value_at(self, point: OperatingPoint) -> Scalar:
        """E_N, Eq. (12)."""
        return clipped(point.log_negativity(self.directions)[0])

    def terms_at(self, point: OperatingPoint) -> tuple[Scalar, Float[Array, "h ..."]]:
        """-ln(2 nu_-), negative where there is no entanglement."""
        return without_hinges(point.log_negativity(self.directions)[0])

    def verified(self, resonator: SpinningResonator) -> float:
        """E_N from the matrices; see `optimize.verify`."""
        return verify(resonator).of(self.direction).log_negativity


class Preference(AbstractObjective):
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

    def value_at(self, point: OperatingPoint) -> Scalar:
        """Difference of E_N, wanted minus unwanted."""
        wanted, unwanted = clipped(self._wanted_first(point))
        return wanted - unwanted

    def terms_at(self, point: OperatingPoint) -> tuple[Scalar, Float[Array, "h ..."]]:
        """-ln(2 nu_-) of the wanted direction, and of the other as the only hinge."""
        wanted, unwanted = self._wanted_first(point)
        return wanted, unwanted[None]

    def verified(self, resonator: SpinningResonator) -> float:
        """Difference of E_N from the matrices; see `optimize.verify`."""
        checks = verify(resonator)
        unwanted = checks.of(self.wanted.opposite)
        return checks.of(self.wanted).log_negativity - unwanted.log_negativity

    def _wanted_first(self, point: OperatingPoint) -> Float[Array, "2 ..."]:
        """-ln(2 nu_-) of both directions, the wanted one first."""
        return point.log_negativity(BOTH)[:: int(self.wanted)]


class Nonreciprocity(Preference):
    """Signed nonreciprocity E_N(left) - E_N(right), as in `jaxcom.nonreciprocity`.

    >>> import jaxcom as jc
    >>> print(f"{Nonreciprocity()(jc.SpinningResonator(detuning=63e6)):.4f}")
    0.0003
    """

    def __init__(self):
        super().__init__(LEFT)


class AbsNonreciprocity(AbstractObjective):
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

    def value_at(self, point: OperatingPoint) -> Scalar:
        """Absolute difference of E_N."""
        left, right = clipped(point.log_negativity(BOTH))
        return jnp.abs(left - right)

    def terms_at(self, point: OperatingPoint) -> tuple[Scalar, Float[Array, "h ..."]]:
        """Larger -ln(2 nu_-) of both directions, and the smaller one as the only hinge."""
        left, right = point.log_negativity(BOTH)
        # Not max and min: beyond its edge of stability one of them may be NaN.
        left_wins = (left >= right) | jnp.isnan(right)
        return jnp.where(left_wins, left, right), jnp.where(left_wins, right, left)[None]

    def verified(self, resonator: SpinningResonator) -> float:
        """Absolute difference of E_N from the matrices; see `optimize.verify`."""
        return abs(Preference(LEFT).verified(resonator))


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

    def value_at(self, point: OperatingPoint) -> Scalar:
        """ln(2 nu_-) of the unwanted direction."""
        return -point.log_negativity((self.wanted.opposite,))[0]

    def terms_at(self, point: OperatingPoint) -> tuple[Scalar, Float[Array, "h ..."]]:
        """Value itself, which has a slope everywhere."""
        return without_hinges(self.value_at(point))

    def verified(self, resonator: SpinningResonator) -> float:
        """ln(2 nu_-) from the matrices; see `optimize.verify`."""
        return -verify(resonator).of(self.wanted.opposite).unclipped


class EntanglementGap(AbstractObjective):
    """Difference of -ln(2 nu_-), left minus right, which has a slope without entanglement as well.

    >>> import jaxcom as jc
    >>> print(EntanglementGap()(jc.SpinningResonator(spin=0.0)).round(12))
    0.0
    """

    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self):
        self.name, self.directions = "ln nu_-(right)/nu_-(left)", BOTH

    def value_at(self, point: OperatingPoint) -> Scalar:
        """Difference of -ln(2 nu_-)."""
        left, right = point.log_negativity(BOTH)
        return left - right

    def terms_at(self, point: OperatingPoint) -> tuple[Scalar, Float[Array, "h ..."]]:
        """Value itself, which has a slope everywhere."""
        return without_hinges(self.value_at(point))

    def verified(self, resonator: SpinningResonator) -> float:
        """Difference from the matrices; see `optimize.verify`."""
        checks = verify(resonator)
        return checks.left.unclipped - checks.right.unclipped
