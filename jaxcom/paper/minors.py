"""Leading minors of the Hurwitz matrix, by the Hurwitz criterion and as printed in S3.17."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxcom.stability import hurwitz_matrix
from jaxcom.xla.precision import power_of_two


@jax.jit
def hurwitz_minors(coefficients: Float[Array, "*batch n"]) -> Float[Array, "*batch n"]:
    """Leading minors theta_1, ..., theta_n of the Hurwitz matrix, S3.17.

    Args:
        coefficients: coefficients a_1, ..., a_n of the characteristic polynomial along the last
            axis, a_k in the k-th power of a unit.

    Returns:
        theta_k along the last axis, in the power k (k + 1) / 2 of that unit. They are infinite
        above 1e308; `signed_log_minors` has no such limit.

    >>> hurwitz_minors(jnp.array([2.0, 3.0, 4.0]))  # 2, 2 * 3 - 4, 4 theta_2
    Array([2., 2., 8.], dtype=float64)
    """
    n = coefficients.shape[-1]
    return _minors(coefficients, highest=np.full(n, n))


@jax.jit
def printed_hurwitz_minors(coefficients: Float[Array, "*batch n"]) -> Float[Array, "*batch n"]:
    """Minors as printed in S3.17, which differ from those of the Hurwitz criterion.

    In the minor of order k, the printed rule sets a_j to zero for j > k, the criterion for j > n.
    All minors except the last lose terms (theta_5 loses a_6), and all can be positive although the
    system is unstable. For comparison only.

    Args:
        coefficients: coefficients a_1, ..., a_n of the characteristic polynomial along the last
            axis, a_k in the k-th power of a unit.

    Returns:
        The printed theta_k along the last axis, in the power k (k + 1) / 2 of that unit.

    >>> printed_hurwitz_minors(jnp.array([2.0, 3.0, 4.0]))  # a_3 is missing from the second
    Array([2., 6., 8.], dtype=float64)
    """
    n = coefficients.shape[-1]
    return _minors(coefficients, highest=np.arange(1, n + 1))


@jax.jit
def signed_log_minors(coefficients: Float[Array, "*batch n"]) -> Float[Array, "*batch n"]:
    r"""Signed logarithms Theta_k of the Hurwitz minors, S3.18.

    $$
    \Theta_k = \mathrm{sign}(\theta_k) \ln|\theta_k|
    $$

    The logarithm depends on the unit, and for |theta_k| < 1 its sign is reversed. In rad/s, as in
    the paper, the minors of an optomechanical system are far above 1.

    Args:
        coefficients: coefficients a_1, ..., a_n of the characteristic polynomial along the last
            axis, a_k in (rad/s)^k.

    Returns:
        Theta_k along the last axis.

    >>> signed_log_minors(jnp.array([2.0, 3.0, 14.0])).round(3)  # theta = 2, -8, -112
    Array([ 0.693, -2.079, -4.718], dtype=float64)
    """
    n = coefficients.shape[-1]
    scaled, size = _in_own_unit(coefficients)
    signs, logs = jnp.linalg.slogdet(_leading_blocks(scaled, highest=np.full(n, n)))
    return signs * (logs + _degrees(logs.shape).astype(float) * jnp.log(power_of_two(size)))


def _minors(
    coefficients: Float[Array, "*batch n"], highest: np.ndarray
) -> Float[Array, "*batch n"]:
    scaled, size = _in_own_unit(coefficients)
    minors = jnp.linalg.det(_leading_blocks(scaled, highest))
    return minors * power_of_two(size, power=_degrees(minors.shape))


def _leading_blocks(
    coefficients: Float[Array, "*batch n"], highest: np.ndarray
) -> Float[Array, "*batch n n n"]:
    """Leading blocks of the Hurwitz matrix, of order k = 1, ..., n, padded to n x n.

    In the block of order k, a_j is zero for j above `highest[k - 1]`. Padding with the identity
    keeps the determinants, so that one call computes them all.
    """
    n = coefficients.shape[-1]
    order, row, column = np.indices((n, n, n)) + 1
    batch = coefficients.shape[:-1]
    is_kept = np.broadcast_to(np.arange(1, n + 1) <= highest[:, None], (*batch, n, n))
    matrix = hurwitz_matrix(jnp.where(is_kept, coefficients[..., None, :], 0.0))
    inside = np.broadcast_to((row <= order) & (column <= order), matrix.shape)
    return jnp.where(inside, matrix, jnp.broadcast_to(jnp.eye(n, dtype=matrix.dtype), matrix.shape))


def _in_own_unit(
    coefficients: Float[Array, "*batch n"],
) -> tuple[Float[Array, "*batch n"], Float[Array, "*batch n"]]:
    """Coefficients a_k / u^k, at most 1, and the size whose `power_of_two` is the unit u.

    In rad/s, the pivots of LU would be chosen by the unit instead of the size.
    """
    k = _orders(coefficients.shape)
    roots = jnp.abs(jax.lax.stop_gradient(coefficients)) ** (1 / k)
    size = jnp.broadcast_to(jnp.max(roots, axis=-1, keepdims=True), coefficients.shape)
    return coefficients * power_of_two(size, power=-k), size


def _orders(shape: tuple[int, ...]) -> np.ndarray:
    return np.broadcast_to(np.arange(1, shape[-1] + 1, dtype=np.int32), shape)


def _degrees(shape: tuple[int, ...]) -> np.ndarray:
    """Powers of the unit in theta_k, k (k + 1) / 2."""
    return _orders(shape) * (_orders(shape) + 1) // 2
