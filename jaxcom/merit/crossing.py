"""Where a function first becomes positive, with its derivatives by the parameters."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxcom.xla.fusion import in_memory

Real = Float[Array, "..."]
Function = Callable[[Any, Real], Real]

_STRIDES = 32  # from start to end, until the function is positive
_HALVINGS = 50  # of the last stride


def first_crossing(
    function: Function, parameters: Any, start: Real, end: Real, never: Any = math.nan
) -> Real:
    """The first place on the way from `start` to `end` at which a function is positive.

    Args:
        function: elementwise, of the parameters and places; NaN counts as not positive.
        parameters: a pytree, by whose floats the place can be differentiated.
        start: first places, of any shape.
        end: last places, of the same shape.
        never: what is returned where the function exists but is never positive.

    Returns:
        The place; `start`, a constant to derivatives, if the function is positive there. NaN where
        the function exists nowhere. A crossing back within one of 32 strides is not seen.

    >>> def root(a):
    ...     return first_crossing(lambda a, x: a - x**2, a, jnp.array(5.0), jnp.array(0.0))
    >>> print(f"{root(2.0):.6f} {jax.grad(root)(2.0):.6f}")
    1.414214 0.353553
    """
    fixed = jax.lax.stop_gradient((parameters, start, end))
    place, exists = _crossing(function, *fixed)
    place = jnp.where(jnp.isnan(place) & exists, never, place)
    moves = jnp.isfinite(place) & (place != fixed[1])
    return _along_crossing(function, parameters, place, moves)


def _crossing(
    function: Function, parameters: Any, start: Real, end: Real
) -> tuple[Real, Bool[Array, "..."]]:
    """`behind` the function is not positive, at `ahead` it is; NaN as long as none was found."""

    def approach(step, state):
        behind, ahead, exists = state
        stride = start + (end - start) * jnp.minimum(step / _STRIDES, 1)
        searching = jnp.isnan(ahead)
        probe = jnp.where(searching, stride, (behind + ahead) / 2)
        value = in_memory(function(parameters, probe))
        behind = jnp.where(value > 0, behind, probe)
        return behind, jnp.where(value > 0, probe, ahead), exists | ~jnp.isnan(value)

    state = start, jnp.full_like(start, jnp.nan), jnp.zeros_like(start, bool)
    return jax.lax.fori_loop(0, _STRIDES + 1 + _HALVINGS, approach, state)[1:]


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _along_crossing(
    function: Function, parameters: Any, place: Real, moves: Bool[Array, "..."]
) -> Real:
    """The place itself; to derivatives, the zero as a function of the parameters.

    f(parameters, x) = 0 along the crossing, so dx = -(df/dparameters . dparameters) / (df/dx).
    What does not move has derivative 0, and NaN where there is no place.
    """
    return place


@_along_crossing.defjvp
def _along_crossing_jvp(function, primals, tangents):
    parameters, _, moves = primals
    x = _along_crossing(function, *primals)  # as a function: it has derivatives itself
    somewhere = jnp.where(jnp.isfinite(x), x, 0.0)
    _, slope = jax.jvp(partial(function, parameters), (somewhere,), (jnp.ones_like(x),))
    _, change = jax.jvp(lambda p: function(p, somewhere), (parameters,), (tangents[0],))
    share = jnp.where(moves, 1.0, jnp.where(jnp.isnan(x), jnp.nan, 0.0))
    return x, -change * (share / jnp.where(moves, slope, 1.0))
