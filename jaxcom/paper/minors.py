"""Leading minors of the Hurwitz matrix, by the criterion and as S3.17 prints them."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxcom.stability.routh import ZERO, gather, hurwitz_indices
from jaxcom.xla.precision import power_of_two


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
        >>> from jaxcom.paper.minors import hurwitz_minors
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
        >>> from jaxcom.paper.minors import printed_hurwitz_minors
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
        >>> from jaxcom.paper.minors import signed_log_minors
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
    """Return the leading blocks of the Hurwitz matrix, of order k = 1, ..., n.

    In that of order k, a_j is put to zero for j above `highest[k - 1]`. The identity fills them up
    to n x n, which leaves their determinants alone: one call for all.
    """
    n = coefficients.shape[-1]
    order, row, column = np.indices((n, n, n)) + 1
    index = hurwitz_indices(n, highest[:, None, None])
    inside = (row <= order) & (column <= order)
    return gather(coefficients, np.where(inside, index, np.where(row == column, 0, ZERO)))


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
