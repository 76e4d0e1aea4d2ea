r"""Real roots of the mean-field equation, Eq. (7), elementwise and with a fixed amount of work.

In units of kappa, with the shift u = x / kappa and z = u - m, Eq. (7) is the quintic

$$
p(u) = u \, [(z^2 + 1 - r)^2 + 4 r] - \sigma \, [(z + d)^2 + 1 + j] = 0,
$$

$$
m = \frac{\Delta_c}{\kappa}, \qquad d = \frac{\mathrm{split}}{\kappa}, \qquad
j = \frac{J^2}{\kappa^2}, \qquad r = d^2 + j, \qquad \sigma = \frac{\mathrm{drive}}{\kappa^3},
$$

which is smooth at J = 0 and d = 0. `jaxcom.mean_field.equation.residual` is the same polynomial in
units of omega_m, in the form that is differentiated: it equals kappa^5 p(x / kappa).

The real roots lie between 0, where p <= 0, and max(0, m + sqrt(r)) + min(sigma, cbrt(sigma)), where
p >= 0: above the upper supermode, z = sqrt(r), the Lorentzians of the mean field fall, so that
u <= sigma / (1 + (z - sqrt(r))^2). The three inflection points divide this interval into parts
where p' is monotone. The zeros of p' in them, the turning points, divide it into five brackets
where p rises, falls, rises, falls and rises; brackets that do not exist are empty. The number of
roots is therefore a number of sign changes, and each root is searched for in its own bracket. A
steady state on a falling bracket is a saddle and never stable.

The unknown is z: where shift and detuning are large and nearly equal, u has lost the digits of
their difference, on which all else depends.

XLA considers divisions and square roots expensive and splits its kernel where such a result is used
twice. Here each is used once, so that the search is part of one kernel.
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
    cube_root_bound,
    reciprocal,
    reciprocal_power_of_two,
    smallest_normal,
)

# Householder steps to an inflection point, to a turning point and, after the Euler steps, to a
# root. With one step fewer to a turning point, the lowest root is missed just before its fold; all
# turning points take two more where detuning and Sagnac shift are 1e7 kappa. With one Euler step
# fewer, errors beyond rounding occur in more than 1 of a million designs whose rates are spread
# over decades.
INFLECTION_STEPS, FIRST_TURN_STEPS, TURN_STEPS, LAST_STEPS = 2, 3, 5, 2
LOWEST_STEPS, RISING_STEPS, ROOT_STEPS = 2, 4, 6

Real = Float[Array, "..."]
Expansion = tuple[Real, Real, Real, Real]  # Taylor coefficients f, f', f''/2 and f'''/6


class Quintic(NamedTuple):
    """Coefficients of p in units of kappa; see the module docstring."""

    m: Real
    d: Real
    sigma: Real
    r: Real
    j: Real


class Bracket(NamedTuple):
    """Interval where p is monotone and has no inflection point inside; it is flat at one end.

    Attributes:
        low: lower end.
        high: upper end.
        slope: +1 where p rises, -1 where it falls.
        flat_high: whether the flat end is the upper one.
    """

    low: Real
    high: Real
    slope: Real | float
    flat_high: Bool[Array, "..."] | bool


def quintic(rates: Rates) -> Quintic:
    """Coefficients of the mean-field quintic for rates in units of omega_m.

    `jaxcom.mean_field.equation.residual` is kappa^5 times the value that `expand` returns for them.
    """
    k = 1 / rates.kappa
    d, j = rates.split * k, (rates.backscattering * k) ** 2
    return Quintic(m=rates.detuning * k, d=d, sigma=rates.drive * k**3, r=d * d + j, j=j)


def lowest_root(p: Quintic) -> Real:
    """Lowest real root z of p: branch 0, which always exists.

    >>> import jaxcom as jc
    >>> from jaxcom.rates import normalized_rates
    >>> p = quintic(normalized_rates(jc.SpinningResonator(), jc.LEFT))
    >>> z = lowest_root(p)
    >>> abs(float(expand(p, z)[0])) < 1e-15
    True
    """
    return lowest_root_and_whether_alone(p)[0]


def lowest_root_and_whether_alone(p: Quintic) -> tuple[Real, Bool[Array, "..."]]:
    """Lowest real root z of p, and whether it is certain that there is no other.

    There is no other if p does not fall below 0 again once it has risen above it. Around a minimum
    p is convex: it lies above its tangents, hence above the point where two of them intersect.
    """
    first, second, third, end = _landscape(p)
    bottom = -p.m
    peaks = (
        _outer_turn(p, first, bottom, slope=-1.0, steps=FIRST_TURN_STEPS),
        _inner_turn(p, second, third, slope=-1.0, steps=FIRST_TURN_STEPS),
    )
    # p is negative up to the bracket of the root, so the preceding inflection point can be its end.
    candidates = (
        Bracket(bottom, peaks[0], 1.0, True),
        _half(p, first, second, peaks[1], slope=1.0),
        Bracket(third, end, 1.0, False),
    )
    in_first, in_second = (expand(p, peak)[0] >= 0 for peak in peaks)
    chosen = _choose(in_first, candidates[0], _choose(in_second, *candidates[1:]))
    # Where p dips below 0 behind its second peak only, that peak is above 0.
    dips = _least_possible(p, first, second) < 0, _least_possible(p, third, end) < 0
    others = (in_first & dips[0]) | (in_second & dips[1])
    return _search(p, chosen, LOWEST_STEPS), ~others


def rising_roots(p: Quintic) -> list[tuple[Bool[Array, "..."], Real]]:
    """Roots in the three rising brackets, the only ones that may be stable, and their existence.

    Returns:
        For each bracket whether it has a root, and the root z; some number otherwise.
    """
    return [(held, _search(p, b, RISING_STEPS)) for held, b in _brackets(p)[::2]]


def root_of_branch(p: Quintic, branch: Int[Array, "..."]) -> tuple[Int[Array, "..."], Real]:
    """Number of real roots of p, and the root z of index `branch`; NaN if there is none."""
    brackets = _brackets(p)
    seen, chosen = jnp.zeros(p.m.shape, int), brackets[0][1]
    for held, bracket in brackets:
        chosen = _choose(held & (seen <= branch), bracket, chosen)
        seen = seen + held.astype(int)
    exists = (branch >= 0) & (branch < seen)
    return seen, jnp.where(exists, _search(p, chosen, ROOT_STEPS), jnp.nan)


def all_roots(p: Quintic) -> tuple[Int[Array, "..."], Real]:
    """Number of real roots of p, and the roots z in ascending order.

    Returns:
        The number, and the roots along a leading axis of five, padded with NaN.
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
    """Turning points of p in ascending order: maximum, minimum, maximum, minimum.

    A pair that does not exist is replaced by two points between which p does not fall.
    """
    return _turns(p, *_landscape(p))


def expand(p: Quintic, z: Real) -> Expansion:
    """Taylor coefficients of p at u = m + z; the first is `equation.residual` over kappa^5."""
    u = z + p.m
    v, pull = z * z + (1 - p.r), p.sigma * (z + p.d)
    optics, zv = v * v + 4 * p.r, z * v
    value = u * optics - (pull * (z + p.d) + p.sigma * (1 + p.j))
    slope = (optics - 2 * pull) + 4 * u * zv
    bend = 4 * zv + 2 * u * (v + 2 * z * z) - p.sigma
    return value, slope, bend, 2 * v + 4 * z * (z + u)


def _expand_slope(p: Quintic, z: Real) -> Expansion:
    """Taylor coefficients of p' at u = m + z; the fourth one of p is 4 z + u."""
    _, slope, bend, third = expand(p, z)
    return slope, 2 * bend, 3 * third, 4 * (5 * z + p.m)


def _brackets(p: Quintic) -> list[tuple[Bool[Array, "..."], Bracket]]:
    """Whether each of the five brackets contains a root, and the brackets in ascending order.

    p is taken as negative at u = 0 and as positive at the upper end of the interval.
    """
    first, second, third, end = _landscape(p)
    turns = _turns(p, first, second, third, end)
    brackets = (
        Bracket(-p.m, turns[0], 1.0, True),
        _half(p, turns[0], first, turns[1], slope=-1.0),
        _half(p, turns[1], second, turns[2], slope=1.0),
        _half(p, turns[2], third, turns[3], slope=-1.0),
        Bracket(turns[3], end, 1.0, False),
    )
    positive = [expand(p, turn)[0] >= 0 for turn in turns]
    held = [positive[0], *(a != b for a, b in itertools.pairwise(positive)), ~positive[3]]
    return list(zip(held, brackets, strict=True))


def _landscape(p: Quintic) -> tuple[Real, Real, Real, Real]:
    r"""Inflection points of p in ascending order, and an upper bound of all roots.

    They are the zeros of

    $$
    p''/4 = 5 z^3 + 3 m z^2 + 3 (1 - r) z + m (1 - r) - \sigma/2,
    $$

    or of t^3 + 3 a t - 2 b with z = t - m/5. The outermost zero has the sign of b and is found by
    Householder's method from a guess that is exact where one term is negligible. The remaining
    factor is quadratic (`_remaining`); complex zeros are replaced by their real part, which divides
    an interval without harm.
    """
    end = jnp.maximum(jnp.sqrt(p.r), -p.m) + jnp.minimum(p.sigma, cube_root_bound(p.sigma))
    h = p.m / 5
    a = (1 - p.r) / 5 - h * h
    b = p.sigma / 20 - h * (h * h + (1 - p.r) / 5)
    size, left = 2 * jnp.abs(b), b < 0
    square = cube_root_bound(size) ** 2
    steep = jnp.sqrt(jnp.maximum(square - 3 * a, 0))
    t = jnp.maximum(
        jnp.where(a > 0, size / jnp.maximum(square + 3 * a, smallest_normal(size)), steep), 0
    )
    for _ in range(INFLECTION_STEPS):
        cubic = t * (t * t + 3 * a) - size, 3 * (t * t + a), 3 * t, jnp.ones_like(t)
        t = t - _householder(cubic, 1.0)
    t = jnp.where(left, -t, t)
    outer = t - h
    low, high = _remaining(p, outer, -t / 2 - h, -3 * (a + t * t / 4))
    bends = jnp.where(left, outer, low), jnp.where(left, low, high), jnp.where(left, high, outer)
    first, second, third = (jnp.minimum(jnp.maximum(bend, -p.m), end) for bend in bends)
    return first, second, third, end


def _remaining(p: Quintic, outer: Real, middle: Real, half2: Real) -> tuple[Real, Real]:
    """Inflection points besides the outermost: middle -+ sqrt(half2), or with other roundings.

    Both numbers are differences of numbers of the size of m. Where the outermost zero is the
    largest, the sum and the product of the others follow from it without that loss.
    """
    large = outer * outer > jnp.abs(1 - p.r) + p.m * p.m / 25
    inverse = reciprocal(jnp.where(large, outer, 1))
    product = (0.1 * p.sigma - 0.2 * p.m * (1 - p.r)) * inverse
    mean = 0.5 * (0.6 * (1 - p.r) - product) * inverse
    middle = jnp.where(large, mean, middle)
    half2 = jnp.where(large, mean * mean - product, half2)
    # The maximum changes no value, but a square root may not be used twice and a maximum may.
    half = jnp.maximum(jnp.sqrt(jnp.maximum(half2, 0)), 0)
    return middle - half, middle + half


def _turns(
    p: Quintic, first: Real, second: Real, third: Real, end: Real
) -> tuple[Real, Real, Real, Real]:
    """Turning points of p, between 0, its inflection points and the upper end."""
    return (
        _outer_turn(p, first, -p.m, slope=-1.0),
        _inner_turn(p, first, second, slope=1.0),
        _inner_turn(p, second, third, slope=-1.0),
        _outer_turn(p, third, end, slope=1.0),
    )


def _outer_turn(p: Quintic, flat: Real, steep: Real, slope: float, steps: int = TURN_STEPS) -> Real:
    """Turning point between an outer inflection point, where p' is flat, and the nearer end."""
    f_flat, f_steep = _expand_slope(p, flat)[0], _expand_slope(p, steep)[0]
    share = jnp.maximum(-f_flat, 0) / jnp.maximum(f_steep - f_flat, smallest_normal(flat))
    start = flat + (steep - flat) * jnp.sqrt(share)
    if slope > 0:
        return _turn(p, flat, steep, slope, (f_flat, f_steep), start, steps)
    return _turn(p, steep, flat, slope, (f_steep, f_flat), start, steps)


def _inner_turn(p: Quintic, low: Real, high: Real, slope: float, steps: int = TURN_STEPS) -> Real:
    """Turning point between two inflection points, where p' has the form of 3 t^2 - 2 t^3."""
    f_low, f_high = _expand_slope(p, low)[0], _expand_slope(p, high)[0]
    rise = jnp.maximum(slope * (f_high - f_low), smallest_normal(high))
    share = jnp.minimum(jnp.maximum(-slope * f_low, 0) / rise, 1)
    near = jnp.minimum(share, 1 - share)
    # Inverse of that cubic: exact near 0 and at 1/2, to 2 % in between.
    inverse = jnp.maximum(jnp.sqrt(near * (1 + near) / 3), 0)
    start = low + (high - low) * jnp.where(share < 0.5, inverse, 1 - inverse)
    return _turn(p, low, high, slope, (f_low, f_high), start, steps)


def _turn(
    p: Quintic,
    low: Real,
    high: Real,
    slope: float,
    ends: tuple[Real, Real],
    z: Real,
    steps: int,
) -> Real:
    """Zero of p' between low and high, where p' is monotone; the nearer end if there is none."""
    for _ in range(steps):
        z = z - _householder(_expand_slope(p, z), slope)
        z = jnp.minimum(jnp.maximum(z, low), high)
    f_low, f_high = (slope * f for f in ends)
    return jnp.where(f_low >= 0, low, jnp.where(f_high <= 0, high, z))


def _least_possible(p: Quintic, low: Real, high: Real) -> Real:
    """Lower bound of p where it is convex: the intersection of the tangents at both ends."""
    f_low, slope_low = expand(p, low)[:2]
    f_high, slope_high = expand(p, high)[:2]
    rise = jnp.maximum(slope_high - slope_low, smallest_normal(low))
    meet = (f_low * slope_high - f_high * slope_low + slope_low * slope_high * (high - low)) / rise
    return jnp.where(slope_low >= 0, f_low, jnp.where(slope_high <= 0, f_high, meet))


def _half(p: Quintic, low: Real, bend: Real, high: Real, slope: float) -> Bracket:
    """Part of a bracket below or above its inflection point, whichever contains the root."""
    before = slope * expand(p, bend)[0] >= 0
    return Bracket(jnp.where(before, low, bend), jnp.where(before, bend, high), slope, ~before)


def _choose(condition: Bool[Array, "..."], chosen: Bracket, other: Bracket) -> Bracket:
    """Bracket `chosen` where the condition holds, `other` elsewhere."""
    return Bracket(*(jnp.where(condition, a, b) for a, b in zip(chosen, other, strict=True)))


def _search(p: Quintic, bracket: Bracket, steps: int, *, rolled: bool = False) -> Real:
    """Root z in a bracket that contains one, found from the parabola through its ends.

    The bracket is never narrowed: near the root, rounding can give a value either sign and would
    exclude the root. Unrolled, the search is part of one kernel. If several results depend on the
    root, each of them would repeat the search, and a loop (`rolled`) runs it once.
    """
    low, high, slope, flat_high = bracket
    f_low, f_high = slope * expand(p, low)[0], slope * expand(p, high)[0]
    beyond = jnp.maximum(jnp.where(flat_high, f_high, -f_low), 0)
    reach = (high - low) * jnp.sqrt(beyond / jnp.maximum(f_high - f_low, smallest_normal(high)))
    z = jnp.where(flat_high, high - reach, low + reach)

    def advance(method: Callable[[Expansion, Real | float], Real], steps: int, z: Real) -> Real:
        def step(_, z: Real) -> Real:
            return jnp.minimum(jnp.maximum(z - method(expand(p, z), slope), low), high)

        return lax.fori_loop(0, steps, step, z, unroll=not rolled)

    z = advance(_last, LAST_STEPS, advance(_euler, steps, z))
    return jnp.where(jnp.isnan(p.m + p.d + p.sigma + p.j), jnp.nan, z)


def _euler(f: Expansion, slope: Real | float) -> Real:
    """Euler step, to the zero of the quadratic model of f, to be subtracted (third order).

    It converges near folds, where two zeros are close. `slope` is the sign of f' at the zero.
    """
    value, first, second, _ = f
    discriminant = jnp.maximum(first * first - 4 * value * second, smallest_normal(value))
    return 2 * slope * value / (jnp.abs(first) + jnp.sqrt(discriminant))


def _householder(f: Expansion, slope: Real | float) -> Real:
    """Householder step of fourth order, to be subtracted; for use close to the zero of f.

    It has the order of two Newton steps for one division. `slope` is the sign of f' at the zero.
    """
    value, first, second, third = _rescaled(f) if f[0].dtype == jnp.float32 else f
    dividend = value * (first * first - value * second)
    divisor = first * (first * first - 2 * value * second) + value * value * third
    return slope * dividend / jnp.maximum(slope * divisor, smallest_normal(value))


def _last(f: Expansion, slope: Real | float) -> Real:
    """Householder step, but 0 next to a double zero, where value and slope are rounding."""
    value, first, second, _ = f
    single = first * first > 2 * jnp.abs(value * second)
    return _householder((jnp.where(single, value, 0), *f[1:]), slope)


def _rescaled(f: Expansion) -> Expansion:
    """Coefficients over a power of two, the size of f or f', whose cube may not fit float32."""
    scale = reciprocal_power_of_two(jnp.maximum(jnp.abs(f[0]), jnp.abs(f[1])))
    value, first, second, third = (scale * coefficient for coefficient in f)
    return value, first, second, third
