"""The design in units of the mechanical frequency: all that the physics of a steady state needs.

SI at the door, units of omega_m inside: lengths, masses and powers end here.
"""

import dataclasses
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import ArrayLike
from numpy.typing import DTypeLike

from jaxcom.fusion import in_memory
from jaxcom.resonator import SpinningResonator, is_valid

Real = Any  # a float or Float[Array, "..."]


class Rates(eqx.Module):
    """Rates in units of omega_m; entries are floats or arrays of one common shape.

    Attributes:
        kappa: optical decay.
        gamma: mechanical damping gamma_m.
        heating: gamma_m (2 n_m + 1), the diffusion of the momentum.
        detuning: Delta_c.
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


def normalized_rates(resonator: SpinningResonator, direction: ArrayLike) -> Rates:
    """Rates of the resonator, driven from `direction`, in units of omega_m.

    All entries have the common shape of the resonator's fields and the direction.

    >>> import jaxcom as jc
    >>> float(normalized_rates(jc.SpinningResonator(), jc.LEFT).split)
    0.455...
    """
    r, sigma = resonator, jnp.asarray(direction, float)
    period = 1 / r.omega_m  # one division for all
    rates = Rates(
        kappa=r.kappa * period,
        gamma=r.gamma_m * period,
        heating=r.gamma_m * period * (2 * r.thermal_phonons + 1),
        detuning=r.detuning * period,
        split=sigma * (r.sagnac_shift * period),
        backscattering=r.backscattering * period,
        drive=(r.coupling * period) ** 2 * (r.photon_flux * period**2),
    )
    return broadcast(rates)


def valid_rates(
    resonator: SpinningResonator, direction: ArrayLike, dtype: DTypeLike = jnp.float64
) -> Rates:
    """The rates in the precision asked for; the drive is NaN where the design is not valid.

    Single precision goes through memory: beside double precision, XLA would fill CPU vectors by
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


def broadcast(rates: Rates) -> Rates:
    """All entries as floating arrays of their common shape; numbers become double precision."""
    names = list(rates.__dataclass_fields__)
    entries = jnp.broadcast_arrays(*(_floating(getattr(rates, name)) for name in names))
    return Rates(**dict(zip(names, entries, strict=True)))


def _floating(entry: Real) -> Real:
    array = jnp.asarray(entry)
    return array if array.dtype == jnp.float32 else array.astype(float)
