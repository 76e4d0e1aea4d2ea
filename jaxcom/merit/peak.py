"""The largest value of a function over the detuning, where it may exist in some places only.

What is maximised here is smooth where it exists, but unstable ranges cut pieces out, and it can
rise up to the edge of such a piece. A grid finds the hills; each is then climbed by halving the
interval in which the slope changes its sign or the function ends.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxcom.xla.fusion import in_memory

Real = Float[Array, "..."]
Function = Callable[[Any, Real], Real]

POINTS = 513
"""Of the grid that looks for hills: one narrower than two of its steps can be missed."""

_HILLS = 3  # how many are climbed, those with the highest points of the grid
_HALVINGS = 33  # of a step of the grid: the place to some 1e-13 of the range
_DROP = 1e-9  # what is lower by this is another piece, behind a jump; less is rounding
# A slope, times two steps of the grid, that no smooth maximum has. At the very edge of stability
# the slope is rounding and may change its sign, but it does not vanish.
_TILT = 1e-7


class Peak(eqx.Module):
    """The largest value over the detuning, and where it is.

    The value has derivatives by the parameters, NaN at an edge; the place is a constant to them.

    Attributes:
        value: NaN where the function exists nowhere.
        detuning: where the value is attained or, at an edge, approached, in rad/s; to 1e-12 of the
            range.
        at_edge: does the function rise up to an edge of where it exists, or to a jump? Then the
            value is a limit, and a device set to it is not robust.
    """

    value: Real
    detuning: Real
    at_edge: Bool[Array, "..."]


def highest_peak(function: Function, parameters: Any, low: Real, high: Real) -> Peak:
    """The largest value of a function of parameters and a place, between two bounds.

    Args:
        function: of the parameters and places, elementwise; NaN where it does not exist. Places
            come in the shape of the bounds, or with one more axis in front.
        parameters: a pytree, by whose floats the value can be differentiated.
        low: lower bounds, of any shape.
        high: upper bounds, of the same shape.

    >>> peak = highest_peak(lambda a, x: -((x - a) ** 2), 0.3, jnp.array(0.0), jnp.array(1.0))
    >>> peak.detuning.round(7), bool(peak.at_edge)
    (Array(0.3, dtype=float64), False)
    >>> rising = lambda a, x: jnp.where(x < a, x, jnp.nan)
    >>> peak = highest_peak(rising, 0.3, jnp.array(0.0), jnp.array(1.0))
    >>> peak.value.round(7), bool(peak.at_edge)
    (Array(0.3, dtype=float64), True)
    """
    fixed = jax.lax.stop_gradient((parameters, low, high))
    hills, before, after = _hills(function, *fixed)
    place, value, at_edge = _climbed(partial(function, fixed[0]), hills, before, after)
    best = jnp.argmax(_or_lowest(value), axis=0)[None]
    place, value, at_edge = (jnp.take_along_axis(x, best, 0)[0] for x in (place, value, at_edge))
    at_edge = at_edge & ~jnp.isnan(value)
    return Peak(_attained(function, parameters, place, value, at_edge), place, at_edge)


def _hills(function: Function, parameters: Any, low: Real, high: Real) -> tuple[Real, ...]:
    """The highest of the local maxima on a grid, and their neighbours before and after.

    Where there are fewer, the rest are places that are no hills.
    """
    share = jnp.arange(POINTS).reshape(-1, *(1,) * low.ndim) / (POINTS - 1)
    grid = low[None] * (1 - share) + high[None] * share
    value = _or_lowest(in_memory(function(parameters, grid)))
    outside = jnp.full_like(value[:1], -jnp.inf)
    left, right = jnp.concatenate([outside, value[:-1]]), jnp.concatenate([value[1:], outside])
    height = jnp.where((value >= left) & (value >= right), value, -jnp.inf)
    index = _highest_of(height)
    shifted = [jnp.clip(index + step, 0, POINTS - 1) for step in (0, -1, 1)]
    return tuple(jnp.take_along_axis(grid, i, 0) for i in shifted)


def _highest_of(height: Real) -> Int[Array, "..."]:
    """The indices of the largest entries along the leading axis; `top_k` takes far longer."""
    place = jax.lax.broadcasted_iota(jnp.int32, height.shape, 0)
    found = []
    for _ in range(_HILLS):
        largest = jnp.max(height, axis=0, keepdims=True)
        found.append(jnp.min(jnp.where(height == largest, place, POINTS), axis=0))
        height = jnp.where(place == found[-1][None], -jnp.inf, height)
    return jnp.stack(found)


def _climbed(
    function: Callable[[Real], Real], hill: Real, before: Real, after: Real
) -> tuple[Real, Real, Bool[Array, "..."]]:
    """Where the function ceases to rise near a hill, its value there, and whether it ends there.

    `inner` is the highest place known; towards `outer` the function rises from it, but either its
    slope has turned there or it does not go on. From an edge one interval is kept: closer to it the
    margin of stability vanishes, and with it all digits of what is maximised.
    """

    def halve(step, state):
        inner, outer, height, tilt, ends = state
        first = step == 0  # which looks at the hill itself, for the direction to go
        last = (step == _HALVINGS + 1) & ends
        probe = jnp.where(last, 2 * inner - outer, (inner + outer) / 2)
        probe = jnp.where(first, hill, probe)
        found = jax.jvp(function, (probe,), (jnp.ones_like(probe),))
        value, slope = map(in_memory, found)
        missing = jnp.isnan(value) | (value < height - _DROP)
        rises = first | last | (~missing & (slope * (outer - inner) > 0))
        inner, height = jnp.where(rises, probe, inner), jnp.where(rises, value, height)
        outer, ends = jnp.where(rises, outer, probe), jnp.where(rises, ends, missing)
        tilt = jnp.where(rises, jnp.abs(slope * (after - before)), tilt)
        outer = jnp.where(first, jnp.where(slope > 0, after, before), outer)
        return inner, outer, height, tilt, ends

    lowest = jnp.full_like(hill, -jnp.inf)
    start = hill, hill, lowest, jnp.zeros_like(hill), jnp.ones_like(hill, bool)
    inner, outer, height, tilt, ends = jax.lax.fori_loop(0, _HALVINGS + 2, halve, start)
    return inner, height, (ends | (tilt > _TILT)) & (inner != outer)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _attained(function: Function, parameters: Any, place: Real, value: Real, at_edge) -> Real:
    """The value at a place; to derivatives, the function there.

    Inside, the slope is 0 and moving the place changes nothing; at a bound it stays. An edge moves
    with the parameters, in a way that is not known here: NaN.
    """
    return value


@_attained.defjvp
def _attained_jvp(function, primals, tangents):
    parameters, place, _, at_edge = primals
    change = jax.jvp(lambda p: function(p, place), (parameters,), (tangents[0],))[1]
    known = jnp.where(at_edge, jnp.nan, 1.0)
    return _attained(function, *primals), change * known


def _or_lowest(value: Real) -> Real:
    return jnp.where(jnp.isnan(value), -jnp.inf, value)
