"""Required stability margins: their excess, and smooth functions that stand for it in a search."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxcom import Direction
from jaxcom.stability.routh import boundary_functions

from .operating_point import Tabulated


class Rows(NamedTuple):
    """Smooth functions with the signs of residuals.

    Attributes:
        values: at least 0 where the residuals are, or 0 for an equality.
        scales: positive; near 0 a residual is its value over its scale, to first order.
    """

    values: Float[Array, " m"]
    scales: Float[Array, " m"]


def stability_rows(
    point: Tabulated, directions: tuple[Direction, ...], least: float | Float[Array, ""]
) -> Rows:
    """Rows for the stability margins of an operating point: two for each direction.

    The margin is no smooth function where two eigenvalues meet; those of
    `jaxcom.stability.routh.boundary_functions` are.

    Args:
        point: operating point.
        directions: directions of the light.
        least: required margin in units of omega_m.
    """
    coefficients = point.coefficients(directions)

    def rows(coefficients, least):
        return jnp.stack(boundary_functions(coefficients, least), axis=-1).ravel()

    least = jnp.asarray(least, float)
    fixed = jax.lax.stop_gradient(coefficients)
    by_margin = jax.jacfwd(rows, argnums=1)(fixed, jax.lax.stop_gradient(least))
    slopes = jnp.maximum(jnp.abs(by_margin), jnp.finfo(float).tiny)
    return Rows(rows(coefficients, least), slopes * margin_scale(least))


def excess_margin(
    margin: Float[Array, "..."], least: float | Float[Array, ""]
) -> Float[Array, "..."]:
    r"""Excess of stability margins m over the required margin b, both in units of omega_m.

    $$ \frac{m - b}{\max(b, 10^{-4})} $$

    Args:
        margin: margins m.
        least: required margin b.
    """
    return (margin - least) / margin_scale(least)


def excess_of_squares(
    margin: Float[Array, "..."], least: float | Float[Array, ""]
) -> Float[Array, "..."]:
    r"""Excess of the squares of stability margins over that of the required margin.

    $$ \frac{m |m| - b^2}{\max(b, 10^{-4})^2} $$

    As a function of the design alone the margin vanishes at a fold of the mean field as the square
    root of the distance to it, and this excess linearly.

    Args:
        margin: margins m.
        least: required margin b.
    """
    return (margin * jnp.abs(margin) - least * least) / margin_scale(least) ** 2


def margin_scale(least: float | Float[Array, ""]) -> Float[Array, ""]:
    """Scale of an excess: the required margin, but at least 1e-4, in units of omega_m."""
    return jnp.maximum(least, 1e-4)
