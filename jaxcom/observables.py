"""What one wants to know of many designs: `steady_state` without its matrices, elementwise."""

import math
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, Int
from numpy.typing import DTypeLike

from jaxcom import reduced
from jaxcom.entanglement import checked_branch
from jaxcom.fusion import in_memory
from jaxcom.mean_field import response, shift_of
from jaxcom.precision import require_floating, require_x64
from jaxcom.rates import Rates, valid_rates
from jaxcom.resonator import SpinningResonator, is_valid
from jaxcom.status import Status, status_code


class Observables(eqx.Module):
    """Numbers of a steady state, each of the shape of the designs.

    NaN where the branch does not exist; the entanglement also where it is unstable.

    Attributes:
        status: a code of `Status`.
        q_s: mean displacement in units of x_zp.
        photons: of the driven mode, |alpha_1|^2.
        photons_reflected: of the reflected mode, |alpha_2|^2.
        coupling: |G_1| = sqrt(2) G_0 |alpha_1| of the driven mode, in rad/s.
        coupling_reflected: |G_2| of the reflected mode, in rad/s.
        log_negativity: E_N of driven mode and mirror, Eq. (12).
        log_negativity_reflected: E_N of reflected mode and mirror.
    """

    status: Int[Array, "..."]
    q_s: Float[Array, "..."]
    photons: Float[Array, "..."]
    photons_reflected: Float[Array, "..."]
    coupling: Float[Array, "..."]
    coupling_reflected: Float[Array, "..."]
    log_negativity: Float[Array, "..."]
    log_negativity_reflected: Float[Array, "..."]


def observables(
    resonator: SpinningResonator,
    direction: ArrayLike,
    branch: ArrayLike = 0,
    *,
    dtype: DTypeLike = jnp.float64,
) -> Observables:
    """Status, photon numbers, couplings and entanglement of many designs, by the fast path.

    Under `jit` only what is used of the result is computed. Arguments and errors as for
    `entanglement`.

    >>> import jaxcom as jc
    >>> o = jc.observables(jc.SpinningResonator(detuning=0.4 * 63e6), jc.LEFT)
    >>> print(jc.Status(int(o.status)).name, o.log_negativity.round(4), f"{o.photons:.3g}")
    STABLE 0.131 3.71e+09
    """
    require_x64("jaxcom.observables")
    require_floating(dtype)
    sides, branches = checked_branch(direction, branch)
    return _observables(resonator, sides, branches, jnp.dtype(dtype))


@partial(jax.jit, static_argnames="dtype")
def _observables(resonator: SpinningResonator, direction, branch, dtype) -> Observables:
    rates = valid_rates(resonator, direction, dtype)
    x = in_memory(shift_of(rates, branch))
    status = status_code(is_valid(resonator), ~jnp.isnan(x), reduced.is_stable(rates, x))
    driven, reflected = _photons(resonator, rates, x)
    unit = math.sqrt(2) * jnp.asarray(resonator.coupling)
    exists = jnp.where(status == int(Status.STABLE), 1.0, jnp.nan).astype(dtype)
    entangled = [
        jnp.maximum(reduced.log_negativity(rates, x, reflected=mode), 0) * exists
        for mode in (False, True)
    ]
    scale = jnp.asarray(resonator.omega_m / resonator.coupling).astype(dtype)
    return Observables(
        status=status,
        q_s=x * scale,
        photons=driven,
        photons_reflected=reflected,
        coupling=unit.astype(dtype) * jnp.sqrt(driven),
        coupling_reflected=unit.astype(dtype) * jnp.sqrt(reflected),
        log_negativity=entangled[0],
        log_negativity_reflected=entangled[1],
    )


def _photons(resonator: SpinningResonator, rates: Rates, x: Float[Array, "..."]):
    """|alpha_j|^2 of Eq. (7) for the driven and the reflected mode."""
    driven, scattered, modulus = response(x, rates)
    softness = jnp.asarray((resonator.omega_m / resonator.coupling) ** 2).astype(x.dtype)
    intensity = rates.drive * softness / modulus
    return intensity * driven, intensity * scattered
