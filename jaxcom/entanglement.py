"""Logarithmic negativity of light and motion as a number of a design, by the elementwise path."""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float
from numpy.typing import DTypeLike

from jaxcom import closed_form
from jaxcom.direction import LEFT, RIGHT, DirectionLike, direction_sign
from jaxcom.gaussian import clipped
from jaxcom.mean_field.branches import require_branch
from jaxcom.mean_field.detuning import (
    along_branch,
    detuning_of,
    lowest_detuning,
    rising_detunings,
)
from jaxcom.rates import Rates, valid_rates
from jaxcom.resonator import SpinningResonator
from jaxcom.xla.compaction import as_one_batch, update_where
from jaxcom.xla.fusion import in_memory
from jaxcom.xla.precision import require_floating, require_x64


def entanglement(
    resonator: SpinningResonator,
    direction: DirectionLike,
    *,
    branch: ArrayLike = 0,
    unclipped: bool = False,
    dtype: DTypeLike = jnp.float64,
) -> Float[Array, "..."]:
    r"""Logarithmic negativity E_N of the driven mode and the mirror, Eq. (12), elementwise.

    $$
    E_N = \max(0, -\ln 2 \nu_-)
    $$

    It equals `steady_state(...).log_negativity`, but is computed without matrices (see
    `jaxcom.closed_form`), so that a grid of designs is a few long vectors. Gradients and hessians
    are exact wherever E_N exists and is smooth, also at J = 0 and Omega = 0. They are NaN in the
    vacuum, P = 0 at T = 0, from which E_N rises as sqrt(P).

    -ln(2 nu_-) up to 4e-15, in single precision 2e-6, can be rounding: there E_N is exactly 0.

    E_N is accurate to some 1e-12 also next to an edge of stability, where the covariance diverges.
    Its derivatives lose digits there, since they are those of the fast path (`closed_form.stable`).

    In single precision E_N has an error of some 1e-6, and of 1e-5 where the margin of stability is
    below 1e-3 omega_m; below 1e-5 omega_m it can be wrong in the third digit.

    Args:
        resonator: the device and its drive; fields may be arrays that broadcast.
        direction: `LEFT` or `RIGHT`, or an array of signs.
        branch: which mean field, counted from 0 in ascending q_s over the real solutions.
        unclipped: return -ln(2 nu_-) itself, which has a slope where E_N is 0.
        dtype: `jax.numpy.float32` to compute in single precision: twice as fast on CPUs, and much
            faster on GPUs that are slow in double.

    Returns:
        E_N >= 0, or -ln(2 nu_-) of either sign if `unclipped`; NaN unless the branch exists and is
        stable and the input is valid.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `direction` is neither `LEFT` nor `RIGHT`, `branch` is not in 0..4, or `dtype`
            is neither float64 nor float32.

    >>> import jax, jaxcom as jc
    >>> r = jc.SpinningResonator(detuning=0.4 * 63e6)
    >>> jc.entanglement(r, jc.LEFT).round(4)
    Array(0.131, dtype=float64)
    >>> slope = jax.grad(jc.entanglement)(r, jc.LEFT).spin  # a resonator of derivatives
    >>> print(f"{slope:.2e} per rad/s")
    -1.41e-05 per rad/s
    """
    require_x64("jaxcom.entanglement")
    require_floating(dtype)
    sides, branches = checked_branch(direction, branch)
    return _entanglement(resonator, sides, branches, unclipped, jnp.dtype(dtype))


def checked_branch(direction: DirectionLike, branch: ArrayLike) -> tuple[Array, Array | None]:
    """Direction and branch as arrays of one shape; the branch is None for the plain number 0.

    Raises:
        ValueError: `direction` is neither `LEFT` nor `RIGHT`, or `branch` is not in 0..4.

    >>> import jaxcom as jc
    >>> checked_branch(jc.LEFT, 0)[1] is None
    True
    """
    require_branch(branch)
    sign = jnp.asarray(direction_sign(direction))
    if isinstance(branch, int) and branch == 0:
        return sign, None
    first, second = jnp.broadcast_arrays(sign, branch)
    return first, second


@partial(jax.jit, static_argnames=("unclipped", "dtype"))
def _entanglement(resonator, direction, branch, unclipped, dtype) -> Float[Array, "..."]:
    rates = valid_rates(resonator, direction, dtype)
    value = closed_form.stable_log_negativity(rates, detuning_of(rates, branch))
    return value if unclipped else clipped(value)


def strongest_entanglement(
    resonator: SpinningResonator,
    direction: DirectionLike,
    *,
    unclipped: bool = False,
    dtype: DTypeLike = jnp.float64,
) -> Float[Array, "..."]:
    """Largest logarithmic negativity E_N of driven mode and mirror over the stable branches.

    Where the mean field has several solutions, up to three of them can be stable, and history
    decides which one the device is in.

    Args:
        resonator: the device and its drive; fields may be arrays that broadcast.
        direction: `LEFT` or `RIGHT`, or an array of signs.
        unclipped: return -ln(2 nu_-) itself, which has a slope where E_N is 0.
        dtype: `jax.numpy.float32` to compute in single precision; see `entanglement`.

    Returns:
        E_N >= 0, or -ln(2 nu_-) of either sign if `unclipped`; NaN where no branch is stable or the
        input is invalid.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `direction` is neither `LEFT` nor `RIGHT`, or `dtype` is neither float64 nor
            float32.

    >>> import jaxcom as jc, jax.numpy as jnp
    >>> bistable = jc.SpinningResonator(power=100e-3, spin=0.0, detuning=134e6)
    >>> jc.entanglement(bistable, jc.LEFT, branch=jnp.arange(5)).round(4)
    Array([0.0168,    nan, 0.    ,    nan,    nan], dtype=float64)
    >>> jc.strongest_entanglement(bistable, jc.LEFT).round(4)
    Array(0.0168, dtype=float64)
    """
    require_x64("jaxcom.strongest_entanglement")
    require_floating(dtype)
    sign = jnp.asarray(direction_sign(direction))
    return _strongest_entanglement(resonator, sign, unclipped, jnp.dtype(dtype))


@partial(jax.jit, static_argnames=("unclipped", "dtype"))
def _strongest_entanglement(resonator, direction, unclipped, dtype) -> Float[Array, "..."]:
    value = _strongest_value(valid_rates(resonator, direction, dtype))
    return value if unclipped else clipped(value)


def nonreciprocity(
    resonator: SpinningResonator, *, dtype: DTypeLike = jnp.float64
) -> Float[Array, "..."]:
    """Nonreciprocity Delta E_N = E_N(left) - E_N(right) of entanglement on the lowest branch.

    Args:
        resonator: the device and its drive; fields may be arrays that broadcast.
        dtype: `jax.numpy.float32` to compute in single precision; see `entanglement`.

    Returns:
        Delta E_N, of either sign; NaN unless both directions are stable.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `dtype` is neither float64 nor float32.

    >>> import jaxcom as jc
    >>> jc.nonreciprocity(jc.SpinningResonator(detuning=1.0 * 63e6)).round(4)
    Array(0.0003, dtype=float64)
    """
    sides = jnp.array([LEFT, RIGHT])  # mapped over, so that the chain is compiled once
    values = jax.vmap(lambda side: entanglement(resonator, side, dtype=dtype))(sides)
    left, right = in_memory(values)
    return left - right


@jax.custom_jvp
def _strongest_value(rates: Rates) -> Float[Array, "..."]:
    return _strongest(rates)[0]


@_strongest_value.defjvp
def _strongest_value_jvp(primals, tangents):
    """Differentiate the chosen branch alone: derivatives of the others may be NaN."""
    detuning = _strongest(jax.lax.stop_gradient(primals[0]))[1]
    return jax.jvp(
        lambda rates: closed_form.stable_log_negativity(rates, along_branch(detuning, rates)),
        primals,
        tangents,
    )


@as_one_batch
def _strongest(rates: Rates) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """Largest -ln(2 nu_-) of the stable branches and its effective detuning, or NaN.

    Most designs have one mean field, which is cheap to detect.
    """
    lowest, alone = lowest_detuning(rates)
    value = closed_form.stable_log_negativity(rates, lowest)
    return update_where(~alone, _strongest_of_several, rates, (value, lowest))


def _strongest_of_several(rates: Rates) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    exists, detunings = (jnp.stack(each) for each in zip(*rising_detunings(rates), strict=True))
    values = closed_form.stable_log_negativity(rates, in_memory(detunings))
    scores = jnp.where(exists & ~jnp.isnan(values), values, -jnp.inf)
    best = jnp.argmax(scores, axis=0)[None]
    value, place = (jnp.take_along_axis(each, best, axis=0)[0] for each in (values, detunings))
    return jnp.where(scores.max(axis=0) > -jnp.inf, value, jnp.nan), place
