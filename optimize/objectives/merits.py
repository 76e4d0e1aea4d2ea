"""Objectives that are figures of merit of the paper: revival factor and critical temperature."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float
from scipy.optimize import brentq

from jaxcom import Direction, SpinningResonator, entanglement
from jaxcom.direction import DirectionLike
from jaxcom.gaussian import least_entanglement
from jaxcom.merit.largest import revival_factor
from jaxcom.merit.thresholds import critical_temperature

from ..operating_point import OperatingPoint
from ..verification import verify
from .base import AbstractObjective, Scalar, as_direction, without_hinges

_COLD = 1e-6
"""Temperature in K at which a mirror of 1e6 rad/s or more is in its ground state."""


class Revival(AbstractObjective):
    r"""Revival factor chi, Eq. (14), for one direction; the detuning must not be free.

    $$ \chi = \frac{\max_{\Delta_c} E_N(\Omega, J)}{\max_{\Delta_c} E_N(0, 0)} $$

    Each maximum is over the detuning, so that no direction has to be stable at the detuning of the
    design itself: `directions` is empty.

    Args:
        direction: direction of the light.

    Raises:
        ValueError: `direction` is not a direction.

    >>> import jaxcom as jc
    >>> device = jc.SpinningResonator(spin=23e3, backscattering=jc.SpinningResonator().kappa)
    >>> Revival("right")(device).round(3)
    Array(0.917, dtype=float64)
    """

    direction: Direction = eqx.field(static=True)
    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self, direction: DirectionLike):
        self.direction, self.directions = as_direction(direction), ()
        self.name = f"chi({self.direction.label})"

    def value_at(self, point: OperatingPoint) -> Scalar:
        """Revival factor chi."""
        return revival_factor(point.resonator, self.direction)

    def terms_at(self, point: OperatingPoint) -> tuple[Scalar, Float[Array, "h ..."]]:
        """Revival factor chi."""
        return without_hinges(self.value_at(point))

    def verified(self, resonator: SpinningResonator) -> float:
        """NaN: both maxima are found by searches that have no second method."""
        return float("nan")


class Survival(AbstractObjective):
    """Critical temperature in K: entanglement survives below it, for light from one direction.

    Args:
        direction: direction of the light.

    Raises:
        ValueError: `direction` is not a direction.

    >>> import jaxcom as jc
    >>> print(f"{Survival('left')(jc.SpinningResonator(detuning=0.4 * 63e6)):.3f} K")
    0.504 K
    """

    direction: Direction = eqx.field(static=True)
    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(self, direction: DirectionLike):
        self.direction = as_direction(direction)
        self.directions = (self.direction,)
        self.name = f"T_c({self.direction.label})"

    def value_at(self, point: OperatingPoint) -> Scalar:
        """Critical temperature in K; 0 where there is no entanglement at any temperature."""
        return critical_temperature(point.resonator, self.direction)

    def terms_at(self, point: OperatingPoint) -> tuple[Scalar, Float[Array, "h ..."]]:
        """Critical temperature in K, or the negative -ln(2 nu_-) near T = 0 where it is 0."""
        cold = point.resonator.replace(temperature=_COLD)
        unclipped = entanglement(cold, self.direction, unclipped=True)
        return without_hinges(
            jnp.where(unclipped > least_entanglement(), self.value_at(point), unclipped)
        )

    def verified(self, resonator: SpinningResonator) -> float:
        """Temperature in K at which -ln(2 nu_-) from the matrices is 0; see `optimize.verify`."""

        def excess(temperature: float) -> float:
            return verify(resonator.replace(temperature=temperature)).of(self.direction).unclipped

        found = float(self(resonator))
        if not found > 0:
            return found
        root: Any = brentq(excess, 0.9 * found, 1.1 * found, xtol=1e-15)
        return float(root)
