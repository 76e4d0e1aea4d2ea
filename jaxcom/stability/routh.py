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

from jaxcom.stability.characteristic import faddeev_leverrier

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
    return gather(coefficients, hurwitz_indices(n, highest=n))


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
    return first_column_positive([coefficients[..., k] for k in range(coefficients.shape[-1])])


def decays_faster(
    coefficients: Float[Array, "*batch n"], rate: float | Float[Array, "..."]
) -> Bool[Array, "..."]:
    """Tell whether all zeros of p(s) have real parts below -rate, by Routh's array of p(s - rate).

    As `slowest_mode` would, for a hundredth of its cost: elementwise, in divisions and products.

    Args:
        coefficients: a_1, ..., a_n, with a_k in a unit to the k.
        rate: the margin asked for, in that unit; broadcasts against the batch.

    Examples:
        >>> import jax.numpy as jnp
        >>> from jaxcom.stability import decays_faster
        >>> decays_faster(jnp.array([3.0, 6.0, 8.0]), jnp.array([0.49, 0.51]))
        Array([ True, False], dtype=bool)
    """
    a = [coefficients[..., k] for k in range(coefficients.shape[-1])]
    shift = jnp.asarray(rate, coefficients.dtype)
    return first_column_positive(shifted(a, shift))


Coefficients = list[Float[Array, "..."]]
"""a_1, ..., a_n, an array each: as long vectors, which is what compilers make fast."""


def shifted(a: Coefficients, shift: Float[Array, "..."]) -> Coefficients:
    """The coefficients of p(s - shift), by repeated synthetic division."""
    entries = [jnp.ones_like(shift), *a]
    for last in range(len(a), 0, -1):
        for k in range(1, last + 1):
            entries[k] = entries[k] - shift * entries[k - 1]
    return entries[1:]


def first_column_positive(a: Coefficients) -> Bool[Array, "..."]:
    """Routh's verdict; past the first entry that is not positive any divisor will do."""
    stable = jnp.ones_like(a[0], dtype=bool)
    above, row = [jnp.ones_like(a[0]), *a[1::2]], a[0::2]
    while row:
        positive = row[0] > 0
        stable &= positive
        ratio = above[0] / jnp.where(positive, row[0], 1.0)
        below = [u - ratio * r for u, r in zip(above[1:], row[1:], strict=False)]
        above, row = row, below + above[len(row) :]
    return stable


def hurwitz_indices(n: int, highest: np.ndarray | int) -> np.ndarray:
    """Return 2 l - k in row l, column k, and `ZERO` where that is outside 0..highest."""
    row, column = np.indices((n, n)) + 1
    index = 2 * row - column
    return np.where((index >= 0) & (index <= highest), index, ZERO)


def gather(coefficients: Float[Array, "*batch n"], index: np.ndarray) -> Float[Array, "..."]:
    """Return a_index, with a_0 = 1, and 0 for the index `ZERO`."""
    first = coefficients[..., :1]
    padded = [jnp.ones_like(first), coefficients, jnp.zeros_like(first)]
    return jnp.concatenate(padded, axis=-1)[..., index]
