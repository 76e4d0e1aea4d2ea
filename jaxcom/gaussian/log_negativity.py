"""Logarithmic negativity of two modes of a Gaussian state, Eqs. (12)-(13)."""

import functools
import operator
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from jaxcom.gaussian.clipped import clipped

Scalar = Float[Array, "..."]
Block = tuple[tuple[Scalar, Scalar], tuple[Scalar, Scalar]]


def log_negativity(
    covariance: Float[ArrayLike, "... n n"], modes: Sequence[int], *, unclipped: bool = False
) -> Float[Array, "..."]:
    r"""Logarithmic negativity E_N of two modes, Eqs. (12)-(13).

    $$
    E_N = \max(0, -\ln 2 \nu_-), \qquad
    \nu_-^2 = \frac{2 \det V'}{\Sigma + \sqrt{\Sigma^2 - 4 \det V'}}, \qquad
    \Sigma = \det a + \det b - 2 \det c.
    $$

    Here V' = [[a, c], [c^T, b]] is the covariance matrix of the two modes, in 2 x 2 blocks, and
    nu_- the smaller symplectic eigenvalue of its partial transpose.

    A value is as accurate as the entries of V' allow. For two modes squeezed by r their rounding
    alone changes E_N = 2 r by some 1e-16 exp(4 r): 2e-11 at r = 3, 5e-8 at r = 5, 8e-3 at r = 8.
    Beyond r = 9 doubles cannot hold such a state: the result is wrong, infinite or NaN.

    Args:
        covariance: matrix of shape (..., 2 N, 2 N), of N modes in the order
            (X_1, Y_1, X_2, Y_2, ...), with vacuum variance 1/2.
        modes: the two modes, counted from 0; (0, 2) is the driven mode and the mirror.
        unclipped: return -ln(2 nu_-) itself, which is negative without entanglement. As an
            objective of a search it has a gradient where E_N is flat.

    Returns:
        E_N of shape (...), with the natural logarithm; NaN where the covariance is NaN.

    Raises:
        ValueError: `covariance` is not square or has an odd size, or `modes` are not two different
            modes of it.

    >>> import jaxcom as jc, jax.numpy as jnp
    >>> r = 1.0  # two-mode squeezed vacuum: E_N = 2 r
    >>> C, S = jnp.cosh(2 * r) / 2, jnp.sinh(2 * r) / 2
    >>> Z = jnp.diag(jnp.array([1.0, -1.0]))
    >>> V = jnp.block([[C * jnp.eye(2), S * Z], [S * Z, C * jnp.eye(2)]])
    >>> jc.log_negativity(V, (0, 1))
    Array(2., dtype=float64)
    """
    covariance = jnp.asarray(covariance)
    _require_modes(covariance.shape, modes)
    first, second = modes
    a, b = _block(covariance, first, first), _block(covariance, second, second)
    c = _block(covariance, first, second)
    value = -0.5 * jnp.log(4 * smallest_symplectic_squared(a, b, c))
    return value if unclipped else clipped(value)


def smallest_symplectic_squared(a: Block, b: Block, c: Block) -> Scalar:
    r"""Square of the symplectic eigenvalue nu_- from the 2 x 2 blocks of V', without cancellation.

    Two differences of large numbers are avoided: det V' is computed as det a times the determinant
    of the Schur complement of a, and with J = [[0, 1], [-1, 0]]

    $$
    \Sigma^2 - 4 \det V' = (\det a - \det b)^2 - 4 \det c \, (\det a + \det b)
    + 4 \operatorname{tr}(a J c J b J c^T J).
    $$
    """
    det_a, det_b, det_c = _det(a), _det(b), _det(c)
    sigma = det_a + det_b - 2 * det_c
    spread = (det_a - det_b) ** 2 - 4 * det_c * (det_a + det_b) + 4 * _cross(a, b, c)
    # At a degenerate spectrum (vacuum) the root has no derivative; 0 is the mean of both sides.
    apart = spread > 0
    root = jnp.where(apart, jnp.sqrt(jnp.where(apart, spread, 1.0)), 0.0)
    return 2 * det_a * _det(_schur_complement(a, b, c)) / (sigma + root)


def _det(m: Block) -> Scalar:
    return m[0][0] * m[1][1] - m[0][1] * m[1][0]


def _schur_complement(a: Block, b: Block, c: Block) -> Block:
    """Schur complement b - c^T a^-1 c of a."""
    (p, q), (_, s) = a
    det_a = _det(a)

    def inner(i: int, j: int) -> Scalar:
        x, y, z, w = c[0][i], c[1][i], c[0][j], c[1][j]
        return (s * x * z - q * (x * w + y * z) + p * y * w) / det_a

    return (
        (b[0][0] - inner(0, 0), b[0][1] - inner(0, 1)),
        (b[1][0] - inner(1, 0), b[1][1] - inner(1, 1)),
    )


def _cross(a: Block, b: Block, c: Block) -> Scalar:
    """Trace of a J c J b J c^T J, the sum of a~_ij b~_kl c_ik c_jl, where m~ = J^T m J."""
    at, bt = _tilde(a), _tilde(b)
    terms = (
        at[i][j] * bt[k][m] * c[i][k] * c[j][m]
        for i in (0, 1) for j in (0, 1) for k in (0, 1) for m in (0, 1)
    )  # fmt: skip
    return functools.reduce(operator.add, terms)


def _tilde(m: Block) -> Block:
    """Matrix J^T m J = adj(m)^T."""
    return ((m[1][1], -m[1][0]), (-m[0][1], m[0][0]))


def _block(covariance: Float[Array, "... n n"], i: int, j: int) -> Block:
    """Covariances of the quadratures of mode i with those of mode j."""
    rows, columns = (2 * i, 2 * i + 1), (2 * j, 2 * j + 1)
    (p, q), (r, s) = ([covariance[..., row, col] for col in columns] for row in rows)
    return ((p, q), (r, s))


def _require_modes(shape: tuple[int, ...], modes: Sequence[int]) -> None:
    """Raise ValueError unless `modes` are two different modes of a covariance of this shape."""
    if len(shape) < 2 or shape[-1] != shape[-2] or shape[-1] % 2:
        raise ValueError(
            f"Argument `covariance` must have shape (..., 2 N, 2 N), but has shape {shape}."
        )
    count = shape[-1] // 2
    if len(set(modes)) != 2 or not all(
        isinstance(mode, int | np.integer) and 0 <= mode < count for mode in modes
    ):
        raise ValueError(
            f"Argument `modes` must be two different modes in 0..{count - 1}, but is {modes}."
        )
