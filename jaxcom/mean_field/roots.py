"""All real roots of the mean-field equation, elementwise and with a fixed amount of work.

In units of kappa, with u = x / kappa the shift sought and z = u - m, Eq. (7) is the quintic

    p(u) = u [(z^2 + 1 - r)^2 + 4 r] - sigma [(z + d)^2 + 1 + j],

    m = Delta_c / kappa,   d = split / kappa,   j = (J / kappa)^2,   r = d^2 + j,
    sigma = drive / kappa^3,

which is smooth at J = 0 and d = 0. Its real roots lie between 0 (where p <= 0) and
max(0, m + sqrt(r)) + min(sigma, cbrt(sigma)) (where p >= 0): to the right of the upper supermode,
at z = sqrt(r), the Lorentzians of the mean field fall, so that u <= sigma / (1 + (z - sqrt(r))^2).
The three inflection points part that interval into pieces where p' is monotone; the zeros of p' in
them, the turning points, part it into five brackets where p rises, falls, rises, falls and rises.
Brackets that do not exist are empty. So the number of roots is a count of changes of sign, and each
root a search in a bracket of its own. On a falling bracket a steady state is a saddle, not stable.

Two rules keep the chain in one kernel of XLA. It takes a division or a square root for expensive,
and cuts the kernel where the result of one is used twice: here each is used once. And a maximum
that respects NaN takes three instructions on CPUs, a comparison and a choice one: `at_least`.
"""

import itertools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, Int

from jaxcom.mean_field.branches import BRANCHES
from jaxcom.rates import Rates
from jaxcom.xla.elementary import (
    at_least,
    at_most,
    cube_root_bound,
    reciprocal_power_of_two,
    smallest_normal,
)
from jaxcom.xla.fusion import nan_where_nan

# Householder's steps to an inflection point, a turning point and, after Euler's, a root. With one
# fewer to a turning point the lowest root is missed just before its fold; with one of Euler's
# fewer, errors beyond rounding are no longer 1 in a million designs spread over decades of rates.
INFLECTION_STEPS, TURN_STEPS, LAST_STEPS = 2, 3, 2
LOWEST_STEPS, RISING_STEPS, ROOT_STEPS = 2, 4, 6

Real = Float[Array, "..."]
Expansion = tuple[Real, Real, Real, Real]  # f, f', f''/2 and f'''/6: Taylor's coefficients


class Quintic(NamedTuple):
    """Coefficients of p, in units of kappa."""

    m: Real
    d: Real
    sigma: Real
    r: Real
    j: Real


class Bracket(NamedTuple):
    """An interval where p is monotone and has no inflection point, so that it is flat at one end.

    `slope` is +1 where p rises and -1 where it falls; `flat_high` says which end is the flat one.
    """

    low: Real
    high: Real
    slope: Real | float
    flat_high: Bool[Array, "..."] | bool


def quintic(rates: Rates) -> Quintic:
    """The mean-field quintic of the rates."""
    k = 1 / rates.kappa
    d, j = rates.split * k, (rates.backscattering * k) ** 2
    return Quintic(m=rates.detuning * k, d=d, sigma=rates.drive * k**3, r=d * d + j, j=j)


def lowest_root(p: Quintic) -> Real:
    """The lowest real root of p: branch 0, which always exists.

    >>> import jaxcom as jc
    >>> from jaxcom.rates import normalized_rates
    >>> p = quintic(normalized_rates(jc.SpinningResonator(), jc.LEFT))
    >>> root = lowest_root(p)
    >>> abs(float(expand(p, root)[0])) < 1e-15
    True
    """
    return lowest_root_and_whether_alone(p)[0]


def lowest_root_and_whether_alone(p: Quintic) -> tuple[Real, Bool[Array, "..."]]:
    """The lowest real root of p, and whether it is certain that there is no other.

    There is none if p does not fall below 0 again once it has risen above it. Where p has a
    minimum it bends upward, so it lies above its tangents, and above the point where two meet.
    """
    first, second, third, end = _landscape(p)
    zero = jnp.zeros_like(end)
    peaks = _outer_turn(p, first, zero, slope=-1.0), _inner_turn(p, second, third, slope=-1.0)
    # Up to the bracket sought p is negative: the point of inflection before it will do as its end.
    candidates = (
        Bracket(zero, peaks[0], 1.0, True),
        _half(p, first, second, peaks[1], slope=1.0),
        Bracket(third, end, 1.0, False),
    )
    in_first, in_second = (expand(p, peak)[0] >= 0 for peak in peaks)
    chosen = _choose(in_first, candidates[0], _choose(in_second, *candidates[1:]))
    dips = _least_possible(p, first, second) < 0, _least_possible(p, third, end) < 0
    others = (in_first & (dips[0] | dips[1])) | (in_second & dips[1])
    return _search(p, chosen, LOWEST_STEPS), ~others


def rising_roots(p: Quintic) -> list[tuple[Bool[Array, "..."], Real]]:
    """Whether each of the three rising brackets holds a root, and the root: all that may be stable.

    A root that is not there is some number in the bracket.
    """
    return [(held, _search(p, b, RISING_STEPS)) for held, b in _brackets(p)[::2]]


def root_of_branch(p: Quintic, branch: Int[Array, "..."]) -> tuple[Int[Array, "..."], Real]:
    """The number of real roots of p, and the one that `branch` counts to or NaN."""
    brackets = _brackets(p)
    seen, chosen = jnp.zeros(p.m.shape, int), brackets[0][1]
    for held, bracket in brackets:
        chosen = _choose(held & (seen <= branch), bracket, chosen)
        seen = seen + held.astype(int)
    exists = (branch >= 0) & (branch < seen)
    return seen, jnp.where(exists, _search(p, chosen, ROOT_STEPS), jnp.nan)


def all_roots(p: Quintic) -> tuple[Int[Array, "..."], Real]:
    """The number of real roots of p and the roots u, ascending along a leading axis of five.

    Where there are fewer, the rest is NaN.
    """
    held, brackets = zip(*_brackets(p), strict=True)
    stacked = [jnp.stack(jnp.broadcast_arrays(*ends)) for ends in zip(*brackets, strict=True)]
    found = jax.vmap(lambda *bracket: _search(p, Bracket(*bracket), ROOT_STEPS, rolled=True))(
        *stacked
    )
    occupied = jnp.stack(held)
    rank = jnp.where(occupied, jnp.cumsum(occupied, axis=0) - 1, BRANCHES)
    order = [jnp.where(rank == k, found, 0.0).sum(axis=0) for k in range(BRANCHES)]
    count = occupied.sum(axis=0)
    roots = [jnp.where(count > k, root, jnp.nan) for k, root in enumerate(order)]
    return count, jnp.stack(roots)


def turning_points(p: Quintic) -> tuple[Real, Real, Real, Real]:
    """Where p turns down, up, down and up again, ascending.

    A pair that does not exist gives two points between which p does not fall.
    """
    return _turns(p, *_landscape(p))


def expand(p: Quintic, u: Real) -> Expansion:
    """Taylor's coefficients of p at u, in factored form: u keeps its relative accuracy near 0."""
    z = u - p.m
    v, pull = z * z + (1 - p.r), p.sigma * (z + p.d)
    optics, zv = v * v + 4 * p.r, z * v
    value = u * optics - (pull * (z + p.d) + p.sigma * (1 + p.j))
    slope = (optics - 2 * pull) + 4 * u * zv
    bend = 4 * zv + 2 * u * (v + 2 * z * z) - p.sigma
    return value, slope, bend, 2 * v + 4 * z * (z + u)


def _expand_slope(p: Quintic, u: Real) -> Expansion:
    """The same of p'; the fourth coefficient of p is 4 z + u."""
    _, slope, bend, third = expand(p, u)
    return slope, 2 * bend, 3 * third, 4 * (4 * (u - p.m) + u)


def _brackets(p: Quintic) -> list[tuple[Bool[Array, "..."], Bracket]]:
    """The five brackets in ascending order, and whether each holds a root.

    p counts as negative at 0 and as positive at the far end.
    """
    first, second, third, end = _landscape(p)
    zero = jnp.zeros_like(end)
    turns = _turns(p, first, second, third, end)
    brackets = (
        Bracket(zero, turns[0], 1.0, True),
        _half(p, turns[0], first, turns[1], slope=-1.0),
        _half(p, turns[1], second, turns[2], slope=1.0),
        _half(p, turns[2], third, turns[3], slope=-1.0),
        Bracket(turns[3], end, 1.0, False),
    )
    positive = [expand(p, turn)[0] >= 0 for turn in turns]
    held = [positive[0], *(a != b for a, b in itertools.pairwise(positive)), ~positive[3]]
    return list(zip(held, brackets, strict=True))


def _landscape(p: Quintic) -> tuple[Real, Real, Real, Real]:
    """The inflection points of p in ascending order, and the end beyond all roots.

    They are the zeros of p''/4 = 5 z^3 + 3 m z^2 + 3 (1 - r) z + m (1 - r) - sigma/2.

    With z = t - m/5 this is t^3 + 3 a t - 2 b = 0. The outermost zero has the sign of b and is
    found by Householder's method from a guess that is right where one term is small. What is left
    is a quadratic; complex zeros give way to their real part, a point that parts nothing.
    """
    end = at_least(p.m + jnp.sqrt(p.r), 0) + at_most(p.sigma, cube_root_bound(p.sigma))
    h = p.m / 5
    a = (1 - p.r) / 5 - h * h
    b = p.sigma / 20 - h * (h * h + (1 - p.r) / 5)
    size, left = 2 * jnp.abs(b), b < 0
    square = cube_root_bound(size) ** 2
    steep = jnp.sqrt(at_least(square - 3 * a, 0))
    t = jnp.maximum(
        jnp.where(a > 0, size / at_least(square + 3 * a, smallest_normal(size)), steep), 0
    )
    for _ in range(INFLECTION_STEPS):
        cubic = t * (t * t + 3 * a) - size, 3 * (t * t + a), 3 * t, jnp.ones_like(t)
        t = t - _householder(cubic, 1.0)
    # The maximum changes nothing; but the square root is used twice, and a maximum may be.
    half = jnp.maximum(jnp.sqrt(at_least(-3 * (a + t * t / 4), 0)), 0)
    outer = 4 * h + jnp.where(left, -t, t)  # u = z + m = t + 4 h
    middle = 4 * h + jnp.where(left, t, -t) / 2
    low, high = middle - half, middle + half
    bends = jnp.where(left, outer, low), jnp.where(left, low, high), jnp.where(left, high, outer)
    first, second, third = (at_most(at_least(bend, 0), end) for bend in bends)
    return first, second, third, end


def _turns(p: Quintic, first: Real, second: Real, third: Real, end: Real):
    return (
        _outer_turn(p, first, jnp.zeros_like(end), slope=-1.0),
        _inner_turn(p, first, second, slope=1.0),
        _inner_turn(p, second, third, slope=-1.0),
        _outer_turn(p, third, end, slope=1.0),
    )


def _outer_turn(p: Quintic, flat: Real, steep: Real, slope: float) -> Real:
    """The turning point between an outer inflection point, where p' is flat, and the end there."""
    f_flat, f_steep = _expand_slope(p, flat)[0], _expand_slope(p, steep)[0]
    share = at_least(-f_flat, 0) / at_least(f_steep - f_flat, smallest_normal(flat))
    start = flat + (steep - flat) * jnp.sqrt(share)
    if slope > 0:
        return _turn(p, flat, steep, slope, (f_flat, f_steep), start)
    return _turn(p, steep, flat, slope, (f_steep, f_flat), start)


def _inner_turn(p: Quintic, low: Real, high: Real, slope: float) -> Real:
    """The turning point between two inflection points, where p' has the form of 3 t^2 - 2 t^3."""
    f_low, f_high = _expand_slope(p, low)[0], _expand_slope(p, high)[0]
    rise = at_least(slope * (f_high - f_low), smallest_normal(high))
    share = jnp.minimum(at_least(-slope * f_low, 0) / rise, 1)
    near = at_most(share, 1 - share)
    # The inverse of that cubic near 0 and at 1/2, to 2 % in between.
    inverse = jnp.maximum(jnp.sqrt(near * (1 + near) / 3), 0)
    start = low + (high - low) * jnp.where(share < 0.5, inverse, 1 - inverse)
    return _turn(p, low, high, slope, (f_low, f_high), start)


def _turn(p: Quintic, low: Real, high: Real, slope: float, ends: tuple[Real, Real], u: Real):
    """The zero of p' between low and high, where p' has one slope; the nearer end if none."""
    for _ in range(TURN_STEPS):
        u = u - _householder(_expand_slope(p, u), slope)
        u = at_most(at_least(u, low), high)
    f_low, f_high = (slope * f for f in ends)
    return jnp.where(f_low >= 0, low, jnp.where(f_high <= 0, high, u))


def _least_possible(p: Quintic, low: Real, high: Real) -> Real:
    """A bound from below of p where it bends upward: where the tangents at the ends meet."""
    f_low, slope_low = expand(p, low)[:2]
    f_high, slope_high = expand(p, high)[:2]
    rise = at_least(slope_high - slope_low, smallest_normal(low))
    meet = (f_low * slope_high - f_high * slope_low + slope_low * slope_high * (high - low)) / rise
    return jnp.where(slope_low >= 0, f_low, jnp.where(slope_high <= 0, f_high, meet))


def _half(p: Quintic, low: Real, bend: Real, high: Real, slope: float) -> Bracket:
    """The part before or after the inflection point of a bracket, whichever holds the root."""
    before = slope * expand(p, bend)[0] >= 0
    return Bracket(jnp.where(before, low, bend), jnp.where(before, bend, high), slope, ~before)


def _choose(condition: Bool[Array, "..."], chosen: Bracket, other: Bracket) -> Bracket:
    return Bracket(*(jnp.where(condition, a, b) for a, b in zip(chosen, other, strict=True)))


def _search(p: Quintic, bracket: Bracket, steps: int, *, rolled: bool = False) -> Real:
    """The root in a bracket that holds one, from where the parabola through its ends has it.

    The bracket never moves: rounding may give a value near the root either sign, and would then
    shut the root out. Unrolled, the search is part of one kernel; where several results are made
    of the root, each would repeat it, and a loop does it once.
    """
    low, high, slope, flat_high = bracket
    f_low, f_high = slope * expand(p, low)[0], slope * expand(p, high)[0]
    beyond = at_least(jnp.where(flat_high, f_high, -f_low), 0)
    reach = (high - low) * jnp.sqrt(beyond / at_least(f_high - f_low, smallest_normal(high)))
    u = jnp.where(flat_high, high - reach, low + reach)

    def advance(method: Callable[[Expansion, Real | float], Real], steps: int, u: Real) -> Real:
        def step(_, u: Real) -> Real:
            return at_most(at_least(u - method(expand(p, u), slope), low), high)

        return lax.fori_loop(0, steps, step, u, unroll=not rolled)

    u = advance(_householder, LAST_STEPS, advance(_euler, steps, u))
    return nan_where_nan(u, p.m, p.d, p.sigma, p.j)


def _euler(f: Expansion, slope: Real | float) -> Real:
    """The way back from the zero of the quadratic model of f (Euler's method: third order).

    It knows folds, where two zeros are close, from afar. `slope` is the sign of f' at the zero.
    """
    value, first, second, _ = f
    discriminant = at_least(first * first - 4 * value * second, smallest_normal(value))
    return 2 * slope * value / (jnp.abs(first) + jnp.sqrt(discriminant))


def _householder(f: Expansion, slope: Real | float) -> Real:
    """The way back from the zero of f by Householder's method of fourth order, near that zero.

    The same order as two Newton steps, for one division.
    """
    value, first, second, third = _with_room(f) if f[0].dtype == jnp.float32 else f
    dividend = value * (first * first - value * second)
    divisor = first * (first * first - 2 * value * second) + value * value * third
    return slope * dividend / at_least(slope * divisor, smallest_normal(value))


def _with_room(f: Expansion) -> Expansion:
    """All coefficients over one power of two, the size of f or f': float32 cannot hold its cube."""
    scale = reciprocal_power_of_two(at_least(jnp.abs(f[0]), jnp.abs(f[1])))
    value, first, second, third = (scale * coefficient for coefficient in f)
    return value, first, second, third
