"""Is there a steady state? The criterion of Routh and Hurwitz (S3 B), and the distance to it.

A linear system du/dt = A u settles if and only if every eigenvalue of its drift A has a negative
real part. With p(s) = det(s - A) = s^n + a_1 s^(n-1) + ... + a_n that is so if and only if all
leading minors theta_k of the Hurwitz matrix are positive (S3.17), or, the same in fewer
operations, the first column of Routh's array.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Complex, Float

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
    return _first_column_positive([coefficients[..., k] for k in range(coefficients.shape[-1])])


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


@jax.jit
def slowest_mode(
    coefficients: Float[Array, "*batch n"],
) -> tuple[Float[Array, "*batch"], Float[Array, "*batch"]]:
    """Return the zero of p(s) with the largest real part, without LAPACK.

    p(s - m) is Hurwitz as long as m is below the margin, which is halved in on by Routh's array.
    There the row of s^1 vanishes or a_n does, for a pair of zeros or a single one; the row above
    tells the frequency of the pair, and Newton's method takes the zero to rounding. Elementwise,
    for batches on any device. Derivatives are implicit, ds = -dp/p'(s).

    Args:
        coefficients: a_1, ..., a_n, with a_k in a unit to the k.

    Returns:
        Its growth rate, minus the margin of stability, and its frequency, not negative; in that
        unit. NaN where a coefficient is. Where p has several such zeros, one of them.

    Examples:
        >>> import jax.numpy as jnp
        >>> from jaxcom.stability import slowest_mode
        >>> growth, frequency = slowest_mode(jnp.array([3.0, 6.0, 8.0]))  # (s + 2) (s^2 + s + 4)
        >>> print(f"{growth:.6f} {frequency:.6f}")
        -0.500000 1.936492
    """
    a = [coefficients[..., k] for k in range(coefficients.shape[-1])]
    mode = _along_mode(_located_mode([jax.lax.stop_gradient(each) for each in a]), a)
    return mode.real, mode.imag


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
    return _first_column_positive(_shifted(a, shift))


_HALVINGS = 30  # of the range of the margin; Newton's method does the rest
_NEWTON_STEPS = 3

Coefficients = list[Float[Array, "..."]]
"""a_1, ..., a_n, an array each: as long vectors, which is what compilers make fast."""


def _located_mode(a: Coefficients) -> Complex[Array, "..."]:
    """The zero itself, of two candidates that where Newton's step is the shorter."""
    sizes = [jnp.abs(each) ** (1 / (k + 1)) for k, each in enumerate(a)]
    reach = 2 * jnp.stack(sizes).max(axis=0)  # all zeros are within it (Fujiwara)

    def halve(_, ends):
        low, high = ends
        middle = (low + high) / 2
        below = _first_column_positive(_shifted(a, middle))
        return jnp.where(below, middle, low), jnp.where(below, high, middle)

    low, high = jax.lax.fori_loop(0, _HALVINGS, halve, (-reach, a[0] / len(a)))
    shift = (low + high) / 2
    single = jax.lax.complex(-shift, jnp.zeros_like(shift))
    pair = jax.lax.complex(-shift, _frequency(_shifted(a, shift)))
    steps = [jnp.abs(_newton_step(a, s)) for s in (single, pair)]
    mode = jnp.where(steps[1] < steps[0], pair, single)
    return jax.lax.fori_loop(0, _NEWTON_STEPS, lambda _, s: s - _newton_step(a, s), mode)


@jax.custom_jvp
def _along_mode(mode: Complex[Array, "..."], a: Coefficients) -> Complex[Array, "..."]:
    """The zero itself; to derivatives, the zero as a function of the coefficients."""
    return mode


@_along_mode.defjvp
def _along_mode_jvp(primals, tangents):
    mode, a = _along_mode(*primals), primals[1]
    change = _horner([jnp.zeros_like(a[0]), *tangents[1]], mode)
    return mode, -change / _slope(a, mode)


def _shifted(a: Coefficients, shift: Float[Array, "..."]) -> Coefficients:
    """The coefficients of p(s - shift), by repeated synthetic division."""
    entries = [jnp.ones_like(shift), *a]
    for last in range(len(a), 0, -1):
        for k in range(1, last + 1):
            entries[k] = entries[k] - shift * entries[k - 1]
    return entries[1:]


def _first_column_positive(a: Coefficients) -> Bool[Array, "..."]:
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


def _frequency(a: Coefficients) -> Float[Array, "..."]:
    """Of zeros +-i f of p, from the row of s^2 in Routh's array, c s^2 + d; 0 if there are none."""
    above, row = [jnp.ones_like(a[0]), *a[1::2]], a[0::2]
    for _ in range(len(a) - 2):
        below = [u - above[0] / row[0] * r for u, r in zip(above[1:], row[1:], strict=False)]
        above, row = row, below + above[len(row) :]
    if len(a) < 2:
        return jnp.zeros_like(a[0])
    return jnp.nan_to_num(jnp.sqrt(jnp.maximum(above[1] / above[0], 0.0)))


def _newton_step(a: Coefficients, s: Complex[Array, "..."]) -> Complex[Array, "..."]:
    return _horner([jnp.ones_like(a[0]), *a], s) / _slope(a, s)


def _slope(a: Coefficients, s: Complex[Array, "..."]) -> Complex[Array, "..."]:
    """p'(s)."""
    n = len(a)
    entries = [jnp.full_like(a[0], n), *((n - 1 - k) * each for k, each in enumerate(a[:-1]))]
    return _horner(entries, s)


def _horner(entries: Coefficients, s: Complex[Array, "..."]) -> Complex[Array, "..."]:
    """The polynomial with these coefficients, the highest first."""
    value = jnp.zeros_like(s)
    for entry in entries:
        value = value * s + entry.astype(s.dtype)
    return value


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
