"""The taper and the air around it: parameters of S2 and their validation."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxcom.resonator import SpinningResonator, is_valid
from jaxcom.support.parameters import Parameter, Parametrized, Scalar, parameter, parameters_of
from jaxcom.support.tables import table


class Taper(Parametrized):
    """A fibre taper beside a spinning resonator, and the air between them, in SI units.

    A field is a float or an array; arrays broadcast against each other and against those of the
    resonator. The object is a pytree, as a `SpinningResonator` is.

    The source does not state the viscosity. That of air at room temperature is the default;
    `implied_viscosity` gives the one with which the source's spin limits are met.

    Attributes:
        radius: of the fibre, r in m.
        arc_length: of the bent part of the fibre, L in m.
        separation: of taper and resonator, h in m.
        viscosity: of the air, mu in Pa s.
        youngs_modulus: of the fibre, E in Pa.
        elastic_limit: of the fibre, Y in Pa.
        refractive_index: of the fibre, n_1 of S2.7, at least 1; n_2 is the resonator's own.

    Raises:
        TypeError: a name that is no field, or a value that is not real.
        ValueError: a value that is not finite or not in the range of its field.

    >>> from jaxcom.taper import Taper
    >>> taper = Taper(separation=300e-9)
    >>> taper.replace(viscosity=3.98e-7).separation
    3e-07
    """

    radius: Scalar = parameter(544e-9, "r", "m", "fibre radius", above=0.0)
    arc_length: Scalar = parameter(3e-6, "L", "m", "arc length", above=0.0)
    separation: Scalar = parameter(250e-9, "h", "m", "taper-resonator separation", above=0.0)
    viscosity: Scalar = parameter(1.81e-5, "mu", "Pa s", "viscosity of the air", above=0.0)
    youngs_modulus: Scalar = parameter(75e9, "E", "Pa", "Young's modulus", above=0.0)
    elastic_limit: Scalar = parameter(9e9, "Y", "Pa", "elastic limit", above=0.0)
    refractive_index: Scalar = parameter(1.48, "n_1", "", "refractive index", at_least=1.0)

    def __str__(self) -> str:
        return table("Fibre taper", [self.rows()])


PARAMETERS: dict[str, Parameter] = parameters_of(Taper)


def one_if_valid(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    """1 where both are valid, else NaN, in the common shape of all their fields.

    A factor rather than a choice: it makes derivatives NaN, too.

    >>> import jaxcom as jc
    >>> one_if_valid(Taper(), jc.SpinningResonator())
    Array(1., dtype=float64)
    """
    return jnp.where(taper.admitted() & is_valid(resonator), jnp.ones(()), jnp.nan)


def axial_rigidity(taper: Taper) -> Scalar:
    """Young's modulus times the cross-section of the fibre, pi r^2 E, in N.

    >>> print(f"{axial_rigidity(Taper()):.4g}")
    0.06973
    """
    return math.pi * taper.radius**2 * taper.youngs_modulus
