"""Steady-state covariance of a linear system driven by white noise."""

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from jaxcom.lyapunov.base import AbstractLyapunovSolver, solve_differentiably
from jaxcom.lyapunov.kronecker import Kronecker
from jaxcom.xla.precision import require_x64

DEFAULT_SOLVER: AbstractLyapunovSolver = Kronecker()


def lyapunov(
    drift: ArrayLike,
    diffusion: ArrayLike,
    *,
    solver: AbstractLyapunovSolver = DEFAULT_SOLVER,
) -> Float[Array, "*batch n n"]:
    r"""Steady-state covariance V of a linear system du/dt = A u + noise, Eq. (11).

    $$
    A V + V A^T = -D
    $$

    The function works under `jit` and `vmap` and, with every solver, has derivatives of every order
    in forward and reverse mode.

    For an unstable A the equation still has a solution, which is returned although it is not a
    covariance. Test A with `jaxcom.stability`, as `jaxcom.steady_state` does.

    Args:
        drift: A, of shape (..., n, n), in any unit of rate.
        diffusion: D, of shape (..., n, n), in the same unit. Only its symmetric part counts, which
            need not be diagonal. Leading dimensions broadcast against those of `drift`.
        solver: `Kronecker()`, `BartelsStewart()` or `Hurwitz()`.

    Returns:
        Symmetric V of shape (..., n, n), in double precision.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        ValueError: `drift` or `diffusion` has a wrong shape or is complex, or n is too large for
            the solver.

    >>> from jaxcom.lyapunov import Kronecker, lyapunov
    >>> import jax.numpy as jnp
    >>> drift = jnp.array([[0.0, 1.0], [-1.0, -0.1]])  # an oscillator with 0.5 thermal quanta
    >>> diffusion = jnp.diag(jnp.array([0.0, 0.1 * 2.0]))
    >>> lyapunov(drift, diffusion, solver=Kronecker()).round(12) + 0.0
    Array([[1., 0.],
           [0., 1.]], dtype=float64)
    """
    require_x64("jaxcom.lyapunov")
    drift, diffusion = _real("drift", drift), _real("diffusion", diffusion)
    _check_shapes(drift.shape, diffusion.shape)
    batch = jnp.broadcast_shapes(drift.shape[:-2], diffusion.shape[:-2])
    drift = jnp.broadcast_to(drift, batch + drift.shape[-2:])
    diffusion = jnp.broadcast_to(diffusion, batch + diffusion.shape[-2:])
    return solve_differentiably(solver, drift, -diffusion)


def _real(name: str, value: ArrayLike) -> Float[Array, "..."]:
    """Value as an array in double precision; raise ValueError if it is complex."""
    array = jnp.asarray(value)
    if jnp.iscomplexobj(array):
        raise ValueError(f"Argument `{name}` must be real, but has dtype {array.dtype}.")
    return array.astype(jnp.float64)


def _check_shapes(drift: tuple[int, ...], diffusion: tuple[int, ...]) -> None:
    """Raise ValueError unless the matrices are square, of one size, and their batches broadcast."""
    if len(drift) < 2 or drift[-1] != drift[-2]:
        raise ValueError(f"Argument `drift` must have shape (..., n, n), but has shape {drift}.")
    n = drift[-1]
    if diffusion[-2:] != (n, n):
        raise ValueError(
            f"Argument `diffusion` must have shape (..., {n}, {n}), but has shape {diffusion}."
        )
    pairs = zip(reversed(drift[:-2]), reversed(diffusion[:-2]), strict=False)
    if not all(a == b or 1 in (a, b) for a, b in pairs):
        raise ValueError(
            "Argument `diffusion` must have leading dimensions that broadcast against those of "
            f"`drift`, {drift[:-2]}, but has shape {diffusion}."
        )
