"""Logarithmic negativity of stable states: fast where that is accurate, and accurate elsewhere."""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxcom.closed_form import accurate, negativity
from jaxcom.closed_form.characteristic import is_stable
from jaxcom.closed_form.system import Fluctuations, fluctuations
from jaxcom.rates import Rates
from jaxcom.xla.compaction import as_one_batch, update_where
from jaxcom.xla.fusion import in_memory
from jaxcom.xla.scalar_algebra import Real

NEIGHBORS = 32
"""Designs that are corrected together: in the range of the paper one in ten thousand needs it."""


def stable_log_negativity(
    rates: Rates, detuning: Real | float, *, reflected: bool = False
) -> Float[Array, "..."]:
    """Unclipped logarithmic negativity -ln(2 nu_-), Eq. (12), or NaN where unstable.

    Values that rounding would spoil, next to an edge of stability or where light decays a thousand
    times more slowly than it rotates, are computed by `jaxcom.closed_form.accurate`. Derivatives
    are those of `log_negativity`.

    Args:
        rates: in units of omega_m.
        detuning: effective detuning L = Delta_c - G_0 q_s, in units of omega_m.
        reflected: take the mode fed by backscattering instead of the one driven by the laser.

    Returns:
        Array of the shape of the rates; where it is NaN, so are its derivatives.

    >>> red = Rates(0.5, 1e-3, 1e-3, 1.0, 0.0, 0.0, 0.1)
    >>> [round(float(stable_log_negativity(red, L)), 6) for L in (1.0, -1.0)]
    [0.132322, nan]
    """
    detuning = in_memory(jnp.asarray(detuning))
    return _value(reflected, fluctuations(rates, detuning), is_stable(rates, detuning))


def accurate_log_negativity(
    rates: Rates, detuning: Real | float, *, reflected: bool = False
) -> Float[Array, "..."]:
    """-ln(2 nu_-) to rounding, or NaN where unstable; slower than `stable_log_negativity`.

    It has no derivatives.
    """
    value = _accurate(reflected, fluctuations(rates, detuning))
    return jnp.where(is_stable(rates, detuning), value, jnp.nan)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _value(reflected: bool, rates: Fluctuations, stable: Bool[Array, "..."]) -> Float[Array, "..."]:
    return _corrected(reflected, rates, *negativity.value(reflected, rates, stable))


@_value.defjvp
def _value_jvp(reflected, primals, tangents):
    value, gradient = _value_and_gradient(reflected, *primals)
    return value, negativity.along(gradient, tangents[0])


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _value_and_gradient(
    reflected: bool, rates: Fluctuations, stable: Bool[Array, "..."]
) -> tuple[Float[Array, "..."], Fluctuations]:
    value, doubted, gradient = negativity.value_and_gradient(reflected, rates, stable)
    return _corrected(reflected, rates, value, doubted), gradient


@_value_and_gradient.defjvp
def _value_and_gradient_jvp(reflected, primals, tangents):
    rates, stable = primals
    # A factor, so that derivatives of what does not exist are NaN as well.
    exists = jnp.where(stable, 1.0, jnp.nan).astype(rates.kappa.dtype)
    found = negativity.second_derivatives(reflected, rates, tangents[0])
    return jax.tree.map(lambda y: y * exists, found)


def _corrected(
    reflected: bool, rates: Fluctuations, value: Float[Array, "..."], doubted: Bool[Array, "..."]
) -> Float[Array, "..."]:
    """Values, those that are doubted computed accurately."""

    @as_one_batch
    def corrected(arguments):
        rates, value, doubted = arguments
        function = partial(_accurate, reflected)
        return update_where(doubted, function, rates, value, together=NEIGHBORS)

    return corrected((rates, value, doubted))


def _accurate(reflected: bool, rates: Fluctuations) -> Float[Array, "..."]:
    """Accurate value, computed in double precision."""
    doubles = jax.tree.map(lambda rate: rate.astype(float), rates)
    return accurate.log_negativity(reflected, doubles).astype(rates.kappa.dtype)
