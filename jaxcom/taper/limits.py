"""The spins that the taper does not survive: S3.8 to S3.12."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from jaxcom.resonator import SpinningResonator
from jaxcom.support.parameters import Scalar
from jaxcom.taper.drag import drag_coefficient
from jaxcom.taper.fiber import Taper, axial_rigidity


class SpinLimits(eqx.Module):
    """Spins, in rad/s, at which something ends; all of the shape of the designs.

    Attributes:
        aerodynamic: Omega_0, beyond which no shape of the fibre balances the air: beta = phi = 1.
        contact: Omega_1, at which the displacement d reaches the separation h.
        elastic: Omega_2, at which the strain reaches Y/E.
    """

    aerodynamic: Float[Array, "..."]
    contact: Float[Array, "..."]
    elastic: Float[Array, "..."]


def spin_limits(taper: Taper, resonator: SpinningResonator) -> SpinLimits:
    """The three limits of the spin, S3.8 to S3.11; the resonator's own spin does not matter.

    Omega_0 = rho(h) pi r^2 E / (18.57 mu R^(5/2)). The spin goes as phi^3, so that the others are
    Omega_1 = Lambda Omega_0, Lambda = phi^3 at d = h, and Omega_2 = (6 Y/E)^(3/2) Omega_0, which is
    rho(h) pi r^2 Y / (3.095 mu R^(5/2)) sqrt(6 Y/E).

    Two of them are kept as published. Lambda = (4 L h / (L^2 + 4 h^2))^3, at most 1, falls again
    where h > L/2, although d is at most L/2 and no contact occurs there. And Omega_2 takes the
    strain in lowest order, phi^2/6: that of `strain` reaches Y/E earlier, for silica at 0.386
    instead of 0.611 Omega_0. It is beyond Omega_0 if 6 Y > E.

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> limits = spin_limits(Taper(), jc.SpinningResonator())
    >>> print(*(f"{limit:.3g}" for limit in (limits.aerodynamic, limits.contact, limits.elastic)))
    1.8e+06 6.13e+04 1.1e+06
    """
    last = axial_rigidity(taper) / (3 * drag_coefficient(taper, resonator))
    return SpinLimits(
        aerodynamic=last,
        contact=_bending_at_contact(taper) ** 3 * last,
        elastic=(6 * taper.elastic_limit / taper.youngs_modulus) ** 1.5 * last,
    )


def maximal_spin(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    """Omega_max, the smallest of the three limits of the spin, S3.12, in rad/s.

    >>> import jax, jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{maximal_spin(Taper(), jc.SpinningResonator()):.3g}")
    6.13e+04
    >>> slope = jax.grad(maximal_spin)(Taper(), jc.SpinningResonator()).separation
    >>> print(f"{slope * 1e-9:.3g} rad/s per nm")
    998 rad/s per nm
    """
    limits = spin_limits(taper, resonator)
    return jnp.minimum(jnp.minimum(limits.aerodynamic, limits.contact), limits.elastic)


def implied_viscosity(
    taper: Taper, resonator: SpinningResonator, omega_0: ArrayLike
) -> Float[Array, "..."]:
    """The viscosity in Pa s with which Omega_0 has a given value, whatever the taper's own is.

    mu = rho(h) pi r^2 E / (18.57 R^(5/2) Omega_0). The source quotes 81.6e6 rad/s but no viscosity:

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{implied_viscosity(Taper(), jc.SpinningResonator(), 81.6e6):.3g}")
    3.98e-07
    """
    here = spin_limits(taper, resonator).aerodynamic
    return taper.viscosity * here / jnp.asarray(omega_0, float)


def _bending_at_contact(taper: Taper) -> Scalar:
    """The phi of S2.3 with d = h."""
    slope = 2 * taper.separation / taper.arc_length
    return 2 * slope / (1 + slope**2)
