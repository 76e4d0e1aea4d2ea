"""Base class of the Lyapunov solvers, and the derivative rule that all of them share."""

import abc
from collections.abc import Callable

import equinox as eqx
import jax
from jaxtyping import Array, Float


class AbstractLyapunovSolver(eqx.Module):
    """Solver of A V + V A^T = B for V, where B and V are symmetric.

    A subclass implements `solve`, which need not be differentiable (see `solve_differentiably`).
    """

    @abc.abstractmethod
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


@jax.jit
def solve_differentiably(
    solver: AbstractLyapunovSolver,
    drift: Float[Array, "*batch n n"],
    rhs: Float[Array, "*batch n n"],
) -> Float[Array, "*batch n n"]:
    r"""Solution of A V + V A^T = B with derivatives of every order, in both modes.

    The derivative of the solution solves the same equation with another right-hand side,

    $$
    A \, dV + dV A^T = dB - dA \, V - V \, dA^T,
    $$

    and its adjoint solves the equation with A^T. No solver is ever differentiated through, and each
    is as accurate for derivatives as for values.

    Args:
        solver: solver of the equation.
        drift: matrices A of shape (..., n, n).
        rhs: matrices B of the same shape; only their symmetric part counts.

    Returns:
        Symmetric matrices V of that shape.

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

    # Solvers may rely on symmetry. The second symmetrization also makes cotangents symmetric.
    solution = jax.lax.custom_linear_solve(operator, symmetric_part(rhs), solve, transpose_solve)
    return symmetric_part(solution)


def refine(
    invert: Callable[[Array], Array],
    drift: Float[Array, "*batch n n"],
    rhs: Float[Array, "*batch n n"],
    steps: int,
) -> Float[Array, "*batch n n"]:
    """Solution of A V + V A^T = B by an inexact inverse with iterative refinement.

    Each step multiplies the error by about the relative error of the inverse, until the rounding
    of the residual limits it.

    Args:
        invert: approximate solution as a function of the right-hand side.
        drift: matrices A of shape (..., n, n).
        rhs: symmetric matrices B of the same shape.
        steps: number of refinement steps.

    Returns:
        Matrices V of that shape.
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
    """Residual B - A V - V A^T."""
    return rhs - drift @ solution - solution @ drift.mT


def symmetric_part(matrix: Float[Array, "*batch n n"]) -> Float[Array, "*batch n n"]:
    """Symmetric part (M + M^T) / 2."""
    return 0.5 * (matrix + matrix.mT)
