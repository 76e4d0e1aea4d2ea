"""Largest spins that the taper allows, S3.8 to S3.12."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from jaxcom.resonator import SpinningResonator
from jaxcom.support.parameters import Scalar
from jaxcom.support.tables import table
from jaxcom.taper.drag import drag_coefficient
from jaxcom.taper.fiber import Taper, axial_rigidity


class SpinLimits(eqx.Module):
    """Limits of the spin in rad/s, each of the shape of the designs.

    Attributes:
        aerodynamic: Omega_0, beyond which no shape of the fiber balances the air; beta = phi = 1.
        contact: Omega_1, at which the displacement d reaches the separation h.
        elastic: Omega_2, at which the strain reaches Y/E.

    >>> print(SpinLimits(jnp.array(1.8e6), jnp.array(6.13e4), jnp.array(1.1e6)))
    Limits of the spin
    ------------------------------------
    aerodynamic  Omega_0  1.8e+06  rad/s
    contact      Omega_1  61300    rad/s
    elastic      Omega_2  1.1e+06  rad/s
    ------------------------------------
    """

    aerodynamic: Float[Array, "..."]
    contact: Float[Array, "..."]
    elastic: Float[Array, "..."]

    def __str__(self) -> str:
        rows = [
            ("aerodynamic", "Omega_0", self.aerodynamic, "rad/s"),
            ("contact", "Omega_1", self.contact, "rad/s"),
            ("elastic", "Omega_2", self.elastic, "rad/s"),
        ]
        return table("Limits of the spin", [rows])


def spin_limits(taper: Taper, resonator: SpinningResonator) -> SpinLimits:
    r"""The three limits of the spin, S3.8 to S3.11.

    $$
    \Omega_0 = \frac{\rho(h) \pi r^2 E}{18.57\, \mu R^{5/2}}, \quad
    \Omega_1 = \left(\frac{4 L h}{L^2 + 4 h^2}\right)^3 \Omega_0, \quad
    \Omega_2 = \left(\frac{6 Y}{E}\right)^{3/2} \Omega_0
    $$

    The spin is proportional to phi^3, and the factors are phi^3 at d = h and at a strain of Y/E.

    Two of the limits are as published. The factor of Omega_1 decreases again for h > L/2, although
    d is at most L/2 and there is no contact. Omega_2 takes the strain to lowest order, phi^2/6; the
    full `strain` reaches Y/E earlier, for silica at 0.386 instead of 0.611 Omega_0. Omega_2 exceeds
    Omega_0 if 6 Y > E.

    Args:
        taper: the fiber and the air; fields may be arrays.
        resonator: the resonator; its own spin is not used. Fields may be arrays.

    Returns:
        The limits in rad/s, each of the common shape of all fields.

    Raises:
        RuntimeError: JAX is set to 32 bits.

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
    """Maximal spin Omega_max, the smallest of the three limits of the spin, S3.12, in rad/s.

    Args:
        taper: the fiber and the air; fields may be arrays.
        resonator: the resonator; its own spin is not used. Fields may be arrays.

    Returns:
        Omega_max in rad/s, of the common shape of all fields.

    Raises:
        RuntimeError: JAX is set to 32 bits.

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
    r"""Viscosity in Pa s for which Omega_0 has a given value.

    $$
    \mu = \frac{\rho(h) \pi r^2 E}{18.57\, R^{5/2} \Omega_0}
    $$

    Args:
        taper: the fiber; its own viscosity is not used. Fields may be arrays.
        resonator: the resonator; its own spin is not used. Fields may be arrays.
        omega_0: the limit Omega_0 in rad/s; may be an array.

    Returns:
        mu in Pa s, of the common shape of the arguments.

    Raises:
        RuntimeError: JAX is set to 32 bits.

    The paper quotes Omega_0 = 81.6e6 rad/s, but no viscosity:

    >>> import jaxcom as jc
    >>> from jaxcom.taper import Taper
    >>> print(f"{implied_viscosity(Taper(), jc.SpinningResonator(), 81.6e6):.3g}")
    3.98e-07
    """
    here = spin_limits(taper, resonator).aerodynamic
    return taper.viscosity * here / jnp.asarray(omega_0, float)


def _bending_at_contact(taper: Taper) -> Scalar:
    """Bending phi of S2.3 at the displacement d = h."""
    slope = 2 * taper.separation / taper.arc_length
    return 2 * slope / (1 + slope**2)
