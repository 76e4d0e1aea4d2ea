"""Values and derivatives of a function in one pass."""

from collections.abc import Callable
from typing import TypeVar

import jax
from jaxtyping import Array, Float

Parts = TypeVar("Parts")


def with_slopes(
    function: Callable[[Float[Array, " d"]], Parts], unit: Float[Array, " d"]
) -> tuple[Parts, Parts]:
    """Value of a function of coordinates, and its derivatives, in forward mode.

    >>> import jax.numpy as jnp
    >>> value, slopes = with_slopes(lambda unit: jnp.sum(unit**2), jnp.array([1.0, 2.0]))
    >>> print(value, slopes)
    5.0 [2. 4.]
    """

    def twice(unit: Float[Array, " d"]) -> tuple[Parts, Parts]:
        value = function(unit)
        return value, value

    slopes, value = jax.jacfwd(twice, has_aux=True)(unit)
    return value, slopes
