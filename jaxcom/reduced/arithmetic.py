"""Scalar arithmetic that XLA fuses well: reciprocal, complex numbers, 4 x 4 determinants.

XLA takes a product of complex numbers for expensive, and cuts a kernel in two wherever the result
of one is needed twice. So complex numbers are pairs of real ones here.
"""

import dataclasses
import functools
import operator
from collections.abc import Sequence

import jax.numpy as jnp
from jaxtyping import Array, Float

Real = Float[Array, "..."]
Number = Real | float | int
Minors = dict[tuple[int, int], Real]


def reciprocal(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """1/x, as a division: XLA does not fuse through it, which keeps compilation short.

    Newton steps from a bit-level seed would make one kernel of the whole chain, but XLA of jax
    0.12.0.1 spends minutes on compiling that for CPUs.

    >>> import jax.numpy as jnp
    >>> reciprocal(jnp.array([4.0, -0.1]))
    Array([  0.25, -10.  ], dtype=float64)
    """
    return 1 / x


def root_or_zero(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """sqrt(x) where x > 0; else 0, with derivative 0.

    >>> import jax
    >>> value, slope = jax.value_and_grad(root_or_zero)(0.0)
    >>> float(value), float(slope)
    (0.0, 0.0)
    """
    positive = x > 0
    safe = jnp.where(positive, x, 1.0)
    return jnp.where(positive, jnp.sqrt(safe), 0.0)


@dataclasses.dataclass(frozen=True)
class Complex:
    """A complex number as two real ones; combines with itself and with real numbers.

    >>> import jax.numpy as jnp
    >>> z = Complex(jnp.array(1.0), jnp.array(2.0))
    >>> float((3 - z * z.conj()).re)
    -2.0
    """

    re: Real
    im: Real

    def __add__(self, other: "Complex | Number") -> "Complex":
        if isinstance(other, Complex):
            return Complex(self.re + other.re, self.im + other.im)
        return Complex(self.re + other, self.im)

    __radd__ = __add__

    def __neg__(self) -> "Complex":
        return Complex(-self.re, -self.im)

    def __sub__(self, other: "Complex | Number") -> "Complex":
        return self + (-other)

    def __rsub__(self, other: Number) -> "Complex":
        return Complex(other - self.re, -self.im)

    def __mul__(self, other: "Complex | Number") -> "Complex":
        if not isinstance(other, Complex):
            return Complex(self.re * other, self.im * other)
        re = self.re * other.re - self.im * other.im
        return Complex(re, self.re * other.im + self.im * other.re)

    __rmul__ = __mul__

    def conj(self) -> "Complex":
        """Its complex conjugate."""
        return Complex(self.re, -self.im)

    def times_i(self) -> "Complex":
        """It times the imaginary unit."""
        return Complex(-self.im, self.re)

    def abs2(self) -> Real:
        """Its squared modulus."""
        return self.re * self.re + self.im * self.im


def minors(
    upper: Sequence[Real] | Float[Array, " n"], lower: Sequence[Real] | Float[Array, " n"]
) -> Minors:
    """The 2 x 2 minors of two rows, by their (ascending) columns.

    >>> import jax.numpy as jnp
    >>> minors(*jnp.array([[1.0, 2.0], [3.0, 4.0]]))
    {(0, 1): Array(-2., dtype=float64)}
    """
    n = len(upper)
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    return {(i, j): upper[i] * lower[j] - upper[j] * lower[i] for i, j in pairs}


def determinant(upper: Minors, lower: Minors, columns: tuple[int, int, int, int]) -> Real:
    """Determinant of four columns by Laplace's expansion: minors of the upper and lower two rows.

    Minors that are left out are zero. No division, so no pivot that could vanish.

    >>> import jax.numpy as jnp
    >>> rows = jnp.diag(jnp.array([2.0, 3.0, 5.0, 7.0])) + jnp.fliplr(jnp.eye(4))
    >>> determinant(minors(*rows[:2]), minors(*rows[2:]), (0, 1, 2, 3))
    Array(182., dtype=float64)
    """
    i, j, k, n = columns
    even = [((i, j), (k, n)), ((i, n), (j, k)), ((j, k), (i, n)), ((k, n), (i, j))]
    odd = [((i, k), (j, n)), ((j, n), (i, k))]

    def total(splits: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> Real:
        terms = [upper[p] * lower[q] for p, q in splits if p in upper and q in lower]
        return functools.reduce(operator.add, terms)

    return total(even) - total(odd)
