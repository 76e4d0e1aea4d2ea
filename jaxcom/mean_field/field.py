"""Solutions of the mean-field equation, Eq. (7), in SI units."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Complex, Float, Int

from jaxcom.direction import DirectionLike, direction_sign
from jaxcom.mean_field.branches import BRANCHES, at_branch
from jaxcom.mean_field.detuning import all_detunings
from jaxcom.mean_field.equation import amplitudes, shift_at
from jaxcom.rates import Rates, normalized_rates
from jaxcom.resonator import SpinningResonator
from jaxcom.xla.precision import require_x64


class MeanField(eqx.Module):
    """Solutions of Eq. (7): all, ascending in q_s along a leading axis of five, or one of them.

    Attributes:
        q_s: mean displacement in units of x_zp.
        alpha: amplitudes of the driven and the reflected mode; |alpha|^2 counts photons.
        detuning: D_j = Delta_j - G_0 q_s of the driven and the reflected mode, in rad/s.
        count: number of solutions, 1 to 5.
    """

    q_s: Float[Array, "..."]
    alpha: Complex[Array, "... 2"]
    detuning: Float[Array, "... 2"]
    count: Int[Array, "..."]

    def at(self, branch: ArrayLike) -> "MeanField":
        """Mean field of one branch, without the leading axis; NaN where there is no such branch.

        Raises:
            ValueError: `branch` is not in 0..4.

        >>> import jaxcom as jc
        >>> jc.mean_field(jc.SpinningResonator(), jc.LEFT).at(1).q_s
        Array(nan, dtype=float64)
        """
        q_s, alpha, detuning = (
            at_branch(values, branch) for values in (self.q_s, self.alpha, self.detuning)
        )
        return MeanField(q_s=q_s, alpha=alpha, detuning=detuning, count=self.count)


def mean_field(resonator: SpinningResonator, direction: DirectionLike) -> MeanField:
    r"""All solutions of the mean-field equation, Eq. (7), for light from one direction.

    With D_j = Delta_j - G_0 q_s,

    $$
    \alpha_1 = \frac{(i D_2 + \kappa)\,\epsilon}{(i D_2 + \kappa)(i D_1 + \kappa) + J^2},
    \qquad
    \alpha_2 = \frac{-i J \alpha_1}{i D_2 + \kappa},
    \qquad
    q_s = \frac{G_0}{\omega_m} (|\alpha_1|^2 + |\alpha_2|^2),
    $$

    a quintic in q_s with 1 to 5 real solutions (see `jaxcom.mean_field.roots`). Derivatives of
    every order follow from the implicit function theorem; at a fold, where two solutions merge,
    they diverge. Within a rounding of a fold it depends on the compiled program whether both are
    counted; each solution that is returned solves Eq. (7) to rounding.

    NaN is part of the result, which `jax_debug_nans` would report. To look for a NaN of your own
    with that setting, put calls of jaxcom under `with jax.debug_nans(False):`.

    Args:
        resonator: the device and its drive.
        direction: `LEFT` or `RIGHT`, or an array of signs that broadcasts with the resonator.

    Returns:
        All branches along a leading axis of five, NaN where there are fewer.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `direction` is neither `LEFT` nor `RIGHT`.

    >>> import jaxcom as jc
    >>> m = jc.mean_field(jc.SpinningResonator(power=100e-3, spin=0.0, detuning=113e6), jc.LEFT)
    >>> int(m.count)
    3
    """
    require_x64("jaxcom.mean_field")
    return _mean_field(resonator, direction_sign(direction))


@jax.jit
def _mean_field(resonator: SpinningResonator, direction: ArrayLike) -> MeanField:
    rates = normalized_rates(resonator, direction)
    count, found = all_detunings(rates)
    q_s, alpha, detuning = jax.vmap(lambda each: _solution(resonator, rates, each))(found)
    place = jnp.arange(BRANCHES).reshape(-1, *(1,) * count.ndim)
    exists = place < count[None]
    return MeanField(
        q_s=jnp.where(exists, q_s, jnp.nan),
        alpha=jnp.where(exists[..., None], alpha, jnp.nan),
        detuning=jnp.where(exists[..., None], detuning, jnp.nan),
        count=count,
    )


def _solution(resonator: SpinningResonator, rates: Rates, mean: Float[Array, "..."]):
    """Displacement q_s, amplitudes and detunings in SI units, for one effective detuning."""
    d_1, d_2 = mean + rates.split, mean - rates.split
    eps = (jnp.sqrt(resonator.drive_squared) / resonator.omega_m).astype(complex)
    alpha = [eps * each for each in amplitudes(rates.kappa, d_1, d_2, rates.backscattering)]
    detuning = [resonator.omega_m * d_1, resonator.omega_m * d_2]
    q_s = shift_at(mean, rates) * (resonator.omega_m / resonator.coupling)
    return q_s, jnp.stack(alpha, axis=-1), jnp.stack(detuning, axis=-1)
