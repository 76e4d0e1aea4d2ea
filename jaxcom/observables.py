"""Elementwise observables of steady states: photons, couplings, entanglement without matrices."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, Int
from numpy.typing import DTypeLike

from jaxcom import closed_form
from jaxcom.direction import DirectionLike, is_direction
from jaxcom.entanglement import checked_branch
from jaxcom.gaussian import clipped
from jaxcom.linearized import linearized_coupling
from jaxcom.mean_field.detuning import detuning_of
from jaxcom.mean_field.equation import response, shift_at
from jaxcom.rates import Rates, valid_rates
from jaxcom.resonator import SpinningResonator, is_valid
from jaxcom.status import Status, status_code
from jaxcom.xla.fusion import in_memory
from jaxcom.xla.precision import require_floating, require_x64


class Observables(eqx.Module):
    """Observables of steady states, each of the shape of the designs.

    NaN where the branch does not exist; the entanglement is NaN where it is unstable, too.

    Attributes:
        status: a code of `Status`.
        q_s: mean displacement in units of x_zp.
        photons_driven: photon number |alpha_1|^2 of the driven mode.
        photons_reflected: photon number |alpha_2|^2 of the reflected mode.
        coupling_driven: |G_1| = sqrt(2) G_0 |alpha_1| of the driven mode, in rad/s.
        coupling_reflected: |G_2| of the reflected mode, in rad/s.
        log_negativity: E_N of driven mode and mirror, Eq. (12).
        log_negativity_reflected: E_N of reflected mode and mirror.
    """

    status: Int[Array, "..."]
    q_s: Float[Array, "..."]
    photons_driven: Float[Array, "..."]
    photons_reflected: Float[Array, "..."]
    coupling_driven: Float[Array, "..."]
    coupling_reflected: Float[Array, "..."]
    log_negativity: Float[Array, "..."]
    log_negativity_reflected: Float[Array, "..."]


def observables(
    resonator: SpinningResonator,
    direction: DirectionLike,
    *,
    branch: ArrayLike = 0,
    dtype: DTypeLike = jnp.float64,
) -> Observables:
    """Status, photon numbers, couplings and entanglement of designs, by the elementwise path.

    Under `jit` only those that are used are computed.

    Args:
        resonator: the device and its drive; fields may be arrays that broadcast.
        direction: `LEFT` or `RIGHT`, or an array of signs.
        branch: which mean field, counted from 0 in ascending q_s over the real solutions.
        dtype: `jax.numpy.float32` to compute in single precision; see `entanglement`.

    Returns:
        The observables, each of the common shape of the arguments.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `direction` is neither `LEFT` nor `RIGHT`, `branch` is not in 0..4, or `dtype`
            is neither float64 nor float32.

    >>> import jaxcom as jc
    >>> o = jc.observables(jc.SpinningResonator(detuning=0.4 * 63e6), jc.LEFT)
    >>> print(jc.Status(int(o.status)).name, o.log_negativity.round(4), f"{o.photons_driven:.3g}")
    STABLE 0.131 3.71e+09
    """
    require_x64("jaxcom.observables")
    require_floating(dtype)
    sides, branches = checked_branch(direction, branch)
    return _observables(resonator, sides, branches, jnp.dtype(dtype))


@partial(jax.jit, static_argnames="dtype")
def _observables(resonator: SpinningResonator, direction, branch, dtype) -> Observables:
    rates = valid_rates(resonator, direction, dtype)
    detuning = in_memory(detuning_of(rates, branch))
    valid = is_valid(resonator) & is_direction(direction)
    status = status_code(valid, ~jnp.isnan(detuning), closed_form.is_stable(rates, detuning))
    driven, reflected = _photons(resonator, rates, detuning)
    coupling = jnp.asarray(resonator.coupling).astype(dtype)
    exists = jnp.where(status == int(Status.STABLE), 1.0, jnp.nan).astype(dtype)
    # A kernel for each mode: what XLA shares between kernels is rounded differently in each.
    places = ((False, detuning), (True, in_memory(detuning)))
    entangled = [
        clipped(closed_form.stable_log_negativity(rates, place, reflected=mode)) * exists
        for mode, place in places
    ]
    scale = jnp.asarray(resonator.omega_m / resonator.coupling).astype(dtype)
    return Observables(
        status=status,
        q_s=shift_at(detuning, rates) * scale,
        photons_driven=driven,
        photons_reflected=reflected,
        coupling_driven=linearized_coupling(coupling, jnp.sqrt(driven)),
        coupling_reflected=linearized_coupling(coupling, jnp.sqrt(reflected)),
        log_negativity=entangled[0],
        log_negativity_reflected=entangled[1],
    )


def _photons(resonator: SpinningResonator, rates: Rates, detuning: Float[Array, "..."]):
    """Photon numbers |alpha_j|^2 of the driven and the reflected mode, Eq. (7)."""
    driven, scattered, modulus = response(detuning, rates)
    softness = jnp.asarray((resonator.omega_m / resonator.coupling) ** 2).astype(detuning.dtype)
    intensity = rates.drive * softness / modulus
    return intensity * driven, intensity * scattered
