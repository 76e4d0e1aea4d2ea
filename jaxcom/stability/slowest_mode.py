"""Slowest mode of a linear system: the zero of det(s - A) with the largest real part."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from jaxcom.stability.characteristic import faddeev_leverrier
from jaxcom.stability.routh import Coefficients, first_column_positive, shifted_polynomial
from jaxcom.xla.precision import power_of_two


@jax.jit
def margin(drift: Float[Array, "*batch n n"]) -> Float[Array, "*batch"]:
    r"""Stability margin of drift matrices, from their eigenvalues.

    $$
    m = -\max_k \operatorname{Re} \lambda_k(A)
    $$

    It is the rate at which the slowest perturbation decays, and negative if one grows. Derivatives
    of any order are those of the eigenvalue as a zero of det(s - A). Where two eigenvalues that are
    not a conjugate pair share the largest real part, they are those of one of them; where the
    eigenvalue is a double one (defective), it has none, and they are not finite. Eigenvalues are
    expensive on a grid: there, use `is_hurwitz`, `decays_faster` or `slowest_mode`.

    Args:
        drift: drift matrices A of shape (..., n, n).

    Returns:
        The margin in the unit of A (rad/s); NaN where A contains a NaN.

    >>> import jax.numpy as jnp
    >>> from jaxcom.stability import margin
    >>> margin(jnp.array([[0.0, 1.0], [-4.0, -3.0]]))  # eigenvalues -1.5 +- 1.32 i
    Array(1.5, dtype=float64)
    """
    spectrum = jnp.linalg.eigvals(jax.lax.stop_gradient(drift))
    place = jnp.argmax(spectrum.real, axis=-1)
    mode = jnp.take_along_axis(spectrum, place[..., None], axis=-1)[..., 0]
    unit = power_of_two(jnp.abs(drift).max(axis=(-2, -1)))
    coefficients, _ = faddeev_leverrier(drift / unit[..., None, None])
    a = [coefficients[..., k] for k in range(coefficients.shape[-1])]
    return -_along_mode(mode / unit.astype(mode.dtype), a).real * unit


@jax.jit
def slowest_mode(
    coefficients: Float[Array, "*batch n"],
) -> tuple[Float[Array, "*batch"], Float[Array, "*batch"]]:
    """Zero of p(s) with the largest real part, elementwise and without LAPACK.

    The margin m is found by bisection: p(s - m) is Hurwitz (tested with Routh's array) if and only
    if m is below it. At the margin either a_n = 0 (real zero) or the s^1 row vanishes (complex
    pair, whose frequency the preceding row gives). The zero is then refined by Newton iterations.
    Derivatives are implicit, ds = -dp/p'(s).

    Args:
        coefficients: a_1, ..., a_n, of shape (..., n), with a_k in any unit to the power k.

    Returns:
        Growth rate (minus the stability margin) and frequency, at least 0, of the zero, in that
        unit. NaN where a coefficient is NaN. Where several zeros share the largest real part, one
        of them.

    >>> import jax.numpy as jnp
    >>> from jaxcom.stability import slowest_mode
    >>> growth, frequency = slowest_mode(jnp.array([3.0, 6.0, 8.0]))  # (s + 2) (s^2 + s + 4)
    >>> print(f"{growth:.6f} {frequency:.6f}")
    -0.500000 1.936492
    """
    a = [coefficients[..., k] for k in range(coefficients.shape[-1])]
    mode = _along_mode(_locate_mode([jax.lax.stop_gradient(each) for each in a]), a)
    return mode.real, mode.imag


_BISECTIONS = 30  # Newton's method resolves the rest
_NEWTON_STEPS = 3


def _locate_mode(a: Coefficients) -> Complex[Array, "..."]:
    """Slowest zero: of the real and the complex candidate, the one with the smaller Newton step."""
    sizes = [jnp.abs(each) ** (1 / (k + 1)) for k, each in enumerate(a)]
    radius = 2 * jnp.stack(sizes).max(axis=0)  # all zeros are within it (Fujiwara's bound)

    def bisect(_, ends):
        low, high = ends
        middle = (low + high) / 2
        below = first_column_positive(shifted_polynomial(a, middle))
        return jnp.where(below, middle, low), jnp.where(below, high, middle)

    low, high = jax.lax.fori_loop(0, _BISECTIONS, bisect, (-radius, a[0] / len(a)))
    shift = (low + high) / 2
    single = jax.lax.complex(-shift, jnp.zeros_like(shift))
    pair = jax.lax.complex(-shift, _frequency(shifted_polynomial(a, shift)))
    steps = [jnp.abs(_newton_step(a, s)) for s in (single, pair)]
    mode = jnp.where(steps[1] < steps[0], pair, single)
    return jax.lax.fori_loop(0, _NEWTON_STEPS, lambda _, s: s - _newton_step(a, s), mode)


@jax.custom_jvp
def _along_mode(mode: Complex[Array, "..."], a: Coefficients) -> Complex[Array, "..."]:
    """Zero `mode`, unchanged, with the derivatives of a zero as a function of the coefficients."""
    return mode


@_along_mode.defjvp
def _along_mode_jvp(primals, tangents):
    mode, a = _along_mode(*primals), primals[1]
    change = _horner([jnp.zeros_like(a[0]), *tangents[1]], mode)
    return mode, -change / _slope(a, mode)


def _frequency(a: Coefficients) -> Float[Array, "..."]:
    """Frequency f of the zeros +-i f of p, from the s^2 row c s^2 + d of Routh's array; 0 if none.

    The rows are divided by their first entries of either sign, unlike those of
    `first_column_positive`.
    """
    above, row = [jnp.ones_like(a[0]), *a[1::2]], a[0::2]
    for _ in range(len(a) - 2):
        below = [u - above[0] / row[0] * r for u, r in zip(above[1:], row[1:], strict=False)]
        above, row = row, below + above[len(row) :]
    if len(a) < 2:
        return jnp.zeros_like(a[0])
    return jnp.nan_to_num(jnp.sqrt(jnp.maximum(above[1] / above[0], 0.0)))


def _newton_step(a: Coefficients, s: Complex[Array, "..."]) -> Complex[Array, "..."]:
    """Newton step p(s) / p'(s), to be subtracted from s."""
    return _horner([jnp.ones_like(a[0]), *a], s) / _slope(a, s)


def _slope(a: Coefficients, s: Complex[Array, "..."]) -> Complex[Array, "..."]:
    """Derivative p'(s)."""
    n = len(a)
    entries = [jnp.full_like(a[0], n), *((n - 1 - k) * each for k, each in enumerate(a[:-1]))]
    return _horner(entries, s)


def _horner(entries: Coefficients, s: Complex[Array, "..."]) -> Complex[Array, "..."]:
    """Polynomial with the given coefficients, highest power first, at s."""
    value = jnp.zeros_like(s)
    for entry in entries:
        value = value * s + entry.astype(s.dtype)
    return value
