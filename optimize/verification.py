"""The optimum again, by another way: eigenvalues and the full Lyapunov equation, in NumPy.

Nothing of the fast path is used: the drift matrix is that of Eq. (6), stability is read off its
eigenvalues, the covariance comes from the Kronecker solver, and nu_- is a symplectic eigenvalue of
the partial transpose instead of a closed form.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jaxcom import (
    LEFT,
    RIGHT,
    Kronecker,
    SpinningResonator,
    diffusion,
    drift,
    lyapunov,
    mean_field,
)

DRIVEN_AND_MIRROR = [0, 1, 4, 5]


class Verified(eqx.Module):
    """E_N and margin of one direction by the independent path.

    Attributes:
        log_negativity: E_N of driven mode and mirror; NaN unless stable.
        margin: -max Re eigenvalue of A, in rad/s.
    """

    log_negativity: float
    margin: float


def verify(resonator: SpinningResonator) -> tuple[Verified, Verified]:
    """E_N and margin of the lowest branch for light from the left and from the right.

    >>> import jaxcom as jc
    >>> left, right = verify(jc.SpinningResonator(detuning=19e6))
    >>> print(f"{left.log_negativity:.4f} {left.margin:.3g} {right.log_negativity}")
    0.1476 5.43e+06 nan
    """
    drifts, covariances = (np.asarray(part) for part in _matrices(resonator))
    left, right = (_judge(A, V) for A, V in zip(drifts, covariances, strict=True))
    return left, right


@jax.jit
def _matrices(resonator: SpinningResonator):
    """Drift and covariance of both directions, the latter meaningless where A is not Hurwitz."""
    sides = jnp.array([LEFT, RIGHT])
    A = jax.vmap(lambda side: drift(resonator, mean_field(resonator, side)))(sides)
    D = jnp.broadcast_to(diffusion(resonator), A.shape)
    return A, lyapunov(A, D, solver=Kronecker())


def _judge(A: Float[np.ndarray, "6 6"], V: Float[np.ndarray, "6 6"]) -> Verified:
    margin = -float(np.linalg.eigvals(A).real.max())
    block = V[np.ix_(DRIVEN_AND_MIRROR, DRIVEN_AND_MIRROR)]
    return Verified(_log_negativity(block) if margin > 0 else float("nan"), margin)


def _log_negativity(covariance: Float[np.ndarray, "4 4"]) -> float:
    """max(0, -ln(2 nu_-)); nu_- is the least |eigenvalue| of i Omega V with p_m reversed."""
    omega = np.kron(np.eye(2), [[0.0, 1.0], [-1.0, 0.0]])
    reversal = np.diag([1.0, 1.0, 1.0, -1.0])
    spectrum = np.abs(np.linalg.eigvals(omega @ reversal @ covariance @ reversal))
    return max(0.0, -float(np.log(2 * spectrum.min())))
