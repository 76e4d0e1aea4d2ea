"""Largest value of a function over an interval on parts of which it may not exist.

The function is smooth where it exists, but unstable ranges remove parts of the interval, and the
function can rise up to the edge of such a part. The local maxima of a grid are refined by
bisecting, in each, the interval in which the slope changes its sign or the function ends.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jaxcom.support.tables import share, table
from jaxcom.xla.elementary import lowest_if_nan
from jaxcom.xla.fusion import in_memory

Real = Float[Array, "..."]
Function = Callable[[Any, Real], Real]

POINTS = 513
"""Number of grid points; a maximum narrower than two grid steps can be missed."""

_CANDIDATES = 3  # number of local maxima of the grid that are refined, the highest ones
_BISECTIONS = 33  # of a grid step: to 1e-13 of the range
_JUMP = 1e-9  # a value lower by more than this is behind a jump; by less, it is rounding
# Slope times two grid steps, above any slope that bisection leaves at a smooth maximum. At the very
# edge of stability the slope is rounding noise, which may change its sign but does not vanish.
_STEEP = 1e-7


class Peak(eqx.Module):
    """Largest value over the detuning, and the detuning at which it occurs.

    The value can be differentiated with respect to the parameters; at an edge the derivatives are
    NaN. The detuning is a constant to derivatives.

    Attributes:
        value: largest value; NaN where the function exists nowhere.
        detuning: detuning in rad/s at which the value is attained or, at an edge, approached; to
            1e-12 of the range.
        at_edge: whether the function rises up to a jump or to the edge of the range in which it
            exists. The value is then a limit, and a device tuned to it is not robust.

    >>> print(Peak(jnp.array(0.1476), jnp.array(47.4e6), jnp.array(False)))
    Maximum over the detuning
    ------------------------------
    largest value  0.1476
    detuning       4.74e+07  rad/s
    at an edge     no
    ------------------------------
    """

    value: Real
    detuning: Real
    at_edge: Bool[Array, "..."]

    def __str__(self) -> str:
        edge = np.asarray(self.at_edge)
        rows = [
            ("largest value", self.value, ""),
            ("detuning", self.detuning, "rad/s"),
            ("at an edge", share(edge) if edge.ndim else "yes" if edge else "no", ""),
        ]
        return table("Maximum over the detuning", [rows])


def highest_peak(function: Function, parameters: Any, low: Real, high: Real) -> Peak:
    """Largest value of a function of one variable x between two bounds.

    Args:
        function: elementwise function of the parameters and x; NaN where it does not exist. The
            shape of x is that of the bounds, or has one more leading axis.
        parameters: pytree; the value can be differentiated with respect to its floats.
        low: lower bounds, of any shape.
        high: upper bounds, of the same shape.

    Returns:
        The value, the x at which it occurs (as `detuning`), and whether it is a limit at an edge.
        A maximum at a bound is not at an edge.

    >>> peak = highest_peak(lambda a, x: -((x - a) ** 2), 0.3, jnp.array(0.0), jnp.array(1.0))
    >>> peak.detuning.round(7), bool(peak.at_edge)
    (Array(0.3, dtype=float64), False)
    >>> rising = lambda a, x: jnp.where(x < a, x, jnp.nan)
    >>> peak = highest_peak(rising, 0.3, jnp.array(0.0), jnp.array(1.0))
    >>> peak.value.round(7), bool(peak.at_edge)
    (Array(0.3, dtype=float64), True)
    """
    fixed = jax.lax.stop_gradient((parameters, low, high))
    candidates, before, after = _grid_maxima(function, *fixed)
    refined = _refined(partial(function, fixed[0]), candidates, before, after)
    best = jnp.argmax(lowest_if_nan(refined[1]), axis=0)[None]
    x, value, at_edge = (jnp.take_along_axis(entry, best, 0)[0] for entry in refined)
    at_edge = at_edge & ~jnp.isnan(value)
    return Peak(_with_derivatives(function, parameters, x, value, at_edge), x, at_edge)


def _grid_maxima(function: Function, parameters: Any, low: Real, high: Real) -> tuple[Real, ...]:
    """The highest local maxima of a grid, and their neighbors before and after.

    If the grid has fewer local maxima, the remaining candidates are arbitrary grid points.
    """
    fraction = jnp.arange(POINTS).reshape(-1, *(1,) * low.ndim) / (POINTS - 1)
    grid = low[None] * (1 - fraction) + high[None] * fraction
    value = lowest_if_nan(in_memory(function(parameters, grid)))
    outside = jnp.full_like(value[:1], -jnp.inf)
    left, right = jnp.concatenate([outside, value[:-1]]), jnp.concatenate([value[1:], outside])
    height = jnp.where((value >= left) & (value >= right), value, -jnp.inf)
    index = _highest_of(height)
    shifted = [jnp.clip(index + step, 0, POINTS - 1) for step in (0, -1, 1)]
    return tuple(jnp.take_along_axis(grid, i, 0) for i in shifted)


def _highest_of(height: Real) -> Int[Array, "..."]:
    """Indices of the largest entries along the leading axis; `jax.lax.top_k` is far slower."""
    index = jax.lax.broadcasted_iota(jnp.int32, height.shape, 0)
    found = []
    for _ in range(_CANDIDATES):
        largest = jnp.max(height, axis=0, keepdims=True)
        found.append(jnp.min(jnp.where(height == largest, index, POINTS), axis=0))
        height = jnp.where(index == found[-1][None], -jnp.inf, height)
    return jnp.stack(found)


def _refined(
    function: Callable[[Real], Real], candidate: Real, before: Real, after: Real
) -> tuple[Real, Real, Bool[Array, "..."]]:
    """Local maximum near a grid point, its value, and whether it is at an edge.

    Bisection with the invariant: `inner` is the best point so far, and the function rises from it
    towards `outer`, where the slope has changed its sign or the function has ended (a NaN or a
    jump). The result keeps one interval away from an edge: closer to it the stability margin
    vanishes, and with it all digits of the value.
    """

    def bisect(step, state):
        inner, outer, height, steepness, ends = state
        first = step == 0  # evaluates the candidate itself, to choose the side
        last = (step == _BISECTIONS + 1) & ends
        probe = jnp.where(last, 2 * inner - outer, (inner + outer) / 2)
        probe = jnp.where(first, candidate, probe)
        found = jax.jvp(function, (probe,), (jnp.ones_like(probe),))
        value, slope = map(in_memory, found)
        missing = jnp.isnan(value) | (value < height - _JUMP)
        rises = first | last | (~missing & (slope * (outer - inner) > 0))
        inner, height = jnp.where(rises, probe, inner), jnp.where(rises, value, height)
        outer, ends = jnp.where(rises, outer, probe), jnp.where(rises, ends, missing)
        steepness = jnp.where(rises, jnp.abs(slope * (after - before)), steepness)
        outer = jnp.where(first, jnp.where(slope > 0, after, before), outer)
        return inner, outer, height, steepness, ends

    lowest, zero = jnp.full_like(candidate, -jnp.inf), jnp.zeros_like(candidate)
    start = candidate, candidate, lowest, zero, jnp.ones_like(candidate, bool)
    state = jax.lax.fori_loop(0, _BISECTIONS + 2, bisect, start)
    inner, outer, height, steepness, ends = state
    return inner, height, (ends | (steepness > _STEEP)) & (inner != outer)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _with_derivatives(
    function: Function, parameters: Any, x: Real, value: Real, at_edge: Bool[Array, "..."]
) -> Real:
    """The value itself, with the derivatives of the function at the fixed point x.

    This is the envelope theorem: at a smooth maximum the slope is 0, so that moving x changes
    nothing, and at a bound x is fixed. An edge moves with the parameters in a way that is not known
    here: its derivative is NaN.
    """
    return value


@_with_derivatives.defjvp
def _with_derivatives_jvp(function, primals, tangents):
    parameters, x, _, at_edge = primals
    change = jax.jvp(lambda p: function(p, x), (parameters,), (tangents[0],))[1]
    factor = jnp.where(at_edge, jnp.nan, 1.0)
    return _with_derivatives(function, *primals), change * factor
