r"""Folds of the mean field: how far a design is from them, and whether a solution is the lowest.

The quintic p of `jaxcom.mean_field.roots` rises except between the two points of each of its pairs
of turning points. At a fold p vanishes at one of them. The value there is a smooth function of the
design, and so tells in advance which solutions exist.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxcom.mean_field import roots
from jaxcom.rates import Rates


class TurningPoints(NamedTuple):
    """Turning points of the quintic: maximum, minimum, maximum, minimum along the first axis.

    A pair that does not exist is replaced by two points between which p does not fall.

    Attributes:
        shift: their positions x, in units of omega_m.
        height: p there, relative to the sum of its optical and its drive term.
    """

    shift: Float[Array, "4 ..."]
    height: Float[Array, "4 ..."]


def turning_points(rates: Rates) -> TurningPoints:
    """Turning points of the mean-field quintic and its heights there.

    Turning points are differentiated once, as zeros of p'; the points that replace a missing pair
    do not move.

    >>> import jaxcom as jc
    >>> from jaxcom.rates import normalized_rates
    >>> bistable = jc.SpinningResonator(power=100e-3, spin=0.0, detuning=113e6)
    >>> points = turning_points(normalized_rates(bistable, jc.LEFT))
    >>> print((points.height > 0).astype(int))  # a root before, between and after the first pair
    [1 0 ...]
    """
    p = roots.quintic(rates)
    still = jax.lax.stop_gradient(p)
    z = jnp.stack(roots.turning_points(still))
    height = jax.vmap(lambda z: _relative_height(p, _moving(p, z)))(z)
    shift = (z + still.m[None]) * jax.lax.stop_gradient(rates.kappa)[None]
    return TurningPoints(shift, height)


def clearance(x: Float[Array, "..."], points: TurningPoints) -> Float[Array, "2 ..."]:
    """Two numbers that are positive if no solution lies below the solution x.

    A maximum of p below x must be below 0: its height, negated. A maximum above x does not matter:
    then the number is 1.

    Args:
        x: solution of Eq. (7), in units of omega_m.
        points: turning points of the same rates.
    """
    maxima = points.shift[::2], points.height[::2]
    return jnp.where(x[None] > maxima[0], -maxima[1], 1.0)


def _moving(p: roots.Quintic, z: Float[Array, "..."]) -> Float[Array, "..."]:
    """Turning point z, unchanged, with the first derivatives of a zero of p'."""
    _, slope, bend, _ = roots.expand(p, z)  # the third is half the second derivative
    still = jax.lax.stop_gradient((slope, bend))
    turns = jnp.abs(still[0]) <= 1e-6 * jnp.abs(still[1])
    step = (slope - still[0]) / jnp.where(turns, 2 * still[1], 1.0)
    return z - jnp.where(turns, step, 0.0)


def _relative_height(p: roots.Quintic, z: Float[Array, "..."]) -> Float[Array, "..."]:
    """P relative to the sum of its optical and its drive term, both of which are positive."""
    drive = p.sigma * ((z + p.d) ** 2 + 1 + p.j)
    height = roots.expand(p, z)[0]
    return height / (2 * drive + height)
