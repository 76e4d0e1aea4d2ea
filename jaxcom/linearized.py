"""Fluctuations about a mean field, Eq. (6): the drift matrix and the diffusion matrix.

The basis is u = (X_1, Y_1, X_2, Y_2, q, p): quadratures of the driven mode, of the reflected mode,
and of the mechanical one, with [X, Y] = [q, p] = i, so that the vacuum has variance 1/2.
"""

import math

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Complex, Float

from jaxcom.mean_field import BRANCHES, MeanField
from jaxcom.resonator import SpinningResonator


def drift(
    resonator: SpinningResonator, field: MeanField, branch: ArrayLike = 0
) -> Float[Array, "... 6 6"]:
    """The drift matrix A of du/dt = A u + v, Eq. (6), in rad/s.

    Args:
        resonator: the device and its drive.
        field: its mean field, from `mean_field`.
        branch: which solution, counted from 0 in ascending q_s; NaN where there is no such branch.

    Raises:
        ValueError: `branch` is not in 0..4.

    >>> import jaxcom as jc
    >>> r = jc.SpinningResonator()
    >>> A = jc.drift(r, jc.mean_field(r, jc.LEFT))
    >>> A.shape, bool(A[4, 5] == r.omega_m)
    ((6, 6), True)
    """
    detuning = at_branch(field.detuning, branch)
    couplings = coupling_rates(resonator, at_branch(field.alpha, branch))
    G_1, G_2 = couplings[..., 0], couplings[..., 1]
    r, D_1, D_2 = resonator, detuning[..., 0], detuning[..., 1]
    return drift_matrix(r.kappa, r.omega_m, r.gamma_m, r.backscattering, D_1, D_2, G_1, G_2)


def diffusion(resonator: SpinningResonator) -> Float[Array, "... 6 6"]:
    """The diffusion matrix D = diag(kappa, kappa, kappa, kappa, 0, gamma_m (2 n_m + 1)) in rad/s.

    >>> import jaxcom as jc
    >>> D = jc.diffusion(jc.SpinningResonator(temperature=0.0))
    >>> float(D[5, 5])
    5200.0
    """
    return diffusion_matrix(
        resonator.kappa, resonator.gamma_m * (2 * resonator.thermal_phonons + 1)
    )


def coupling_rates(
    resonator: SpinningResonator, alpha: Complex[Array, "... 2"]
) -> Complex[Array, "... 2"]:
    """Linearised couplings G_j = sqrt(2) G_0 alpha_j = Gx_j + i Gy_j of both modes, in rad/s."""
    coupling = jnp.broadcast_to(jnp.asarray(resonator.coupling, complex), alpha.shape[:-1])
    return math.sqrt(2) * coupling[..., None] * alpha


def at_branch(values: Array, branch: ArrayLike) -> Array:
    """The entry of a branch along the leading axis, elementwise; NaN where there is none such."""
    require_branch(branch)
    chosen = jnp.full_like(values[0], jnp.nan)
    index = jnp.asarray(branch)
    index = index.reshape(index.shape + (1,) * (chosen.ndim - index.ndim))
    for k in range(BRANCHES):
        chosen = jnp.where(index == k, values[k], chosen)
    return chosen


def require_branch(branch: ArrayLike) -> None:
    """Raise ValueError unless a branch that is a plain number is in 0..4."""
    if isinstance(branch, int) and not 0 <= branch < BRANCHES:
        raise ValueError(f"Argument `branch` must be in 0..{BRANCHES - 1}, but is {branch}.")


def matrix(entries: list[list]) -> Float[Array, "... n n"]:
    """An array from a nest of scalars that broadcast against each other."""
    rows = [[jnp.asarray(entry, float) for entry in row] for row in entries]
    shape = jnp.broadcast_shapes(*(entry.shape for row in rows for entry in row))
    return jnp.stack(
        [jnp.stack([jnp.broadcast_to(e, shape) for e in row], axis=-1) for row in rows], axis=-2
    )


def drift_matrix(kappa, omega_m, gamma_m, J, D_1, D_2, G_1, G_2) -> Float[Array, "... 6 6"]:
    """Eq. (6), entry by entry, in whatever unit the rates are in; G_j are complex."""
    return matrix(
        [
            [-kappa, D_1, 0.0, J, -G_1.imag, 0.0],
            [-D_1, -kappa, -J, 0.0, G_1.real, 0.0],
            [0.0, J, -kappa, D_2, -G_2.imag, 0.0],
            [-J, 0.0, -D_2, -kappa, G_2.real, 0.0],
            [0.0, 0.0, 0.0, 0.0, 0.0, omega_m],
            [G_1.real, G_1.imag, G_2.real, G_2.imag, -omega_m, -gamma_m],
        ]
    )


def diffusion_matrix(kappa, heating) -> Float[Array, "... 6 6"]:
    """The diagonal matrix of Eq. (11); heating is gamma_m (2 n_m + 1)."""
    rates = (kappa, kappa, kappa, kappa, 0.0, heating)
    return matrix([[rates[i] if i == j else 0.0 for j in range(6)] for i in range(6)])
