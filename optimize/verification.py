"""Verification of a design from the matrices of Eq. (6), without the closed form of E_N.

Shared with the fast path: the mean field on the lowest branch (`jaxcom.mean_field`), with the
derived rates and the roots of its polynomial. An error there would not show here; the roots are
tested against reference states with 50 digits.

Not shared: everything after the mean field. The drift matrix A of Eq. (6) is built explicitly,
stability follows from its eigenvalues, the covariance from the Lyapunov equation solved with the
`Kronecker` solver, and nu_- is a symplectic eigenvalue of the partial transpose, in NumPy.
"""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jaxcom import (
    LEFT,
    RIGHT,
    Direction,
    Kronecker,
    SpinningResonator,
    diffusion,
    drift,
    lyapunov,
    mean_field,
)
from jaxcom.gaussian import clipped

DRIVEN_AND_MIRROR = [0, 1, 4, 5]


class Verified(eqx.Module):
    """Results of the verification for one direction.

    Attributes:
        log_negativity: E_N of the driven mode and the mirror; NaN if unstable.
        unclipped: -ln(2 nu_-), negative without entanglement; NaN if unstable.
        margin: stability margin -max Re(eigenvalue of A), in rad/s.
        photons: photon number of both modes together, from the mean field.
    """

    log_negativity: float
    unclipped: float
    margin: float
    photons: float


class Checks(NamedTuple):
    """Verification for light from the left and from the right."""

    left: Verified
    right: Verified

    def of(self, direction: Direction) -> Verified:
        """Results for one direction."""
        return self.left if direction == LEFT else self.right


def verify(resonator: SpinningResonator) -> Checks:
    """E_N, margin and photons on the lowest branch for light from the left and from the right.

    Args:
        resonator: a single design.

    Returns:
        Results for both directions, computed from the mean field with explicit matrices.

    >>> import jaxcom as jc
    >>> left, right = verify(jc.SpinningResonator(detuning=19e6))
    >>> print(f"{left.log_negativity:.4f} {left.margin:.3g} {right.log_negativity}")
    0.1476 5.43e+06 nan
    """
    fields = jax.tree.map(lambda field: jnp.asarray(field, float), resonator)
    parts = (np.asarray(part) for part in _matrices(fields))
    left, right = (_verified(*side) for side in zip(*parts, strict=True))
    return Checks(left, right)


@jax.jit
def _matrices(resonator: SpinningResonator):
    """Drift, covariance and photons of both directions; meaningless if A is not Hurwitz."""
    sides = jnp.array([LEFT, RIGHT])
    field = jax.vmap(lambda side: mean_field(resonator, side))(sides)
    A = jax.vmap(lambda m: drift(resonator, m))(field)
    D = jnp.broadcast_to(diffusion(resonator), A.shape)
    return A, lyapunov(A, D, solver=Kronecker()), (jnp.abs(field.alpha[:, 0]) ** 2).sum(axis=-1)


def _verified(
    A: Float[np.ndarray, "6 6"], V: Float[np.ndarray, "6 6"], photons: np.ndarray
) -> Verified:
    margin = -float(np.linalg.eigvals(A).real.max())
    block = V[np.ix_(DRIVEN_AND_MIRROR, DRIVEN_AND_MIRROR)]
    unclipped = _unclipped(block) if margin > 0 else float("nan")
    return Verified(float(clipped(jnp.asarray(unclipped))), unclipped, margin, float(photons))


def _unclipped(covariance: Float[np.ndarray, "4 4"]) -> float:
    """-ln(2 nu_-), where nu_- is the least |eigenvalue| of i Omega V with p_m reversed."""
    omega = np.kron(np.eye(2), [[0.0, 1.0], [-1.0, 0.0]])
    reversal = np.diag([1.0, 1.0, 1.0, -1.0])
    spectrum = np.abs(np.linalg.eigvals(omega @ reversal @ covariance @ reversal))
    return -float(np.log(2 * spectrum.min()))
