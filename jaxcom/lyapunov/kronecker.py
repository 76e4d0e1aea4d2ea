"""The Lyapunov equation as one dense linear system."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxcom.lyapunov.base import AbstractLyapunovSolver
from jaxcom.xla.elimination import solve


class Kronecker(AbstractLyapunovSolver):
    """Elimination on the n (n + 1) / 2 independent entries of V: the plain way, on any device.

    The most accurate of the solvers and the default. Its work grows like n^6: for n beyond about 20
    take `BartelsStewart`.

    Examples:
        >>> import jax.numpy as jnp
        >>> from jaxcom.lyapunov import Kronecker, lyapunov
        >>> lyapunov(-jnp.eye(2), jnp.array([[2.0, 1.0], [1.0, 2.0]]), solver=Kronecker())
        Array([[1. , 0.5],
               [0.5, 1. ]], dtype=float64)
    """

    def solve(
        self, drift: Float[Array, "*batch n n"], rhs: Float[Array, "*batch n n"]
    ) -> Float[Array, "*batch n n"]:
        """Return V with A V + V A^T = B; see `AbstractLyapunovSolver.solve`."""
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
