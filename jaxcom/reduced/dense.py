"""The same number from the plain matrices of the model, for its second derivatives.

The fast path differentiated twice is more than XLA compiles in minutes; these few matrix equations
take it seconds. They too are smooth at J = 0, Omega = 0 and P = 0: E = sqrt(s) never appears.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxcom.lyapunov import lyapunov
from jaxcom.rates import Rates
from jaxcom.reduced.arithmetic import Complex, determinant, minors, reciprocal, root_or_zero


def log_negativity(reflected: bool, rates: Rates) -> Float[Array, ""]:
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
    return -0.5 * jnp.log(8 * det / (sigma + root_or_zero(sigma * sigma - 4 * det)))


def _scaled_equation(rates: Rates) -> tuple[Float[Array, "6 6"], Float[Array, "6 6"]]:
    """Drift and diffusion of w; the detuning is the one with the mean field."""
    kappa, gamma, heating, detuning, d, j, s = map(jnp.asarray, jax.tree.leaves(rates))
    d1, d2 = detuning + d, detuning - d
    det = Complex(kappa, d1) * Complex(kappa, d2) + j * j
    inverse = det.conj() * (reciprocal(det.abs2()) * jnp.sqrt(2.0))
    g1, g2 = Complex(kappa, d2) * inverse, -(j * inverse).times_i()
    force = jnp.array([g1.re, g1.im, g2.re, g2.im])
    shift = jnp.array([-g1.im, g1.re, -g2.im, g2.re])

    drift = jnp.zeros((6, 6)).at[4, 5].set(1).at[5, 4].set(-1).at[5, 5].set(-gamma)
    turn = jnp.array([[0, d1, 0, j], [-d1, 0, -j, 0], [0, j, 0, d2], [-j, 0, -d2, 0]])
    drift = drift.at[:4, :4].set(turn - kappa * jnp.eye(4))
    drift = drift.at[:4, 4].set(shift).at[5, :4].set(s * force)

    half = jnp.zeros((6, 6)).at[:4, 4].set(shift / 2).at[:4, 5].set(force / 2)
    return drift, (half + half.T).at[5, 5].set(heating - gamma)


def _det(m: Float[Array, "2 2"]) -> Float[Array, ""]:
    return m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0]
