"""Elementary functions that XLA fuses well: reciprocal, square root, logarithm, bounds.

XLA considers a division or a square root expensive: wherever its result is used twice, XLA stores
it in memory and starts a new kernel. The elementwise path would be cut into so many kernels that
memory bandwidth would limit it. A cheap operation that changes nothing, but that XLA cannot remove,
placed between the expensive one and its uses keeps all in one kernel.
"""

import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int
from numpy.polynomial import Chebyshev, Polynomial

Real = Float[Array, "..."]
Number = Real | float | int


# Read as an integer, the bits of a positive number are a piecewise linear logarithm of it, so a
# difference of integers is a quotient of numbers. These constants make the largest relative error
# of the first guess smallest: 5 % for 1/x, 3.5 % for 1/sqrt(x). A Newton step squares the error
# (times 1 and 3/2), so four leave 2e-21 and 1e-20: only rounding remains.
_RECIPROCAL_SEED = {"float64": 0x7FDE623822FC16E6, "float32": 0x7EF311C7}
_ROOT_SEED = {"float64": 0x5FE6EB50C7B537A9, "float32": 0x5F375A86}
_NEWTON_STEPS = 4


@jax.custom_jvp
def reciprocal(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """Reciprocal 1/x, for use in several places; at most the largest finite number.

    >>> import jax.numpy as jnp
    >>> reciprocal(jnp.array([4.0, -0.1]))
    Array([  0.25, -10.  ], dtype=float64)
    """
    return jnp.minimum(1 / x, float(jnp.finfo(x.dtype).max))


@reciprocal.defjvp
def _reciprocal_jvp(primals, tangents):
    value = newton_reciprocal(*primals)
    return value, -(value * value) * tangents[0]


@jax.custom_jvp
def newton_reciprocal(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """Reciprocal 1/x to two units in the last place, for 1e-307 < abs(x) < 1e307, by Newton steps.

    The results of a gradient are columns of one array (`jaxcom.xla.fusion.in_one_kernel`), and
    into such a kernel XLA fuses no division, not even one whose result is used once.

    >>> import jax.numpy as jnp
    >>> newton_reciprocal(jnp.array([4.0, -0.1]))
    Array([  0.25, -10.  ], dtype=float64)
    """
    guess = _from_bits(_constant(_RECIPROCAL_SEED, x) - _bits(x), x)
    for _ in range(_NEWTON_STEPS):
        guess = guess * (2 - x * guess)
    return guess


@newton_reciprocal.defjvp
def _newton_reciprocal_jvp(primals, tangents):
    value = newton_reciprocal(*primals)
    return value, -(value * value) * tangents[0]


@jax.custom_jvp
def root_or_zero(x: Float[Array, "..."], error: Float[Array, "..."]) -> Float[Array, "..."]:
    """Square root of x where x > 0, elsewhere 0; its derivative is NaN where x <= error.

    There x may be 0 but for rounding, and the derivative is infinite or does not exist.

    >>> import jax, jax.numpy as jnp
    >>> slope = jax.vmap(jax.grad(root_or_zero), (0, None))
    >>> slope(jnp.array([-1.0, 1e-30, 0.25]), 1e-28)
    Array([nan, nan,  1.], dtype=float64)
    """
    positive = x > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, x, 1)), 0)


@root_or_zero.defjvp
def _root_or_zero_jvp(primals, tangents):
    x, error = primals
    positive = x > 0
    inverse = _newton_reciprocal_root(jnp.where(positive, x, 1))
    root = jnp.where(positive, x * inverse, 0)
    return root, jnp.where(x > error, 0.5 * inverse, jnp.nan) * tangents[0]


@jax.custom_jvp
def _newton_reciprocal_root(x: Float[Array, "..."]) -> Float[Array, "..."]:
    half = lax.shift_right_logical(_bits(x), jnp.ones_like(_bits(x)))
    guess = _from_bits(_constant(_ROOT_SEED, x) - half, x)
    for _ in range(_NEWTON_STEPS):
        guess = guess * (1.5 - (0.5 * x * guess) * guess)
    return guess


@_newton_reciprocal_root.defjvp
def _newton_reciprocal_root_jvp(primals, tangents):
    value = _newton_reciprocal_root(*primals)
    return value, -0.5 * (value * (value * value)) * tangents[0]


def _bits(x: Float[Array, "..."]) -> Int[Array, "..."]:
    return lax.bitcast_convert_type(x, jnp.int32 if x.dtype == jnp.float32 else jnp.int64)


def _from_bits(bits: Int[Array, "..."], like: Float[Array, "..."]) -> Float[Array, "..."]:
    return lax.bitcast_convert_type(bits, like.dtype)


def _constant(by_type: dict[str, int], like: Float[Array, "..."]) -> Int[Array, ""]:
    return jnp.asarray(by_type[like.dtype.name], _bits(like).dtype)


@jax.custom_jvp
def log(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """Natural logarithm of positive, finite, normal x, NaN where x is not positive.

    The error is at most two units in the last place of max(1, |ln x|).

    With x = m 2^k and m about 1, ln x = k ln 2 + 2 artanh s, s = (m - 1)/(m + 1), |s| < 0.172,
    and a polynomial for artanh. XLA's own logarithm takes twice as long, and at the end of a long
    kernel that of jax 0.12.0.1 takes minutes to compile for CPUs.

    >>> import jax.numpy as jnp
    >>> log(jnp.array([1.0, 10.0]))
    Array([0.        , 2.30258509], dtype=float64)
    """
    bits = _bits(x)
    digits = jnp.asarray(jnp.finfo(x.dtype).nmant, bits.dtype)
    k = lax.shift_right_arithmetic(bits - _bits(jnp.asarray(math.sqrt(0.5), x.dtype)), digits)
    m = _from_bits(bits - lax.shift_left(k, digits), x)
    s = (m - 1) * reciprocal(m + 1)
    series = _polynomial(_ARTANH, s * s)
    logarithm = k.astype(x.dtype) * math.log(2) + 2 * (s + s * (s * s) * series)
    return jnp.where(x > 0, logarithm, jnp.nan)


@log.defjvp
def _log_jvp(primals, tangents):
    return log(*primals), reciprocal(*primals) * tangents[0]


def _artanh_series(w: np.ndarray) -> np.ndarray:
    """Series (artanh(s) / s - 1) / s^2 = 1/3 + w/5 + w^2/7 + ... at w = s^2 < 0.03."""
    return np.polyval([1 / n for n in range(25, 2, -2)], w)


# Interpolated at Chebyshev points; its error, 1e-16 of 1/3, enters the logarithm times w.
_ARTANH = (
    Chebyshev.interpolate(_artanh_series, 6, domain=[0, (math.sqrt(2) - 1) ** 4])
    .convert(kind=Polynomial)
    .coef.tolist()
)


def _polynomial(coefficients: Sequence[float], x: Real) -> Number:
    """Polynomial c_0 + c_1 x + c_2 x^2 + ... by Estrin's scheme, whose terms are independent."""
    terms: list[Number] = list(coefficients)
    while len(terms) > 1:
        unpaired = terms[len(terms) // 2 * 2 :]
        terms = [a + b * x for a, b in zip(terms[::2], terms[1::2], strict=False)] + unpaired
        x = x * x
    return terms[0]


def reciprocal_power_of_two(x: Real) -> Real:
    """2^-k for single-precision x with 2^k <= |x| < 2^(k+1), from the bits of its exponent.

    Subtracted from those of 2^127 they are the bits of the reciprocal.

    >>> import jax.numpy as jnp
    >>> reciprocal_power_of_two(jnp.array([0.3, 5.0], jnp.float32))
    Array([4.  , 0.25], dtype=float32)
    """
    exponent = lax.bitcast_convert_type(x, jnp.int32) & 0x7F800000
    return lax.bitcast_convert_type(0x7F000000 - exponent, jnp.float32)


def cube_root_bound(x: Real) -> Real:
    """Upper bound of the cube root of x >= 0, at most 1.13 times it, from a third of its bits.

    Read as an integer, the bits of a float are a piecewise linear logarithm of it.

    >>> import jax.numpy as jnp
    >>> cube_root_bound(jnp.array([8.0, 27.0])).round(2)
    Array([2.08, 3.23], dtype=float64)
    """
    bits = lax.bitcast_convert_type(x.astype(jnp.float32), jnp.int32).astype(jnp.float32)
    third = (bits * jnp.float32(1 / 3) + jnp.float32(709_921_077)).astype(jnp.int32)
    bound = 1.06 * lax.bitcast_convert_type(third, jnp.float32).astype(x.dtype)
    return jnp.where(x < 1e38, bound, x)  # beyond floats, x itself is a bound


def smallest_normal(x: Real) -> float:
    """Smallest positive normal number in the precision of x."""
    return float(jnp.finfo(x.dtype).tiny)


def lowest_if_nan(x: Real) -> Real:
    """Values with minus infinity, below every number, in place of NaN.

    >>> lowest_if_nan(jnp.array([1.0, jnp.nan]))
    Array([  1., -inf], dtype=float64)
    """
    return jnp.where(jnp.isnan(x), -jnp.inf, x)
