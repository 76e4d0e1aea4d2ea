"""What a Lyapunov solver is, and the one derivative rule that all of them share."""

import abc
from collections.abc import Callable

import equinox as eqx
import jax
from jaxtyping import Array, Float


class AbstractLyapunovSolver(eqx.Module):
    """A way to solve A V + V A^T = B for V, where B and V are symmetric.

    A new solver needs `solve` and nothing else. It need not be differentiable.
    """

    @abc.abstractmethod
    def solve(
        self, drift: Float[Array, "*batch n n"], rhs: Float[Array, "*batch n n"]
    ) -> Float[Array, "*batch n n"]:
        """Return V with A V + V A^T = B.

        Args:
            drift: A, any matrices without eigenvalues that add up to zero in pairs.
            rhs: B, symmetric.
        """


@jax.jit
def solve_differentiably(
    solver: AbstractLyapunovSolver,
    drift: Float[Array, "*batch n n"],
    rhs: Float[Array, "*batch n n"],
) -> Float[Array, "*batch n n"]:
    """Solve A V + V A^T = B so that derivatives of every order and mode exist.

    The derivative of the solution solves the same equation with another right-hand side,
    A dV + dV A^T = dB - dA V - V dA^T, and its adjoint the same with A^T. So no solver is ever
    differentiated through, and each is as exact for derivatives as for values.

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from jaxcom.lyapunov.bartels_stewart import BartelsStewart
        >>> from jaxcom.lyapunov.base import solve_differentiably
        >>> def variance(rate):
        ...     return solve_differentiably(BartelsStewart(), -rate * jnp.eye(1), -jnp.eye(1))[0, 0]
        >>> jax.grad(jax.grad(variance))(2.0)  # of 1 / (2 rate): 1 / rate^3
        Array(0.125, dtype=float64, weak_type=True)
    """

    def operator(covariance):
        return drift @ covariance + covariance @ drift.mT

    def solve(_, rhs):
        return solver.solve(drift, rhs)

    def transpose_solve(_, rhs):
        return solver.solve(drift.mT, rhs)

    # Solvers may count on symmetry. On the way out it makes cotangents symmetric, too.
    solution = jax.lax.custom_linear_solve(operator, symmetric_part(rhs), solve, transpose_solve)
    return symmetric_part(solution)


def refine(
    invert: Callable[[Array], Array],
    drift: Float[Array, "*batch n n"],
    rhs: Float[Array, "*batch n n"],
    steps: int,
) -> Float[Array, "*batch n n"]:
    """Solve A V + V A^T = B by an inexact inverse, then solve again for what is left of B.

    Each step multiplies the error by about the relative error of the inverse, down to the error
    that rounding of the residual leaves.
    """
    solution = invert(rhs)
    for _ in range(steps):
        solution += invert(residual(drift, solution, rhs))
    return solution


def residual(
    drift: Float[Array, "*batch n n"],
    solution: Float[Array, "*batch n n"],
    rhs: Float[Array, "*batch n n"],
) -> Float[Array, "*batch n n"]:
    """Return B - A V - V A^T."""
    return rhs - drift @ solution - solution @ drift.mT


def symmetric_part(matrix: Float[Array, "*batch n n"]) -> Float[Array, "*batch n n"]:
    """Return (M + M^T) / 2."""
    return 0.5 * (matrix + matrix.mT)
