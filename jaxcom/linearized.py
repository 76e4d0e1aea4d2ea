"""Drift matrix and diffusion matrix of the fluctuations about a mean field, Eq. (6).

The basis is u = (X_1, Y_1, X_2, Y_2, q, p): quadratures of the driven mode, of the reflected mode,
and of the mechanical one, with [X, Y] = [q, p] = i, so that the vacuum has variance 1/2.
"""

import math
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Complex, Float

from jaxcom.mean_field import MeanField
from jaxcom.resonator import SpinningResonator


def drift(
    resonator: SpinningResonator, field: MeanField, *, branch: ArrayLike = 0
) -> Float[Array, "... 6 6"]:
    r"""Drift matrix A of du/dt = A u + v, Eq. (6), in rad/s.

    $$
    A = \begin{pmatrix}
        -\kappa & D_1 & 0 & J & -G_1^y & 0 \\
        -D_1 & -\kappa & -J & 0 & G_1^x & 0 \\
        0 & J & -\kappa & D_2 & -G_2^y & 0 \\
        -J & 0 & -D_2 & -\kappa & G_2^x & 0 \\
        0 & 0 & 0 & 0 & 0 & \omega_m \\
        G_1^x & G_1^y & G_2^x & G_2^y & -\omega_m & -\gamma_m
    \end{pmatrix}
    $$

    Args:
        resonator: the device and its drive.
        field: its mean field, from `mean_field`.
        branch: which solution, counted from 0 in ascending q_s.

    Returns:
        A in the basis (X_1, Y_1, X_2, Y_2, q, p); NaN where there is no such branch.

    Raises:
        ValueError: `branch` is not in 0..4.

    >>> import jaxcom as jc
    >>> r = jc.SpinningResonator()
    >>> A = jc.drift(r, jc.mean_field(r, jc.LEFT))
    >>> A.shape, bool(A[4, 5] == r.omega_m)
    ((6, 6), True)
    """
    return drift_about(resonator, field.at(branch))


def drift_about(resonator: SpinningResonator, field: MeanField) -> Float[Array, "... 6 6"]:
    """Drift matrix A about a mean field of one branch, from `MeanField.at`, in rad/s."""
    D_1, D_2 = field.detuning[..., 0], field.detuning[..., 1]
    G = coupling_rates(resonator, field.alpha)
    r = resonator
    return drift_matrix(
        r.kappa, r.omega_m, r.gamma_m, r.backscattering, D_1, D_2, G[..., 0], G[..., 1]
    )


def diffusion(resonator: SpinningResonator) -> Float[Array, "... 6 6"]:
    """Diffusion matrix D = diag(kappa, kappa, kappa, kappa, 0, gamma_m (2 n_m + 1)) in rad/s.

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
    """Linearized couplings G_j = sqrt(2) G_0 alpha_j = Gx_j + i Gy_j of both modes, in rad/s."""
    coupling = jnp.broadcast_to(jnp.asarray(resonator.coupling, complex), alpha.shape[:-1])
    return linearized_coupling(coupling[..., None], alpha)


def linearized_coupling(coupling: Any, alpha: Any) -> Any:
    """Linearized coupling sqrt(2) G_0 alpha of a mode, in the unit of G_0.

    >>> round(linearized_coupling(452.0, 1e4) / 1e6, 2)
    6.39
    """
    return math.sqrt(2) * coupling * alpha


def matrix(entries: list[list[Any]]) -> Float[Array, "... n n"]:
    """Matrix of nested lists of scalars, which broadcast against each other."""
    rows = [[jnp.asarray(entry, float) for entry in row] for row in entries]
    shape = jnp.broadcast_shapes(*(entry.shape for row in rows for entry in row))
    return jnp.stack(
        [jnp.stack([jnp.broadcast_to(e, shape) for e in row], axis=-1) for row in rows], axis=-2
    )


def drift_matrix(
    kappa: Any, omega_m: Any, gamma_m: Any, J: Any, D_1: Any, D_2: Any, G_1: Any, G_2: Any
) -> Float[Array, "... 6 6"]:
    """Drift matrix of Eq. (6) entry by entry, in the unit of the rates; G_j are complex."""
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


def diffusion_matrix(kappa: Any, heating: Any) -> Float[Array, "... 6 6"]:
    """Diffusion matrix of Eq. (11), in the unit of the rates; heating is gamma_m (2 n_m + 1)."""
    rates = (kappa, kappa, kappa, kappa, 0.0, heating)
    return matrix([[rates[i] if i == j else 0.0 for j in range(6)] for i in range(6)])
