"""The slowest mode of a linear system: the zero of det(s - A) with the largest real part."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from jaxcom.stability.routh import Coefficients, first_column_positive, shifted


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


_HALVINGS = 30  # of the range of the margin; Newton's method does the rest
_NEWTON_STEPS = 3


def _located_mode(a: Coefficients) -> Complex[Array, "..."]:
    """The zero itself, of two candidates that where Newton's step is the shorter."""
    sizes = [jnp.abs(each) ** (1 / (k + 1)) for k, each in enumerate(a)]
    reach = 2 * jnp.stack(sizes).max(axis=0)  # all zeros are within it (Fujiwara)

    def halve(_, ends):
        low, high = ends
        middle = (low + high) / 2
        below = first_column_positive(shifted(a, middle))
        return jnp.where(below, middle, low), jnp.where(below, high, middle)

    low, high = jax.lax.fori_loop(0, _HALVINGS, halve, (-reach, a[0] / len(a)))
    shift = (low + high) / 2
    single = jax.lax.complex(-shift, jnp.zeros_like(shift))
    pair = jax.lax.complex(-shift, _frequency(shifted(a, shift)))
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
