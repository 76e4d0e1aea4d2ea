"""Limits of entanglement: the highest temperature, and the smallest optical quality factor."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Bool, Float
from scipy.constants import hbar
from scipy.constants import k as k_B

from jaxcom.direction import DirectionLike
from jaxcom.entanglement import checked_branch
from jaxcom.gaussian import least_entanglement
from jaxcom.merit.crossing import Function, Real, first_crossing
from jaxcom.merit.largest import (
    Drive,
    common_shape,
    detuning_bounds,
    from_both_sides,
    maximum,
    unclipped_difference,
)
from jaxcom.resonator import SpinningResonator
from jaxcom.support.tracing import is_traced
from jaxcom.xla.precision import require_x64

_HOTTEST, _COLDEST = 27.0, -7.0
"""Range of ln(k_B T / hbar omega_m): from 5e11 thermal phonons to practically none."""


def critical_temperature(
    resonator: SpinningResonator, direction: DirectionLike, *, branch: ArrayLike = 0
) -> Real:
    """Temperature T in K up to which the driven mode and the mirror are entangled.

    It is the zero of -ln(2 nu_-) as a function of T. The bath only adds noise to the mirror, so
    that E_N decreases with T, while the mean field and the stability do not depend on T.

    Args:
        resonator: the device and its drive; its own temperature is not used. Fields may be arrays.
        direction: `LEFT` or `RIGHT`, or an array of signs.
        branch: which mean field, counted from 0 in ascending q_s over the real solutions.

    Returns:
        T in K, of the common shape of the arguments, differentiable with respect to all other
        fields. It is 0 where there is no entanglement even at T = 0, and NaN where there is no
        steady state.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `direction` is neither `LEFT` nor `RIGHT`, or `branch` is not in 0..4.

    >>> import jaxcom as jc
    >>> limit = critical_temperature(jc.SpinningResonator(detuning=0.4 * 63e6), jc.LEFT)
    >>> print(f"{limit:.3f} K")
    0.504 K
    """
    require_x64("merit.critical_temperature")
    sign, branches = checked_branch(direction, branch)
    drive = Drive(resonator, sign, branches)
    log_hottest, log_coldest = _log_temperatures(resonator)
    return jnp.exp(_crossing(_margin_at_temperature, drive, log_hottest, log_coldest, -jnp.inf))


def highest_nonreciprocal_temperature(
    resonator: SpinningResonator, *, detunings: Sequence[Any] | None = None
) -> Real:
    """Temperature in K up to which the entanglement is nonreciprocal at some detuning (S3).

    Nonreciprocal means Delta E_N != 0: both directions have a steady state, and at least one is
    entangled.

    Args:
        resonator: the device and its drive; its own temperature and detuning are not used. Fields
            may be arrays.
        detunings: lower and upper bound of the detuning in rad/s; default -1 and 4 omega_m, each
            moved outwards by |Delta_F|.

    Returns:
        T in K, of the shape of the designs, differentiable with respect to all other fields; 0 for
        a device that treats both directions alike.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `detunings` are not two ascending numbers.

    >>> import jaxcom as jc
    >>> print(f"{highest_nonreciprocal_temperature(jc.SpinningResonator()):.2f} K")
    0.55 K
    """
    require_x64("merit.highest_nonreciprocal_temperature")
    bounds = detuning_bounds(resonator, detunings)
    family = _Family(resonator, bounds, jnp.array(True), least_entanglement())
    log_hottest, log_coldest = _log_temperatures(resonator)
    return jnp.exp(_crossing(_margin_in_family, family, log_hottest, log_coldest, -jnp.inf))


def smallest_nonreciprocal_quality(
    resonator: SpinningResonator,
    level: float | int | Float[Array, ""] = 1e-3,
    *,
    detunings: Sequence[Any] | None = None,
    qualities: Sequence[float | int] = (1e5, 1e9),
) -> Real:
    """Smallest optical quality factor at which |Delta E_N| reaches a level at some detuning (S4).

    A level is needed because |Delta E_N| falls steeply with Q, but never to 0 at all detunings.

    Args:
        resonator: the device and its drive; its own quality factor and detuning are not used.
            Fields may be arrays.
        level: required value of the largest |Delta E_N| over the detuning, positive.
        detunings: lower and upper bound of the detuning in rad/s; default -1 and 4 omega_m, each
            moved outwards by |Delta_F|.
        qualities: lower and upper bound of Q.

    Returns:
        Q, of the shape of the designs, differentiable with respect to all other fields; NaN where
        the level is not reached. Where it is reached at the lower bound already, that bound.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `level` is not positive and finite, or `detunings` or `qualities` are not two
            ascending numbers, those of `qualities` positive.

    >>> import jaxcom as jc
    >>> print(f"{smallest_nonreciprocal_quality(jc.SpinningResonator()):.2e}")
    7.99e+06
    """
    require_x64("merit.smallest_nonreciprocal_quality")
    if not is_traced(level) and not 0 < level < math.inf:
        raise ValueError(f"Argument `level` must be positive and finite, but is {level:g}.")
    if len(qualities) != 2 or not 0 < qualities[0] < qualities[1] < math.inf:
        raise ValueError(
            f"Argument `qualities` must be two positive, ascending numbers, but is {qualities}."
        )
    least, most = qualities
    bounds = detuning_bounds(resonator, detunings)
    family = _Family(resonator, bounds, jnp.array(False), level)
    return jnp.exp(_crossing(_margin_in_family, family, math.log(least), math.log(most), jnp.nan))


class _Family(NamedTuple):
    """Designs that differ in one field, the temperature or the optical quality factor.

    The choice of the field is an array and not a static argument, so that both limits share one
    compiled program; compiling the search for the maximum takes most of the time of a call.

    Attributes:
        resonator: the device.
        bounds: lower and upper bound of the detuning in rad/s.
        varies_temperature: whether the temperature varies, and not the quality factor.
        level: required value of |Delta E_N|.
    """

    resonator: SpinningResonator
    bounds: tuple[Real, Real]
    varies_temperature: Bool[Array, ""]
    level: Any

    def member(self, value: Real) -> SpinningResonator:
        """The design with a value of the varied field."""
        temperature = jnp.asarray(self.resonator.temperature)
        quality = jnp.asarray(self.resonator.optical_quality)
        return self.resonator.replace(
            temperature=jnp.where(self.varies_temperature, value, temperature),
            optical_quality=jnp.where(self.varies_temperature, quality, value),
        )


@partial(jax.jit, static_argnums=0)
def _crossing(function: Function, parameters: Any, start: Real, end: Real, never: Real) -> Real:
    """First crossing of a function between two points, all of the shape of the parameters."""
    shape = common_shape((parameters, start, end))
    first, last = (jnp.broadcast_to(jnp.asarray(x, float), shape) for x in (start, end))
    return first_crossing(function, parameters, first, last, never)


def _margin_in_family(family: _Family, log_value: Real) -> Real:
    """Largest |Delta E_N| minus the level, at a logarithm of the varied field.

    The largest |Delta E_N| is unclipped, so that the margin has a slope where E_N is 0.
    """
    drive = from_both_sides(family.member(jnp.exp(log_value)), family.bounds)
    largest = maximum(unclipped_difference, drive, family.bounds).value
    return jnp.max(largest, axis=0) - family.level


def _margin_at_temperature(drive: Drive, log_temperature: Real) -> Real:
    """Unclipped E_N, minus the rounding, at a logarithm of the temperature in K."""
    detuning = jnp.broadcast_to(drive.resonator.detuning, log_temperature.shape)
    heated = drive.with_fields(temperature=jnp.exp(log_temperature))
    return heated.log_negativity(detuning) - least_entanglement()


def _log_temperatures(resonator: SpinningResonator) -> tuple[Real, Real]:
    """Logarithms of the highest and the lowest temperature of the search, in K."""
    quantum = jnp.log(hbar * resonator.omega_m / k_B)
    return quantum + _HOTTEST, quantum + _COLDEST
