"""All real roots of the mean-field equation, elementwise and with a fixed amount of work.

In units of kappa, with u = x / kappa the shift sought and z = u - m, Eq. (7) is the quintic

    p(u) = u [(z^2 + 1 - r)^2 + 4 r] - sigma [(z + d)^2 + 1 + j],

    m = Delta_c / kappa,   d = split / kappa,   j = (J / kappa)^2,   r = d^2 + j,
    sigma = drive / kappa^3,

which is smooth at J = 0 and d = 0. Its real roots lie between 0 (where p <= 0) and
max(0, m + sqrt(r)) + min(sigma, cbrt(sigma)) (where p >= 0): to the right of the upper supermode,
at z = sqrt(r), the Lorentzians of the mean field fall, so that u <= sigma / (1 + (z - sqrt(r))^2).
The inflection points part that interval into pieces where p' is monotone; the zeros of p' in them
part it into five brackets where p is monotone: rising, falling, rising, falling, rising. Brackets
that do not exist are empty. So the number of roots is a count of sign changes, and each root a
search in a bracket of its own.
"""

from collections.abc import Callable
from operator import itemgetter
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxcom.rates import Rates

BRANCHES = 5
# Over 10^6 designs with kappa from 1e-3 to 10 omega_m and shifts up to 1e7 kappa, 20 steps each
# change no count and no root by more than 1e-13.
CUBIC_STEPS, CRITICAL_STEPS, ROOT_STEPS = 6, 4, 10

Real = Float[Array, "..."]
Expansion = tuple[Real, Real, Real]  # a function's value, first and second derivative


class Quintic(NamedTuple):
    """Coefficients of p, in units of kappa."""

    m: Real
    d: Real
    sigma: Real
    r: Real
    j: Real


class Bracket(NamedTuple):
    """An interval on which a function is monotone; entries may be stacked along a leading axis.

    `slope` is +1 where the function rises and -1 where it falls; `flat_low` and `flat_high` say
    whether its derivative vanishes at that end.
    """

    low: Real
    high: Real
    slope: Real
    flat_low: Bool[Array, "..."]
    flat_high: Bool[Array, "..."]


def quintic(rates: Rates) -> Quintic:
    """The mean-field quintic of the rates."""
    k = 1 / rates.kappa
    d, j = rates.split * k, (rates.backscattering * k) ** 2
    return Quintic(m=rates.detuning * k, d=d, sigma=rates.drive * k**3, r=d * d + j, j=j)


def brackets(p: Quintic) -> Bracket:
    """The five brackets of p along the leading axis, ascending; some may be empty."""
    low = jnp.zeros_like(p.m)
    high = jnp.maximum(low, p.m + jnp.sqrt(p.r)) + jnp.minimum(p.sigma, jnp.cbrt(p.sigma))
    bends = [jnp.clip(bend, low, high) for bend in _inflections(p)]
    pieces = _between([low, *bends, high], first_slope=-1.0)
    turns = _zero_in(lambda u: _expand_slope(p, u), pieces, CRITICAL_STEPS)
    return _between([low, *turns, high], first_slope=1.0)


def occupied(p: Quintic, pieces: Bracket) -> Bool[Array, "5 ..."]:
    """Which brackets hold a root; p counts as negative at 0 and as positive at the far end."""
    positive = expand(p, pieces.high[:-1])[0] >= 0
    edge = jnp.ones_like(positive[:1])
    return jnp.concatenate([~edge, positive]) != jnp.concatenate([positive, edge])


def all_roots(p: Quintic) -> tuple[Int[Array, "..."], Real]:
    """The number of real roots of p and the roots u, ascending along a leading axis of five.

    Where there are fewer, the rest is NaN.
    """
    pieces = brackets(p)
    held = occupied(p, pieces)
    rank = jnp.where(held, jnp.cumsum(held, axis=0) - 1, BRANCHES)
    found = _zero_in(lambda u: expand(p, u), pieces, ROOT_STEPS)
    order = [jnp.where(rank == k, found, 0.0).sum(axis=0) for k in range(BRANCHES)]
    count = held.sum(axis=0)
    return count, jnp.stack([jnp.where(count > k, root, jnp.nan) for k, root in enumerate(order)])


def root_of_branch(p: Quintic, branch: Int[Array, "..."]) -> tuple[Int[Array, "..."], Real]:
    """The number of real roots of p, and the one that `branch` counts to or NaN."""
    pieces = brackets(p)
    held = occupied(p, pieces)
    chosen, seen = jax.tree.map(itemgetter(0), pieces), jnp.zeros(p.m.shape, int)
    for k in range(BRANCHES):
        here = held[k] & (seen <= branch)
        chosen = _select(here, jax.tree.map(itemgetter(k), pieces), chosen)
        seen = seen + held[k].astype(int)
    root = _zero_in(lambda u: expand(p, u), chosen, ROOT_STEPS)
    return seen, jnp.where((branch >= 0) & (branch < seen), root, jnp.nan)


def _select(condition: Bool[Array, "..."], chosen: Bracket, other: Bracket) -> Bracket:
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), chosen, other)


def expand(p: Quintic, u: Real) -> Expansion:
    """p, p' and p'' at u, in factored form: u keeps its relative accuracy near 0."""
    m, d, sigma, r, j = (jnp.broadcast_to(entry, u.shape) for entry in p)
    z = u - m
    v, w = z * z + (1 - r), z + d
    optics, optics1, optics2 = v * v + 4 * r, 4 * z * v, 4 * v + 8 * z * z
    value = u * optics - sigma * (w * w + 1 + j)
    slope = optics + u * optics1 - 2 * sigma * w
    return value, slope, 2 * optics1 + u * optics2 - 2 * sigma


def _expand_slope(p: Quintic, u: Real) -> Expansion:
    _, slope, bend = expand(p, u)
    m, r = jnp.broadcast_to(p.m, u.shape), jnp.broadcast_to(p.r, u.shape)
    z = u - m
    return slope, bend, 60 * z * z + 24 * m * z + 12 * (1 - r)


def _between(ends: list[Real], first_slope: float) -> Bracket:
    """Adjacent brackets of alternating slope, stacked; only the outermost ends are not flat."""
    count, shape = len(ends) - 1, ends[0].shape
    column = (count,) + (1,) * len(shape)
    place = jnp.broadcast_to(jnp.arange(count).reshape(column), (count, *shape))
    return Bracket(
        low=jnp.stack(ends[:-1]),
        high=jnp.stack(ends[1:]),
        slope=jnp.where(place % 2 == 0, first_slope, -first_slope),
        flat_low=place > 0,
        flat_high=place < count - 1,
    )


def _inflections(p: Quintic) -> tuple[Real, Real, Real]:
    """Zeros of p''/4 = 5 z^3 + 3 m z^2 + 3 (1 - r) z + m (1 - r) - sigma/2, ascending.

    With z = t - m/5 this is t^3 + 3 a t - 2 b = 0. The outermost zero has the sign of b and is
    found by Newton's method, which falls monotonically from a bound. What is left is a quadratic;
    complex zeros give way to their real part, a point that parts nothing.
    """
    h = p.m / 5
    a = (1 - p.r) / 5 - h * h
    b = p.sigma / 20 - h * (h * h + (1 - p.r) / 5)
    t = jnp.cbrt(2 * jnp.abs(b)) + jnp.sqrt(3 * jnp.maximum(-a, 0))
    for _ in range(CUBIC_STEPS):
        slope = 3 * (t * t + a)
        t = jnp.where(slope > 0, 2 * (t * t * t + jnp.abs(b)) / jnp.where(slope > 0, slope, 1), t)
    half = jnp.sqrt(3 * jnp.maximum(-a - t * t / 4, 0))
    outer = 4 * h + jnp.where(b < 0, -t, t)  # u = z + m = t + 4 h
    left = 4 * h - jnp.where(b < 0, -t, t) / 2 - half
    right = left + 2 * half
    return (
        jnp.minimum(outer, left),
        jnp.where(b < 0, left, right),
        jnp.maximum(outer, right),
    )


def _zero_in(function: Callable[[Real], Expansion], bracket: Bracket, steps: int) -> Real:
    """Zero of a monotone function in a fixed bracket; the nearer end where there is none.

    Each step solves the quadratic model of the function (Euler's method: third order), and a step
    that leaves the bracket goes halfway to the end it violates. The bracket itself never moves:
    rounding may give a value near the root either sign, and would then shut the root out.
    """
    low, high, slope = bracket.low, bracket.high, bracket.slope
    f_low, f_high = slope * function(low)[0], slope * function(high)[0]
    u = low + (high - low) * _start(f_low, f_high, bracket)

    def advance(_, u: Real) -> Real:
        f, f1, f2 = function(u)
        divisor = jnp.abs(f1) + jnp.sqrt(jnp.maximum(f1 * f1 - 2 * f * f2, 0))
        new = u - 2 * slope * f / jnp.where(divisor > 0, divisor, 1)
        return jnp.where(new < low, (u + low) / 2, jnp.where(new > high, (u + high) / 2, new))

    # Unrolled, XLA would recompute each step for every use of it: ten times slower.
    u = jax.lax.fori_loop(0, steps, advance, u)
    return jnp.where(f_low >= 0, low, jnp.where(f_high <= 0, high, u))


def _start(f_low: Real, f_high: Real, bracket: Bracket) -> Real:
    """Where to start between the ends of a bracket, from 0 to 1.

    A parabola where one end is flat, a cubic where both are: y = 3 t^2 - 2 t^3, inverted to a few
    percent from the nearer end.
    """
    rise = f_high - f_low
    y = jnp.clip(-f_low / jnp.where(rise > 0, rise, 1), 0, 1)
    near = jnp.minimum(y, 1 - y)
    cubic = jnp.sqrt(near / (3 - 2 * jnp.sqrt(near / 2)))
    both = jnp.where(y < 0.5, cubic, 1 - cubic)
    rising_only = jnp.where(bracket.flat_low, jnp.sqrt(y), 1 - jnp.sqrt(1 - y))
    return jnp.where(bracket.flat_low & bracket.flat_high, both, rising_only)
