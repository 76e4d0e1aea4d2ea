"""Logarithmic negativity from the matrices of Eq. (6), for its second derivatives.

XLA takes minutes to compile the second derivatives of the elementwise path, and seconds for these
few matrix equations. They, too, are smooth at J = 0, Omega = 0 and P = 0: E = sqrt(s) never
appears. That is also why nu_- is not taken from `jaxcom.gaussian`, which needs E.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxcom.closed_form.system import Fluctuations
from jaxcom.gaussian import least_entanglement
from jaxcom.linearized import diffusion_matrix, drift_matrix, linearized_coupling
from jaxcom.lyapunov import lyapunov
from jaxcom.mean_field.equation import amplitudes
from jaxcom.xla.elementary import root_or_zero
from jaxcom.xla.scalar_algebra import determinant, minors


def log_negativity(reflected: bool, rates: Fluctuations) -> Float[Array, ""]:
    """-ln(2 nu_-) of one mode and the mirror, by Eq. (6), (11) and (13), for scalar rates.

    With S = diag(E, E, E, E, 1, 1) and V = 1/2 + S w S, the Lyapunov equation of w has the drift
    S^-1 A S and the diffusion S^-1 [D + (A + A^T)/2] S^-1, which contain E only as E^2 = s.
    """
    s, o = jnp.asarray(rates.drive), 2 if reflected else 0
    w = lyapunov(*_scaled_equation(rates))
    optical = s * w[o : o + 2, o : o + 2] + jnp.eye(2) / 2
    mixed, mirror = w[o : o + 2, 4:], w[4:, 4:] + jnp.eye(2) / 2
    rows = jnp.block([[optical, s * mixed], [mixed.T, mirror]])
    det = determinant(minors(*rows[:2]), minors(*rows[2:]), (0, 1, 2, 3))
    sigma = _det(optical) + _det(mirror) - 2 * s * _det(mixed)
    square = sigma * sigma
    gap = root_or_zero(square - 4 * det, least_entanglement() * square)
    return -0.5 * jnp.log(8 * det / (sigma + gap))


def _scaled_equation(rates: Fluctuations) -> tuple[Float[Array, "6 6"], Float[Array, "6 6"]]:
    """Drift and diffusion of w.

    With A at E = 1, S^-1 A S differs from it in the force of the light on the mirror, which gains
    E^2 = s, and S^-1 [D + (A + A^T)/2] S^-1 not at all.
    """
    r = rates
    d_1, d_2 = r.effective_detuning + r.split, r.effective_detuning - r.split
    alpha = amplitudes(r.kappa, d_1, d_2, jnp.asarray(r.backscattering))
    G_1, G_2 = (linearized_coupling(1.0, each) for each in alpha)
    A = drift_matrix(r.kappa, 1.0, r.gamma, r.backscattering, d_1, d_2, G_1, G_2)
    diffusion = diffusion_matrix(r.kappa, r.heating) + (A + A.T) / 2
    return A.at[5, :4].multiply(r.drive), diffusion


def _det(m: Float[Array, "2 2"]) -> Float[Array, ""]:
    return m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0]
