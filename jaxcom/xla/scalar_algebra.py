"""Complex numbers and small determinants over real scalars, which XLA fuses well.

XLA considers a product of complex numbers expensive and starts a new kernel where its result is
used twice. Here a complex number is a pair of real ones.
"""

import dataclasses
import functools
import operator
from collections.abc import Sequence

from jaxtyping import Array, Float

Real = Float[Array, "..."]
Number = Real | float | int
Minors = dict[tuple[int, int], Real]


@dataclasses.dataclass(frozen=True)
class Complex:
    """Complex number as a pair of real ones; combines with itself and with real numbers.

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
        """Complex conjugate."""
        return Complex(self.re, -self.im)

    def times_i(self) -> "Complex":
        """Product with the imaginary unit."""
        return Complex(-self.im, self.re)

    def abs2(self) -> Real:
        """Squared modulus."""
        return self.re * self.re + self.im * self.im


def minors(
    upper: Sequence[Real] | Float[Array, " n"], lower: Sequence[Real] | Float[Array, " n"]
) -> Minors:
    """Minors of two rows by their two columns, in ascending order.

    >>> import jax.numpy as jnp
    >>> minors(*jnp.array([[1.0, 2.0], [3.0, 4.0]]))
    {(0, 1): Array(-2., dtype=float64)}
    """
    n = len(upper)
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    return {(i, j): upper[i] * lower[j] - upper[j] * lower[i] for i, j in pairs}


def determinant(upper: Minors, lower: Minors, columns: tuple[int, int, int, int]) -> Real:
    """Determinant of four columns by Laplace expansion in minors of the upper and lower two rows.

    Minors that are left out count as zero. Nothing is divided, so no pivot can vanish.

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
