"""The design in units of the mechanical frequency: all that the physics of a steady state needs.

SI at the door, units of omega_m inside: lengths, masses and powers end here.
"""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import ArrayLike

from jaxcom.resonator import SpinningResonator

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
    rates = Rates(
        kappa=r.kappa / r.omega_m,
        gamma=r.gamma_m / r.omega_m,
        heating=r.gamma_m / r.omega_m * (2 * r.thermal_phonons + 1),
        detuning=r.detuning / r.omega_m,
        split=sigma * (r.sagnac_shift / r.omega_m),
        backscattering=r.backscattering / r.omega_m,
        drive=(r.coupling / r.omega_m) ** 2 * (r.photon_flux / r.omega_m**2),
    )
    return broadcast(rates)


def broadcast(rates: Rates) -> Rates:
    """All entries as floating arrays of their common shape."""
    names = list(rates.__dataclass_fields__)
    entries = [jnp.asarray(getattr(rates, name), float) for name in names]
    shape = jnp.broadcast_shapes(*(entry.shape for entry in entries))
    return Rates(**{n: jnp.broadcast_to(e, shape) for n, e in zip(names, entries, strict=True)})
