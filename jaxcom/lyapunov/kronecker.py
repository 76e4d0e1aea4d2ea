"""Lyapunov solver that treats the equation as one dense linear system."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxcom.lyapunov.base import AbstractLyapunovSolver
from jaxcom.xla.elimination import solve


class Kronecker(AbstractLyapunovSolver):
    """Gaussian elimination on the n (n + 1) / 2 independent entries of V, on any device.

    It is the most accurate of the solvers and the default. Its cost grows like n^6: above n = 20 or
    so, use `BartelsStewart`.

    >>> import jax.numpy as jnp
    >>> from jaxcom.lyapunov import Kronecker, lyapunov
    >>> lyapunov(-jnp.eye(2), jnp.array([[2.0, 1.0], [1.0, 2.0]]), solver=Kronecker())
    Array([[1. , 0.5],
           [0.5, 1. ]], dtype=float64)
    """

    def solve(
        self, drift: Float[Array, "*batch n n"], rhs: Float[Array, "*batch n n"]
    ) -> Float[Array, "*batch n n"]:
        """Solution V of A V + V A^T = B.

        Args:
            drift: matrices A of shape (..., n, n), of which no two eigenvalues sum to zero.
            rhs: symmetric matrices B of the same shape.

        Returns:
            Matrices V of that shape.
        """
        n = drift.shape[-1]
        i, j = np.triu_indices(n)
        unknowns = len(i)
        position = np.zeros((n, n), dtype=int)
        position[i, j] = position[j, i] = np.arange(unknowns)

        # Equation (i, j): sum_k A_ik V_kj + A_jk V_ki = B_ij.
        equation = np.arange(unknowns)[:, None]
        system = jnp.zeros((*drift.shape[:-2], unknowns, unknowns), dtype=drift.dtype)
        system = system.at[..., equation, position[j]].add(drift[..., i, :])
        system = system.at[..., equation, position[i]].add(drift[..., j, :])
        return solve(system, rhs[..., i, j])[..., position]
