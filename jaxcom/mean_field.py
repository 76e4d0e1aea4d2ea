"""The mean field, Eq. (7): amplitudes of light and the displacement they cause, on every branch."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Bool, Complex, Float, Int

from jaxcom import roots
from jaxcom.fusion import in_memory
from jaxcom.precision import require_x64
from jaxcom.rates import Rates, normalized_rates
from jaxcom.resonator import SpinningResonator

BRANCHES = roots.BRANCHES


class MeanField(eqx.Module):
    """All solutions of Eq. (7), ascending in q_s along the leading axis, NaN where there is none.

    Attributes:
        q_s: mean displacement in units of x_zp.
        alpha: amplitudes of the driven and the reflected mode; |alpha|^2 counts photons.
        detuning: D_j = Delta_j - G_0 q_s of the driven and the reflected mode, in rad/s.
        count: how many solutions there are.
    """

    q_s: Float[Array, "5 ..."]
    alpha: Complex[Array, "5 ... 2"]
    detuning: Float[Array, "5 ... 2"]
    count: Int[Array, "..."]


def mean_field(resonator: SpinningResonator, direction: ArrayLike) -> MeanField:
    """Every solution of the mean-field equation, Eq. (7), for light from one direction.

    With D_j = Delta_j - G_0 q_s,

        alpha_1 = (i D_2 + kappa) eps / ((i D_2 + kappa)(i D_1 + kappa) + J^2),
        alpha_2 = -i J alpha_1 / (i D_2 + kappa),
        q_s = (G_0 / omega_m) (|alpha_1|^2 + |alpha_2|^2),

    a quintic in q_s with 1 to 5 real solutions (see `jaxcom.roots`). Derivatives of every order
    follow from the implicit function theorem; at a fold, where two solutions merge, they diverge.

    Args:
        resonator: the device and its drive.
        direction: `LEFT` or `RIGHT`, or an array of signs that broadcasts with the resonator.

    Raises:
        RuntimeError: JAX is set to 32 bits.

    >>> import jaxcom as jc
    >>> m = jc.mean_field(jc.SpinningResonator(power=100e-3, spin=0.0, detuning=113e6), jc.LEFT)
    >>> int(m.count)
    3
    """
    require_x64("jaxcom.mean_field")
    return _mean_field(resonator, direction)


@jax.jit
def _mean_field(resonator: SpinningResonator, direction: ArrayLike) -> MeanField:
    rates = normalized_rates(resonator, direction)
    count, shifts = all_shifts(rates)
    q_s, alpha, detuning = jax.vmap(lambda x: _solution(resonator, rates, x))(shifts)
    place = jnp.arange(BRANCHES).reshape(-1, *(1,) * count.ndim)
    exists = place < count[None]
    return MeanField(
        q_s=jnp.where(exists, q_s, jnp.nan),
        alpha=jnp.where(exists[..., None], alpha, jnp.nan),
        detuning=jnp.where(exists[..., None], detuning, jnp.nan),
        count=count,
    )


def all_shifts(rates: Rates) -> tuple[Int[Array, "..."], Float[Array, "5 ..."]]:
    """The number of solutions, and x = G_0 q_s of each in units of omega_m.

    The lowest fills the places that are left of five: a NaN there would spread to the derivatives
    of the others in reverse mode.
    """
    still = jax.lax.stop_gradient(rates)
    count, root = roots.all_roots(roots.quintic(still))
    x = jnp.where(jnp.isnan(root), root[:1], root) * still.kappa[None]
    return count, jax.vmap(along_branch, in_axes=(0, None))(x, rates)


def shift_of(rates: Rates, branch: Int[Array, "..."] | None = None) -> Float[Array, "..."]:
    """X = G_0 q_s of one branch in units of omega_m; NaN where there is no such branch.

    None stands for the lowest branch, which always exists and is found in half the time.
    """
    still = jax.lax.stop_gradient(rates)
    p = roots.quintic(still)
    if branch is None:
        return along_branch(still.kappa * roots.lowest_root(p), rates)
    branch = jnp.broadcast_to(branch, p.m.shape)
    return along_branch(still.kappa * roots.root_of_branch(p, branch)[1], rates)


def lowest_shift(rates: Rates) -> tuple[Float[Array, "..."], Bool[Array, "..."]]:
    """X = G_0 q_s of the lowest branch in units of omega_m, and whether there is surely no other.

    Both come out of one kernel: the sign of the root, which is positive, says the second.
    """
    root, alone = roots.lowest_root_and_whether_alone(roots.quintic(rates))
    signed = in_memory(jnp.where(alone, root, -root))
    return rates.kappa * jnp.abs(signed), ~(signed < 0)


def rising_shifts(rates: Rates) -> list[tuple[Bool[Array, "..."], Float[Array, "..."]]]:
    """Whether they exist, and x = G_0 q_s, for the three branches that may be stable."""
    still = jax.lax.stop_gradient(rates)
    found = roots.rising_roots(roots.quintic(still))
    return [(exists, along_branch(still.kappa * root, rates)) for exists, root in found]


@jax.custom_jvp
def along_branch(x: Float[Array, "..."], rates: Rates) -> Float[Array, "..."]:
    """X itself, a solution at the rates; to derivatives, the solution as a function of the rates.

    Along a branch F(x, rates) = 0, so dx = -(dF/drates . drates) / (dF/dx), F being `residual`.
    """
    return x


@along_branch.defjvp
def _along_branch_jvp(primals, tangents):
    rates, rates_dot = primals[1], tangents[1]
    x = in_memory(along_branch(*primals))  # as a function: it has derivatives itself
    _, slope = jax.jvp(lambda x: residual(x, rates), (x,), (jnp.ones_like(x),))
    _, change = jax.jvp(lambda rates: residual(x, rates), (rates,), (rates_dot,))
    return x, -change / slope


def residual(x: Float[Array, "..."], rates: Rates) -> Float[Array, "..."]:
    """F = x |(kappa + i D_1)(kappa + i D_2) + J^2|^2 - s (kappa^2 + D_2^2 + J^2), 0 by Eq. (7).

    Units of omega_m; s is `rates.drive`. A polynomial in everything, so smooth at J = 0 and at
    Omega = 0.
    """
    driven, scattered, modulus = response(x, rates)
    return x * modulus - rates.drive * (driven + scattered)


def response(x: Float[Array, "..."], rates: Rates) -> tuple[Float[Array, "..."], ...]:
    """kappa^2 + D_2^2, J^2 and |(kappa + i D_1)(kappa + i D_2) + J^2|^2 in units of omega_m.

    By Eq. (7) the photon numbers are eps^2 times the first and the second over the third.
    """
    d_1, d_2 = rates.detuning + rates.split - x, rates.detuning - rates.split - x
    scattered = rates.backscattering * rates.backscattering
    kappa_2 = rates.kappa * rates.kappa
    real = kappa_2 - d_1 * d_2 + scattered
    modulus = real * real + kappa_2 * (d_1 + d_2) * (d_1 + d_2)
    return kappa_2 + d_2 * d_2, scattered, modulus


def _solution(resonator: SpinningResonator, rates: Rates, x: Float[Array, "..."]):
    """q_s, alpha and detuning in SI units, for one shift x."""
    d_1, d_2 = rates.detuning + rates.split - x, rates.detuning - rates.split - x
    c_1, c_2 = jax.lax.complex(rates.kappa, d_1), jax.lax.complex(rates.kappa, d_2)
    J = rates.backscattering.astype(complex)
    eps = (jnp.sqrt(resonator.photon_flux) / resonator.omega_m).astype(complex)
    denominator = c_1 * c_2 + J * J
    alpha = [c_2 * eps / denominator, -1j * J * eps / denominator]
    detuning = [resonator.omega_m * d_1, resonator.omega_m * d_2]
    q_s = x * (resonator.omega_m / resonator.coupling)
    return q_s, jnp.stack(alpha, axis=-1), jnp.stack(detuning, axis=-1)
