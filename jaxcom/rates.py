"""Rates of a design in units of the mechanical frequency, all that a steady state depends on.

Lengths, masses and powers end here: public functions take SI units, all code behind `Rates` works
in units of omega_m.
"""

import dataclasses
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from numpy.typing import DTypeLike

from jaxcom.direction import DirectionLike, direction_sign, is_direction
from jaxcom.resonator import SpinningResonator, is_valid
from jaxcom.support.tracing import is_traced
from jaxcom.xla.fusion import in_memory

Real = Any  # a float or Float[Array, "..."]
AnyRates = TypeVar("AnyRates", bound=eqx.Module)


class Rates(eqx.Module):
    """Rates of a design without light, in units of omega_m; floats or arrays of one shape.

    Attributes:
        kappa: optical decay.
        gamma: mechanical damping gamma_m.
        heating: gamma_m (2 n_m + 1), the diffusion of the momentum.
        detuning: Delta_c, without the shift by the mean field.
        split: sigma |Delta_F|; the driven mode is detuned by Delta_c + split.
        backscattering: J.
        drive: s = G_0^2 eps^2 / omega_m, the strength of the mean field's nonlinearity.
    """

    kappa: Real
    gamma: Real
    heating: Real
    detuning: Real
    split: Real
    backscattering: Real
    drive: Real


def normalized_rates(resonator: SpinningResonator, direction: DirectionLike) -> Rates:
    """Rates of a resonator in units of omega_m, for light from one direction.

    Args:
        resonator: the device and its drive.
        direction: `LEFT` or `RIGHT`; a traced value that is neither makes the split NaN.

    Returns:
        Rates of the common shape of the resonator's fields and the direction.

    Raises:
        ValueError: `direction` is neither.

    >>> import jaxcom as jc
    >>> float(normalized_rates(jc.SpinningResonator(), jc.LEFT).split)
    0.455...
    """
    r, sigma = resonator, _traced_sign(direction)
    period = 1 / r.omega_m  # one division for all
    rates = Rates(
        kappa=r.kappa * period,
        gamma=r.gamma_m * period,
        heating=r.gamma_m * period * (2 * r.thermal_phonons + 1),
        detuning=r.detuning * period,
        split=sigma * (r.sagnac_shift * period),
        backscattering=r.backscattering * period,
        drive=(r.coupling * period) ** 2 * (r.drive_squared * period**2),
    )
    return broadcast(rates)


def valid_rates(
    resonator: SpinningResonator, direction: DirectionLike, dtype: DTypeLike = jnp.float64
) -> Rates:
    """Rates in the given precision, their drive NaN where the design is not valid.

    Single precision goes through memory: next to double precision, XLA would fill CPU vectors by
    half only.

    >>> import jax, jaxcom as jc, jax.numpy as jnp
    >>> device = jax.jit(lambda power: valid_rates(jc.SpinningResonator(power=power), jc.LEFT))
    >>> print(device(jnp.array([1e-3, -1e-3])).drive.round(4))
    [0.0077    nan]
    """
    rates = normalized_rates(resonator, direction)
    valid = jnp.where(is_valid(resonator), 1.0, jnp.nan)
    rates = dataclasses.replace(rates, drive=rates.drive * valid)
    if dtype == jnp.float64:
        return rates
    return jax.tree.map(lambda rate: in_memory(rate.astype(dtype)), rates)


def broadcast(rates: AnyRates) -> AnyRates:
    """All entries as floating arrays of their common shape; numbers become double precision."""
    entries, structure = jax.tree.flatten(rates)
    return jax.tree.unflatten(structure, jnp.broadcast_arrays(*map(_floating, entries)))


def _traced_sign(direction: DirectionLike) -> Real:
    """Sign of the direction; NaN where a traced value is none."""
    sigma = direction_sign(direction)
    if not is_traced(sigma):
        return jnp.asarray(sigma, float)
    return jnp.where(is_direction(sigma), sigma.astype(float), jnp.nan)


def _floating(entry: Real) -> Real:
    array = jnp.asarray(entry)
    return array if array.dtype == jnp.float32 else array.astype(float)
