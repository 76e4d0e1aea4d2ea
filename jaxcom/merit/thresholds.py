"""What entanglement survives: the highest temperature, the smallest optical quality."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Float

from jaxcom.constants import hbar, k_B
from jaxcom.entanglement import checked_branch
from jaxcom.merit.crossing import Function, Real, first_crossing
from jaxcom.merit.largest import (
    Drive,
    both_ways,
    common_shape,
    detuning_bounds,
    highest,
    unclipped_excess,
)
from jaxcom.resonator import SpinningResonator
from jaxcom.xla.precision import require_x64

_HOTTEST, _COLDEST = 27.0, -7.0
"""ln(k_B T / hbar omega_m): 5e11 phonons, and none."""

_ROUNDING = 1e-14
"""Entanglement below this is none: two modes without coupling show some 1e-16."""


def critical_temperature(
    resonator: SpinningResonator, direction: ArrayLike, branch: ArrayLike = 0
) -> Real:
    """The temperature T in K up to which light and motion of a design are entangled.

    The root of -ln(2 nu_-) over T: heat only adds noise to the mirror, so that E_N falls with it,
    and neither mean field nor stability depend on it.

    Args:
        resonator: the device and its drive; its temperature has no meaning.
        direction: `LEFT` or `RIGHT`, or an array of signs.
        branch: which mean field, counted from 0 in ascending q_s.

    Returns:
        T in K, with derivatives by all other fields; 0 where there is no entanglement at T = 0
        either, NaN where there is no steady state.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `branch` is not in 0..4.

    >>> import jaxcom as jc
    >>> limit = critical_temperature(jc.SpinningResonator(detuning=0.4 * 63e6), jc.LEFT)
    >>> print(f"{limit:.3f} K")
    0.504 K
    """
    require_x64("merit.critical_temperature")
    sides, branches = checked_branch(direction, branch)
    drive = Drive(resonator, sides, branches)
    return jnp.exp(_first(_at_temperature, drive, *_temperatures(resonator), -jnp.inf))


def highest_nonreciprocal_temperature(
    resonator: SpinningResonator, *, detunings: Sequence[Any] | None = None
) -> Real:
    """The temperature in K up to which some detuning is nonreciprocal, Delta E_N != 0 (S3).

    At the detuning both directions have a steady state, and one is still entangled. Arguments as
    for `largest_nonreciprocity`; 0 for a device that treats both directions alike.

    >>> import jaxcom as jc
    >>> print(f"{highest_nonreciprocal_temperature(jc.SpinningResonator()):.2f} K")
    0.55 K
    """
    require_x64("merit.highest_nonreciprocal_temperature")
    anywhere = _anywhere(resonator, "temperature", detunings, _ROUNDING)
    return jnp.exp(_first(_excess, anywhere, *_temperatures(resonator), -jnp.inf))


def smallest_nonreciprocal_quality(
    resonator: SpinningResonator,
    level: float | int | Float[Array, ""] = 1e-3,
    *,
    detunings: Sequence[Any] | None = None,
    qualities: Sequence[float | int] = (1e5, 1e9),
) -> Real:
    """The smallest optical quality factor at which |Delta E_N| reaches a level somewhere (S4).

    A level is needed: |Delta E_N| falls steeply with Q, but never to 0 at all detunings.

    Args:
        resonator: the device and its drive; its quality factor and detuning have no meaning.
        level: of the largest |Delta E_N| over the detuning, positive.
        detunings: from where to where in rad/s; by default as for `largest_entanglement`.
        qualities: from where to where Q is looked for.

    Returns:
        Q, with derivatives by all other fields; NaN where the level is not reached. The lower of
        `qualities` stands for "there or below".

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `level` is not positive, or a range does not ascend.

    >>> import jaxcom as jc
    >>> print(f"{smallest_nonreciprocal_quality(jc.SpinningResonator()):.2e}")
    7.99e+06
    """
    require_x64("merit.smallest_nonreciprocal_quality")
    if not isinstance(level, Tracer) and not 0 < level < math.inf:
        raise ValueError(f"Argument `level` must be positive and finite, but is {level:g}.")
    if len(qualities) != 2 or not 0 < qualities[0] < qualities[1] < math.inf:
        raise ValueError(
            f"Argument `qualities` must be two positive, ascending numbers, but is {qualities}."
        )
    least, most = qualities
    anywhere = _anywhere(resonator, "optical_quality", detunings, level)
    return jnp.exp(_first(_excess, anywhere, math.log(least), math.log(most), jnp.nan))


class _Anywhere(NamedTuple):
    """By how much is a device more nonreciprocal than a level, at the best detuning?

    Which field is varied is data, so that what is compiled for one serves the others.
    """

    resonator: SpinningResonator
    bounds: Any
    level: Any
    varied: dict[str, Any]

    def at(self, value: Real) -> SpinningResonator:
        """The device with a value of the field that is varied."""
        kept = {name: jnp.asarray(getattr(self.resonator, name)) for name in self.varied}
        changes = {n: jnp.where(varied, value, kept[n]) for n, varied in self.varied.items()}
        return self.resonator.replace(**changes)


def _anywhere(
    resonator: SpinningResonator, name: str, detunings: Sequence[Any] | None, level: Any
) -> _Anywhere:
    varied = {field: jnp.array(field == name) for field in ("temperature", "optical_quality")}
    return _Anywhere(resonator, detuning_bounds(resonator, detunings), level, varied)


@partial(jax.jit, static_argnums=0)
def _first(function: Function, parameters: Any, start: Real, end: Real, never: Real) -> Real:
    """Where, between two logarithms of a field, a function becomes positive."""
    shape = common_shape((parameters, start, end))
    first, last = (jnp.broadcast_to(jnp.asarray(end, float), shape) for end in (start, end))
    return first_crossing(function, parameters, first, last, never)


def _excess(anywhere: _Anywhere, log_value: Real) -> Real:
    """Of the largest |Delta E_N| over the level; below 0 also where the former is 0."""
    drive = both_ways(anywhere.at(jnp.exp(log_value)), anywhere.bounds)
    largest = highest(unclipped_excess, drive, anywhere.bounds).value
    return jnp.max(largest, axis=0) - anywhere.level


def _at_temperature(drive: Drive, log_temperature: Real) -> Real:
    detuning = jnp.broadcast_to(drive.resonator.detuning, log_temperature.shape)
    return drive.at(temperature=jnp.exp(log_temperature)).log_negativity(detuning) - _ROUNDING


def _temperatures(resonator: SpinningResonator) -> tuple[Real, Real]:
    """The logarithms of the hottest and of the coldest temperature that are looked at."""
    quantum = jnp.log(hbar * resonator.omega_m / k_B)
    return quantum + _HOTTEST, quantum + _COLDEST
