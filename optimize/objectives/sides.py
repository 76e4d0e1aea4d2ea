"""Objectives made of the entanglement for light from the left and from the right.

Their score uses the unclipped -ln(2 nu_-) of the wanted direction, and E_N of the other.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxcom import LEFT, RIGHT, Direction, SpinningResonator, entanglement

from ..verification import verify
from .base import (
    BOTH,
    AbstractHinged,
    AbstractObjective,
    Scalar,
    both_sides,
)


class OneWay(AbstractObjective):
    """E_N for light from one side; the other direction may be unstable."""

    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self, side: Direction):
        self.name, self.directions = f"E_N({word(side)})", (side,)

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """What is reported."""
        return entanglement(resonator, self.directions[0])

    def score(self, resonator: SpinningResonator) -> Scalar:
        """What the search climbs."""
        return entanglement(resonator, self.directions[0], unclipped=True)

    def verified(self, resonator: SpinningResonator) -> float:
        """E_N by matrices."""
        return verify(resonator).of(self.directions[0]).log_negativity


class Preference(AbstractHinged):
    """E_N for light from the wanted side, less that for light from the other."""

    wanted: Direction = eqx.field(static=True)
    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self, wanted: Direction):
        self.wanted, self.directions = wanted, BOTH
        self.name = f"E_N({word(wanted)}) - E_N({word(other(wanted))})"

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """What is reported."""
        left, right = both_sides(resonator)
        return self.wanted * (left - right)

    def score(self, resonator: SpinningResonator) -> Scalar:
        """What the search climbs."""
        return _excess(*self._unclipped(resonator))

    def verified(self, resonator: SpinningResonator) -> float:
        """The difference of E_N by matrices."""
        checks = verify(resonator)
        return self.wanted * (checks.left.log_negativity - checks.right.log_negativity)

    def facing(self, resonator: SpinningResonator) -> "Preference":
        """Itself: it has one smooth piece."""
        return self

    def pieces(self, resonator: SpinningResonator) -> tuple[Scalar, Float[Array, " h"]]:
        """The wanted entanglement, and the unwanted."""
        wanted, unwanted = self._unclipped(resonator)
        return wanted, unwanted[None]

    def _unclipped(self, resonator: SpinningResonator) -> Float[Array, "2 ..."]:
        """-ln(2 nu_-) of the wanted direction and of the other."""
        return both_sides(resonator, unclipped=True)[:: int(self.wanted)]


class Nonreciprocity(AbstractHinged):
    """|E_N(left) - E_N(right)|: the two directions as different as can be, whichever entangles."""

    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self):
        self.name, self.directions = "|Delta E_N|", BOTH

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """What is reported."""
        left, right = both_sides(resonator)
        return jnp.abs(left - right)

    def score(self, resonator: SpinningResonator) -> Scalar:
        """What the search climbs."""
        left, right = both_sides(resonator, unclipped=True)
        return jnp.maximum(_excess(left, right), _excess(right, left))

    def verified(self, resonator: SpinningResonator) -> float:
        """The difference of E_N by matrices."""
        return abs(Preference(LEFT).verified(resonator))

    def facing(self, resonator: SpinningResonator) -> Preference:
        """The preference for the direction that is the more entangled."""
        left, right = both_sides(resonator, unclipped=True)
        return Preference(LEFT if float(left) >= float(right) else RIGHT)

    def pieces(self, resonator: SpinningResonator) -> tuple[Scalar, Float[Array, " h"]]:
        """The greater of both, and the smaller."""
        sides = both_sides(resonator, unclipped=True)
        return sides.max(axis=0), sides.min(axis=0)[None]


class Isolation(AbstractObjective):
    """How far the unwanted direction is from being entangled: its ln(2 nu_-), negative if it is.

    A ratio of both E_N would be infinite wherever one is 0. To be asked for under a floor for the
    wanted direction: `AtLeast(one_way(wanted), 0.1)`.
    """

    wanted: Direction = eqx.field(static=True)
    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self, wanted: Direction):
        self.wanted, self.directions = wanted, BOTH
        self.name = f"ln 2 nu_-({word(other(wanted))})"

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """What is reported."""
        return -entanglement(resonator, other(self.wanted), unclipped=True)

    def score(self, resonator: SpinningResonator) -> Scalar:
        """The same: it has a slope everywhere."""
        return self(resonator)

    def verified(self, resonator: SpinningResonator) -> float:
        """The same by matrices."""
        return -verify(resonator).of(other(self.wanted)).unclipped


def one_way(direction: Direction) -> OneWay:
    """E_N for light from one side, whatever light from the other side finds.

    >>> import jaxcom as jc
    >>> one_way(jc.LEFT)(jc.SpinningResonator(detuning=19e6)).round(4)
    Array(0.1476, dtype=float64)
    """
    return OneWay(Direction(direction))


def preference(wanted: Direction) -> Preference:
    """E_N for light from the wanted side, less that for light from the other.

    >>> import jaxcom as jc
    >>> objective = preference(jc.LEFT)
    >>> print(objective.name, f"{objective(jc.SpinningResonator(detuning=63e6)):.4f}")
    E_N(left) - E_N(right) 0.0003
    """
    return Preference(Direction(wanted))


def isolation(wanted: Direction) -> Isolation:
    """How far the direction that is not wanted is from being entangled, ln(2 nu_-).

    >>> import jaxcom as jc
    >>> print(f"{isolation(jc.LEFT)(jc.SpinningResonator(detuning=63e6)):.4f}")
    0.0...
    """
    return Isolation(Direction(wanted))


def word(side: Direction) -> str:
    """The direction in words: "left" or "right"."""
    return Direction(side).name.lower()


def other(side: Direction) -> Direction:
    """The opposite direction."""
    return RIGHT if side == LEFT else LEFT


def _excess(wanted: Scalar, unwanted: Scalar) -> Scalar:
    return wanted - jnp.maximum(unwanted, 0.0)
