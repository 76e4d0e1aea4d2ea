"""Entanglement of light and motion as one number of a design: what scans and searches evaluate."""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from jaxcom import reduced
from jaxcom.linearized import require_branch
from jaxcom.mean_field import shift_of
from jaxcom.precision import require_x64
from jaxcom.rates import normalized_rates
from jaxcom.resonator import LEFT, RIGHT, SpinningResonator, is_valid


def entanglement(
    resonator: SpinningResonator,
    direction: ArrayLike,
    branch: ArrayLike = 0,
    *,
    unclipped: bool = False,
) -> Float[Array, "..."]:
    """Logarithmic negativity E_N of the driven mode and the mirror, Eq. (12), elementwise.

    The number `steady_state(...).log_negativity`, by a shorter way (see `jaxcom.reduced`): no
    matrix is made, so that a grid of designs is a few long vectors, and gradients and hessians are
    exact everywhere, also at J = 0 and Omega = 0.

    Args:
        resonator: the device and its drive; fields may be arrays that broadcast.
        direction: `LEFT` or `RIGHT`, or an array of signs.
        branch: which mean field, counted from 0 in ascending q_s over the real solutions.
        unclipped: return -ln(2 nu_-) itself, which has a slope where E_N is 0.

    Returns:
        E_N >= 0; NaN unless the branch exists and is stable and the input valid.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `branch` is not in 0..4.

    >>> import jax, jaxcom as jc
    >>> r = jc.SpinningResonator(detuning=0.4 * 63e6)
    >>> jc.entanglement(r, jc.LEFT).round(4)
    Array(0.131, dtype=float64)
    >>> slope = jax.grad(jc.entanglement)(r, jc.LEFT).spin  # a resonator of derivatives
    >>> print(f"{slope:.2e} per rad/s")
    -1.41e-05 per rad/s
    """
    require_x64("jaxcom.entanglement")
    require_branch(branch)
    direction, branch = jnp.broadcast_arrays(direction, branch)
    return _entanglement(resonator, direction, branch, unclipped)


@partial(jax.jit, static_argnames="unclipped")
def _entanglement(resonator, direction, branch, unclipped) -> Float[Array, "..."]:
    rates = normalized_rates(resonator, direction)
    branch = jnp.broadcast_to(branch, rates.kappa.shape)
    x = shift_of(rates, branch)
    value = reduced.log_negativity(rates, x)
    value = value if unclipped else jnp.maximum(value, 0.0)
    # A branch that does not exist has x = NaN and is not stable. The factor makes derivatives NaN,
    # too, where a choice between the value and NaN would give them as 0.
    exists = reduced.is_stable(rates, x) & is_valid(resonator)
    return value * jnp.where(exists, 1.0, jnp.nan)


def nonreciprocity(resonator: SpinningResonator) -> Float[Array, "..."]:
    """Delta E_N = E_N(left) - E_N(right), on the lowest branch; NaN unless both are stable.

    >>> import jaxcom as jc
    >>> jc.nonreciprocity(jc.SpinningResonator(detuning=1.0 * 63e6)).round(4)
    Array(0.0003, dtype=float64)
    """
    sides = jnp.array([LEFT, RIGHT])  # mapped over, so that the chain is compiled once
    left, right = jax.vmap(lambda side: entanglement(resonator, side))(sides)
    return left - right
