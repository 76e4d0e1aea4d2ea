"""Scalar arithmetic that XLA fuses well: reciprocal, logarithm, complex numbers, determinants.

XLA takes a division, a square root or a product of complex numbers for expensive: wherever the
result of one is needed twice, it goes to memory, and the kernel is cut in two. Of the whole chain
there would be so many pieces that memory would be the limit. So a cheap operation that changes
nothing, but that XLA cannot know to change nothing, stands between an expensive one and its several
uses: then all is one kernel. And complex numbers are pairs of real ones.
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
    """1/x for use in several places; never above the largest number.

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
    """1/x to two units in the last place, for 1e-307 < abs(x) < 1e307, without a division.

    A gradient's results become columns of one array (`jaxcom.xla.fusion`), which XLA takes for a
    repetition and into which it fuses no division, not even one that is used once.

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


def root_or_zero(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """sqrt(x) where x > 0; else 0, with derivative 0.

    >>> import jax
    >>> value, slope = jax.value_and_grad(root_or_zero)(0.0)
    >>> float(value), float(slope)
    (0.0, 0.0)
    """
    x = jnp.asarray(x)
    positive = x > 0
    return jnp.where(positive, _root(jnp.where(positive, x, 1)), 0)


@jax.custom_jvp
def _root(x: Float[Array, "..."]) -> Float[Array, "..."]:
    return jnp.sqrt(x)


@_root.defjvp
def _root_jvp(primals, tangents):
    inverse = _newton_reciprocal_root(*primals)
    return primals[0] * inverse, 0.5 * inverse * tangents[0]


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
    """ln(x) for positive, finite, normal x, to two units in the last place of max(1, |ln x|).

    With x = m 2^k and m about 1, ln x = k ln 2 + 2 artanh s, s = (m - 1)/(m + 1), |s| < 0.172,
    and a polynomial for artanh. The logarithm of XLA takes twice as long, and at the end of a long
    kernel that of jax 0.12.0.1 takes minutes to compile for CPUs. NaN where x is not positive.

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
    """(artanh(s) / s - 1) / s^2 at w = s^2 < 0.03: 1/3 + w/5 + w^2/7 + ..."""
    return np.polyval([1 / n for n in range(25, 2, -2)], w)


# Interpolated at Chebyshev's points; the error, 1e-16 of 1/3, is w times less in the logarithm.
_ARTANH = (
    Chebyshev.interpolate(_artanh_series, 6, domain=[0, (math.sqrt(2) - 1) ** 4])
    .convert(kind=Polynomial)
    .coef.tolist()
)


def _polynomial(coefficients: Sequence[float], x: Real) -> Number:
    """c_0 + c_1 x + c_2 x^2 + ... in pairs, and pairs of those (Estrin): few wait for others."""
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
    """A number from 1 to 1.13 times the cube root of x >= 0, by a third of its exponent.

    The bits of a float, read as an integer, are a piecewise linear logarithm of it.
    """
    bits = lax.bitcast_convert_type(x.astype(jnp.float32), jnp.int32).astype(jnp.float32)
    third = (bits * jnp.float32(1 / 3) + jnp.float32(709_921_077)).astype(jnp.int32)
    bound = 1.06 * lax.bitcast_convert_type(third, jnp.float32).astype(x.dtype)
    return jnp.where(x < 1e38, bound, x)  # beyond floats, x itself is a bound


def at_least(x: Real, bound: Real | float | int) -> Real:
    """The larger one, or the bound if x is NaN."""
    return jnp.where(x > bound, x, bound)


def at_most(x: Real, bound: Real | float | int) -> Real:
    """The smaller one, or the bound if x is NaN."""
    return jnp.where(x < bound, x, bound)


def smallest_normal(x: Real) -> float:
    """The smallest positive normal number of the precision of x."""
    return float(jnp.finfo(x.dtype).tiny)
