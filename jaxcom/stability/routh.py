r"""Routh-Hurwitz criterion for the stability of a linear system (S3 B).

A linear system du/dt = A u is asymptotically stable if and only if every eigenvalue of its drift A
has a negative real part. With the characteristic polynomial

$$
p(s) = \det(s - A) = s^n + a_1 s^{n-1} + \dots + a_n
$$

this holds if and only if all leading minors theta_k of the Hurwitz matrix are positive (S3.17), or
equivalently, with fewer operations, if the first column of Routh's array is positive.

Next to an edge of stability the array loses as many digits as the margin is smaller than the
coefficients. For the model of the paper `jaxcom.closed_form.is_stable` does not.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxcom.stability.characteristic import faddeev_leverrier

Coefficients = list[Float[Array, "..."]]
"""a_1, ..., a_n as separate arrays: operations on whole arrays compile to vectorized code."""


def routh_hurwitz_coefficients(drift: Float[Array, "*batch n n"]) -> Float[Array, "*batch n"]:
    """Coefficients a_1, ..., a_n of det(s - A), computed from the matrix itself.

    They replace S3.14-16, whose printed a_4, a_5 and a_6 contradict Eq. (6).

    Args:
        drift: drift matrices A of shape (..., n, n), in any unit.

    Returns:
        Coefficients of shape (..., n), a_k in the unit of A to the power k.

    >>> import jax.numpy as jnp
    >>> from jaxcom.stability import routh_hurwitz_coefficients
    >>> routh_hurwitz_coefficients(jnp.array([[0.0, 1.0], [-4.0, -3.0]]))
    Array([3., 4.], dtype=float64)
    """
    return faddeev_leverrier(drift)[0]


def hurwitz_matrix(coefficients: Float[Array, "*batch n"]) -> Float[Array, "*batch n n"]:
    r"""Hurwitz matrix of a polynomial, with a_(2 l - k) in row l, column k (S3.17).

    $$
    H = \begin{pmatrix} a_1 & 1 & 0 & 0 & \cdots \\ a_3 & a_2 & a_1 & 1 & \cdots \\
    a_5 & a_4 & a_3 & a_2 & \cdots \\ \vdots & \vdots & \vdots & \vdots & \ddots \end{pmatrix}
    $$

    Here a_0 = 1, and a_j = 0 for j < 0 and j > n.

    Args:
        coefficients: a_1, ..., a_n, of shape (..., n).

    Returns:
        Matrices of shape (..., n, n).

    >>> import jax.numpy as jnp
    >>> from jaxcom.stability import hurwitz_matrix
    >>> hurwitz_matrix(jnp.array([2.0, 3.0, 4.0]))
    Array([[2., 1., 0.],
           [4., 3., 2.],
           [0., 0., 4.]], dtype=float64)
    """
    n = coefficients.shape[-1]
    first = coefficients[..., :1]
    padded = [jnp.ones_like(first), coefficients, jnp.zeros_like(first)]  # a_0, ..., a_n, 0
    row, column = np.indices((n, n)) + 1
    index = 2 * row - column
    index = np.where((index >= 0) & (index <= n), index, n + 1)
    return jnp.concatenate(padded, axis=-1)[..., index]


@jax.jit
def is_hurwitz(coefficients: Float[Array, "*batch n"]) -> Bool[Array, "*batch"]:
    r"""Whether all zeros of p(s) have negative real parts, by Routh's array.

    Each row of the array follows from the two above it,

    $$
    r_{k+1,j} = r_{k-1,j+1} - \frac{r_{k-1,1}}{r_{k,1}} \, r_{k,j+1},
    $$

    starting from (1, a_2, a_4, ...) and (a_1, a_3, ...). All entries r_(k,1) = theta_k/theta_(k-1)
    of the first column must be positive. The evaluation is elementwise in the coefficients, without
    branches and without LAPACK, and therefore cheap on grids.

    Args:
        coefficients: a_1, ..., a_n, of shape (..., n), with a_k in any unit to the power k.

    Returns:
        True where stable; False for marginal systems and where a coefficient is NaN.

    >>> import jax.numpy as jnp
    >>> from jaxcom.stability import is_hurwitz
    >>> is_hurwitz(jnp.array([[2.0, 3.0, 4.0], [2.0, 3.0, 6.0], [2.0, 3.0, jnp.nan]]))
    Array([ True, False, False], dtype=bool)
    """
    return first_column_positive([coefficients[..., k] for k in range(coefficients.shape[-1])])


def decays_faster(
    coefficients: Float[Array, "*batch n"], rate: float | Float[Array, "..."]
) -> Bool[Array, "..."]:
    """Whether all zeros of p(s) have real parts below -rate, by Routh's array of p(s - rate).

    The result is that of a comparison with `slowest_mode`, at about a hundredth of the cost.

    Args:
        coefficients: a_1, ..., a_n, of shape (..., n), with a_k in any unit to the power k.
        rate: required stability margin in that unit; broadcasts against the batch.

    Returns:
        True where the margin of stability exceeds `rate`; False where a value is NaN.

    >>> import jax.numpy as jnp
    >>> from jaxcom.stability import decays_faster
    >>> decays_faster(jnp.array([3.0, 6.0, 8.0]), jnp.array([0.49, 0.51]))
    Array([ True, False], dtype=bool)
    """
    a = [coefficients[..., k] for k in range(coefficients.shape[-1])]
    shift = jnp.asarray(rate, coefficients.dtype)
    return first_column_positive(shifted_polynomial(a, shift))


def boundary_functions(
    coefficients: Float[Array, "*batch n"], rate: float | Float[Array, "..."]
) -> tuple[Float[Array, "*batch"], Float[Array, "*batch"]]:
    r"""Two smooth functions, of which one vanishes where a zero of p(s) leaves Re s < -rate.

    A single zero leaves where p(-rate) vanishes. A complex pair leaves where the last but one
    Hurwitz minor of p(s - rate) does; it is returned times minors that are positive, from Routh's
    array without divisions. Where p(s - rate) is Hurwitz, both are positive. Unlike the margin they
    are polynomials, also where two zeros meet.

    Args:
        coefficients: a_1, ..., a_n, of shape (..., n), n at least 2.
        rate: distance of the boundary from the imaginary axis; broadcasts against the batch.

    Returns:
        Both functions.

    >>> import jax.numpy as jnp
    >>> from jaxcom.stability.routh import boundary_functions
    >>> a = jnp.array([3.0, 6.0, 8.0])  # p(s) = (s + 2) (s^2 + s + 4): a pair at -0.5 +- 1.94 i
    >>> for rate in (0.0, 0.5, 1.0):
    ...     print(*(f"{float(each):.3f}" for each in boundary_functions(a, rate)))
    8.000 10.000
    5.625 0.000
    4.000 -4.000
    """
    a = [coefficients[..., k] for k in range(coefficients.shape[-1])]
    a = shifted_polynomial(a, jnp.asarray(rate, coefficients.dtype))
    above, row = [jnp.ones_like(a[0]), *a[1::2]], a[0::2]
    for _ in range(len(a) - 2):
        below = [row[0] * u - above[0] * r for u, r in zip(above[1:], row[1:], strict=False)]
        below += [row[0] * u for u in above[len(row) :]]
        above, row = row, below
    return a[-1], row[0]


def shifted_polynomial(a: Coefficients, shift: Float[Array, "..."]) -> Coefficients:
    """Coefficients of p(s - shift), by repeated synthetic division."""
    entries = [jnp.ones_like(shift), *a]
    for last in range(len(a), 0, -1):
        for k in range(1, last + 1):
            entries[k] = entries[k] - shift * entries[k - 1]
    return entries[1:]


def first_column_positive(a: Coefficients) -> Bool[Array, "..."]:
    """Whether all entries in the first column of Routh's array are positive.

    After the first entry that is not, the result is settled and rows are divided by 1.
    """
    stable = jnp.ones_like(a[0], dtype=bool)
    above, row = [jnp.ones_like(a[0]), *a[1::2]], a[0::2]
    while row:
        positive = row[0] > 0
        stable &= positive
        ratio = above[0] / jnp.where(positive, row[0], 1.0)
        below = [u - ratio * r for u, r in zip(above[1:], row[1:], strict=False)]
        above, row = row, below + above[len(row) :]
    return stable
