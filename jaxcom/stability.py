"""Is there a steady state? The criterion of Routh and Hurwitz (S3 B), and the distance to it.

A linear system du/dt = A u settles if and only if every eigenvalue of its drift A has a negative
real part. With p(s) = det(s - A) = s^n + a_1 s^(n-1) + ... + a_n that is so if and only if all
leading minors theta_k of the Hurwitz matrix are positive (S3.17), or, the same in fewer
operations, the first column of Routh's array.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxcom.characteristic import faddeev_leverrier
from jaxcom.precision import power_of_two

ZERO = -1


def routh_hurwitz_coefficients(drift: Float[Array, "*batch n n"]) -> Float[Array, "*batch n"]:
    """Return the coefficients a_1, ..., a_n of det(s - A), computed from A itself.

    They stand in for S3.14-16, whose printed a_4, a_5 and a_6 contradict Eq. (6).

    Args:
        drift: drift matrices A, in any unit; a_k is in that unit to the k.

    Examples:
        >>> import jax.numpy as jnp
        >>> from jaxcom.stability import routh_hurwitz_coefficients
        >>> routh_hurwitz_coefficients(jnp.array([[0.0, 1.0], [-4.0, -3.0]]))
        Array([3., 4.], dtype=float64)
    """
    return faddeev_leverrier(drift)[0]


def hurwitz_matrix(coefficients: Float[Array, "*batch n"]) -> Float[Array, "*batch n n"]:
    """Arrange coefficients into the Hurwitz matrix: a_(2 l - k) in row l, column k (S3.17).

    Args:
        coefficients: a_1, ..., a_n; a_0 is 1, and every a outside 0..n is 0.

    Examples:
        >>> import jax.numpy as jnp
        >>> from jaxcom.stability import hurwitz_matrix
        >>> hurwitz_matrix(jnp.array([2.0, 3.0, 4.0]))
        Array([[2., 1., 0.],
               [4., 3., 2.],
               [0., 0., 4.]], dtype=float64)
    """
    n = coefficients.shape[-1]
    return _gather(coefficients, _indices(n, highest=n))


@jax.jit
def hurwitz_minors(coefficients: Float[Array, "*batch n"]) -> Float[Array, "*batch n"]:
    """Return theta_1, ..., theta_n, the leading minors of the Hurwitz matrix (S3.17).

    Args:
        coefficients: a_1, ..., a_n, with a_k in a unit to the k.

    Returns:
        theta_k, in that unit to the k (k + 1) / 2. Past 1e308 it is infinite:
        `signed_log_minors` has no such end.

    Examples:
        >>> import jax.numpy as jnp
        >>> from jaxcom.stability import hurwitz_minors
        >>> hurwitz_minors(jnp.array([2.0, 3.0, 4.0]))  # 2, 2 * 3 - 4, 4 theta_2
        Array([2., 2., 8.], dtype=float64)
    """
    n = coefficients.shape[-1]
    return _minors(coefficients, highest=np.full(n, n))


@jax.jit
def printed_hurwitz_minors(coefficients: Float[Array, "*batch n"]) -> Float[Array, "*batch n"]:
    """Return the minors as S3.17 prints them, which is not what Hurwitz's criterion asks for.

    The printed rule puts zero for a_j wherever j exceeds k, the order of the minor, where the
    criterion has j exceed n. Every minor but the last loses terms that way (theta_5 its a_6), and
    all may be positive though the system is unstable. For comparison only.

    Args:
        coefficients: a_1, ..., a_n, with a_k in a unit to the k.

    Examples:
        >>> import jax.numpy as jnp
        >>> from jaxcom.stability import printed_hurwitz_minors
        >>> printed_hurwitz_minors(jnp.array([2.0, 3.0, 4.0]))  # a_3 is missing from the second
        Array([2., 6., 8.], dtype=float64)
    """
    n = coefficients.shape[-1]
    return _minors(coefficients, highest=np.arange(1, n + 1))


@jax.jit
def signed_log_minors(coefficients: Float[Array, "*batch n"]) -> Float[Array, "*batch n"]:
    """Return Theta_k = sign(theta_k) ln|theta_k| (S3.18).

    The logarithm depends on the unit, and where |theta_k| < 1 it even turns the sign around. In
    rad/s, which the paper plots, the minors of an optomechanical system are far above 1.

    Args:
        coefficients: a_1, ..., a_n, with a_k in (rad/s)^k.

    Examples:
        >>> import jax.numpy as jnp
        >>> from jaxcom.stability import signed_log_minors
        >>> signed_log_minors(jnp.array([2.0, 3.0, 14.0])).round(3)  # theta = 2, -8, -112
        Array([ 0.693, -2.079, -4.718], dtype=float64)
    """
    n = coefficients.shape[-1]
    scaled, size = _in_own_unit(coefficients)
    signs, logs = jnp.linalg.slogdet(_leading_blocks(scaled, highest=np.full(n, n)))
    return signs * (logs + _degrees(logs.shape).astype(float) * jnp.log(power_of_two(size)))


@jax.jit
def is_hurwitz(coefficients: Float[Array, "*batch n"]) -> Bool[Array, "*batch"]:
    """Tell whether all roots of p(s) have negative real parts: Routh's array.

    Each row follows from the two above it, r_(k+1) = r_(k-1) - (r_(k-1,1) / r_(k,1)) r_k, shifted
    by one; the first column, theta_k / theta_(k-1), must be strictly positive. Elementwise in the
    coefficients, without branches and without LAPACK: as cheap under `vmap` on a grid as arithmetic
    gets.

    Args:
        coefficients: a_1, ..., a_n, with a_k in any unit to the k.

    Returns:
        True where stable. Marginal systems and NaN are not.

    Examples:
        >>> import jax.numpy as jnp
        >>> from jaxcom.stability import is_hurwitz
        >>> is_hurwitz(jnp.array([[2.0, 3.0, 4.0], [2.0, 3.0, 6.0], [2.0, 3.0, jnp.nan]]))
        Array([ True, False, False], dtype=bool)
    """
    n = coefficients.shape[-1]
    entries = [jnp.ones_like(coefficients[..., 0]), *(coefficients[..., k] for k in range(n))]
    above, row = entries[0::2], entries[1::2]
    stable = jnp.ones_like(entries[0], dtype=bool)
    while row:
        positive = row[0] > 0
        stable &= positive
        # Past the first entry that is not positive the verdict stands: any divisor will do.
        ratio = above[0] / jnp.where(positive, row[0], 1.0)
        below = [a - ratio * r for a, r in zip(above[1:], row[1:], strict=False)]
        above, row = row, below + above[len(row) :]
    return stable


@jax.jit
def margin(drift: Float[Array, "*batch n n"]) -> Float[Array, "*batch"]:
    """Return the stability margin: minus the largest real part of an eigenvalue.

    It is the rate at which the slowest disturbance dies out; negative where it grows. Where
    two eigenvalues share that real part but are no conjugate pair, the derivative is one of theirs.
    For single points: eigenvalues are too dear for a grid, where `is_hurwitz` gives the verdict.

    Args:
        drift: drift matrices A.

    Returns:
        The margin in the unit of A (rad/s); NaN where A holds a NaN.

    Examples:
        >>> import jax.numpy as jnp
        >>> from jaxcom.stability import margin
        >>> margin(jnp.array([[0.0, 1.0], [-4.0, -3.0]]))  # eigenvalues -1.5 +- 1.32 i
        Array(1.5, dtype=float64)
    """
    return -jnp.max(jnp.linalg.eigvals(drift).real, axis=-1)


def _minors(
    coefficients: Float[Array, "*batch n"], highest: np.ndarray
) -> Float[Array, "*batch n"]:
    scaled, size = _in_own_unit(coefficients)
    minors = jnp.linalg.det(_leading_blocks(scaled, highest))
    return minors * power_of_two(size, power=_degrees(minors.shape))


def _leading_blocks(
    coefficients: Float[Array, "*batch n"], highest: np.ndarray
) -> Float[Array, "*batch n n n"]:
    """Return the leading blocks of the Hurwitz matrix, of order k = 1, ..., n.

    In that of order k, a_j is put to zero for j above `highest[k - 1]`. The identity fills them up
    to n x n, which leaves their determinants alone: one call for all.
    """
    n = coefficients.shape[-1]
    order, row, column = np.indices((n, n, n)) + 1
    index = _indices(n, highest[:, None, None])
    inside = (row <= order) & (column <= order)
    return _gather(coefficients, np.where(inside, index, np.where(row == column, 0, ZERO)))


def _indices(n: int, highest: np.ndarray | int) -> np.ndarray:
    """Return 2 l - k in row l, column k, and `ZERO` where that is outside 0..highest."""
    row, column = np.indices((n, n)) + 1
    index = 2 * row - column
    return np.where((index >= 0) & (index <= highest), index, ZERO)


def _gather(coefficients: Float[Array, "*batch n"], index: np.ndarray) -> Float[Array, "..."]:
    """Return a_index, with a_0 = 1, and 0 for the index `ZERO`."""
    first = coefficients[..., :1]
    padded = [jnp.ones_like(first), coefficients, jnp.zeros_like(first)]
    return jnp.concatenate(padded, axis=-1)[..., index]


def _in_own_unit(
    coefficients: Float[Array, "*batch n"],
) -> tuple[Float[Array, "*batch n"], Float[Array, "*batch n"]]:
    """Return a_k / u^k, at most 1, and, n times over, the size whose `power_of_two` is u.

    In rad/s, LU would pivot by unit instead of by size.
    """
    k = _orders(coefficients.shape)
    roots = jnp.abs(jax.lax.stop_gradient(coefficients)) ** (1 / k)
    size = jnp.broadcast_to(jnp.max(roots, axis=-1, keepdims=True), coefficients.shape)
    return coefficients * power_of_two(size, power=-k), size


def _orders(shape: tuple[int, ...]) -> np.ndarray:
    return np.broadcast_to(np.arange(1, shape[-1] + 1, dtype=np.int32), shape)


def _degrees(shape: tuple[int, ...]) -> np.ndarray:
    """Return the power of the unit in theta_k, k (k + 1) / 2."""
    return _orders(shape) * (_orders(shape) + 1) // 2
