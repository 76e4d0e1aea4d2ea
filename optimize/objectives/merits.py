"""Objectives that are figures of merit themselves: revival by spinning, survival of heat."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from scipy.optimize import brentq

from jaxcom import Direction, SpinningResonator, entanglement
from jaxcom.merit.largest import revival_factor
from jaxcom.merit.thresholds import critical_temperature

from ..verification import verify
from .base import AbstractObjective, Scalar
from .sides import word


class Revival(AbstractObjective):
    """chi of Eq. (14) for one direction, at its best detuning; the detuning must not be free."""

    side: Direction = eqx.field(static=True)
    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self, side: Direction):
        self.side, self.name, self.directions = side, f"chi({word(side)})", ()

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """What is reported."""
        return revival_factor(resonator, self.side)

    def score(self, resonator: SpinningResonator) -> Scalar:
        """The same."""
        return self(resonator)

    def verified(self, resonator: SpinningResonator) -> float:
        """Not known: both maxima are searches themselves."""
        return float("nan")


class CriticalTemperature(AbstractObjective):
    """The temperature in K up to which light and motion are entangled, for light from one side.

    Its score goes on below 0 with -ln(2 nu_-) near T = 0, where nothing is entangled.
    """

    side: Direction = eqx.field(static=True)
    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self, side: Direction):
        self.side, self.directions, self.name = side, (side,), f"T_c({word(side)})"

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """What is reported, in K."""
        return critical_temperature(resonator, self.side)

    def score(self, resonator: SpinningResonator) -> Scalar:
        """What the search climbs."""
        cold = entanglement(resonator.replace(temperature=_COLD), self.side, unclipped=True)
        return jnp.where(cold > 0, self(resonator), cold)

    def verified(self, resonator: SpinningResonator) -> float:
        """The root of -ln(2 nu_-) by matrices, in K."""

        def excess(temperature: float) -> float:
            return verify(resonator.replace(temperature=temperature)).of(self.side).unclipped

        found = float(self(resonator))
        if not found > 0:
            return found
        root: Any = brentq(excess, 0.9 * found, 1.1 * found, xtol=1e-15)
        return float(root)


_COLD = 1e-6
"""K; a mirror of 1e6 rad/s or more is in its ground state."""


def revival(side: Direction) -> Revival:
    """Chi of Eq. (14): what spinning leaves of the ideal device's entanglement.

    >>> import jaxcom as jc
    >>> device = jc.SpinningResonator(spin=23e3, backscattering=jc.SpinningResonator().kappa)
    >>> revival(jc.RIGHT)(device).round(3)
    Array(0.917, dtype=float64)
    """
    return Revival(Direction(side))


def survival(side: Direction) -> CriticalTemperature:
    """The temperature in K up to which light and motion of a design are entangled.

    >>> import jaxcom as jc
    >>> print(f"{survival(jc.LEFT)(jc.SpinningResonator(detuning=0.4 * 63e6)):.3f} K")
    0.504 K
    """
    return CriticalTemperature(Direction(side))
