"""The fiber taper and the air around it: parameters of S2."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxcom.resonator import SpinningResonator, is_valid
from jaxcom.support.parameters import Parameter, Parametrized, Scalar, parameter, parameters_of
from jaxcom.support.tables import table


class Taper(Parametrized):
    """Fiber taper next to a spinning resonator, and the air between them, in SI units.

    A field is a float or an array; arrays broadcast against each other and against the fields of
    the resonator. The object is a pytree, like `SpinningResonator`.

    The paper does not state the viscosity. The default is that of air at room temperature;
    `implied_viscosity` returns the one that reproduces the spin limits of the paper.

    Attributes:
        radius: radius of the fiber, r in m.
        arc_length: length of the bent part of the fiber, L in m.
        separation: separation of taper and resonator, h in m.
        viscosity: viscosity of the air, mu in Pa s.
        youngs_modulus: Young's modulus of the fiber, E in Pa.
        elastic_limit: elastic limit of the fiber, Y in Pa.
        refractive_index: refractive index of the fiber, n_1 of S2.7, at least 1; n_2 is that of the
            resonator.

    Raises:
        TypeError: a name that is not a field, or a value that is not real.
        ValueError: a value that is not finite or not in the range of its field.

    >>> from jaxcom.taper import Taper
    >>> taper = Taper(separation=300e-9)
    >>> taper.replace(viscosity=3.98e-7).separation
    3e-07
    """

    radius: Scalar = parameter(544e-9, "r", "m", "fiber radius", above=0.0)
    arc_length: Scalar = parameter(3e-6, "L", "m", "arc length", above=0.0)
    separation: Scalar = parameter(
        250e-9, "h", "m", "taper-resonator separation", above=0.0,
        label="separation", display=("nm", 1e9),
    )  # fmt: skip
    viscosity: Scalar = parameter(1.81e-5, "mu", "Pa s", "viscosity of the air", above=0.0)
    youngs_modulus: Scalar = parameter(75e9, "E", "Pa", "Young's modulus", above=0.0)
    elastic_limit: Scalar = parameter(9e9, "Y", "Pa", "elastic limit", above=0.0)
    refractive_index: Scalar = parameter(1.48, "n_1", "", "refractive index", at_least=1.0)

    def __str__(self) -> str:
        return table("Fiber taper", [self.rows()])


PARAMETERS: dict[str, Parameter] = parameters_of(Taper)


def one_if_valid(taper: Taper, resonator: SpinningResonator) -> Float[Array, "..."]:
    """Factor of 1 where all fields of both are valid, else NaN, in their common shape.

    As a factor it makes derivatives NaN as well, which a choice by `where` would not.

    Args:
        taper: the fiber and the air; fields may be arrays.
        resonator: the spinning resonator; fields may be arrays.

    >>> import jaxcom as jc
    >>> one_if_valid(Taper(), jc.SpinningResonator())
    Array(1., dtype=float64)
    """
    return jnp.where(taper.admitted() & is_valid(resonator), jnp.ones(()), jnp.nan)


def axial_rigidity(taper: Taper) -> Scalar:
    """Axial rigidity pi r^2 E of the fiber, Young's modulus times the cross-section, in N.

    >>> print(f"{axial_rigidity(Taper()):.4g}")
    0.06973
    """
    return math.pi * taper.radius**2 * taper.youngs_modulus
