"""Where a function first becomes positive, with its derivatives by the parameters."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxcom.fusion import in_memory

Real = Float[Array, "..."]
Function = Callable[[Any, Real], Real]

_STRIDES = 32  # from start to end, until the function is positive
_HALVINGS = 50  # of the last stride


def first_crossing(
    function: Function, parameters: Any, start: Real, end: Real
) -> tuple[Real, Bool[Array, "..."]]:
    """The first place on the way from `start` to `end` at which a function is positive.

    Args:
        function: elementwise, of the parameters and places; NaN counts as not positive.
        parameters: a pytree, by whose floats the place can be differentiated.
        start: first places, of any shape.
        end: last places, of the same shape.

    Returns:
        The place, `start` itself if the function is positive there and NaN if it never is, and
        whether the function exists anywhere. A crossing back within one of 32 strides is not seen.

    >>> def root(a):
    ...     return first_crossing(lambda a, x: a - x**2, a, jnp.array(5.0), jnp.array(0.0))[0]
    >>> print(f"{root(2.0):.6f} {jax.grad(root)(2.0):.6f}")
    1.414214 0.353553
    """
    place, exists = _crossing(function, *jax.lax.stop_gradient((parameters, start, end)))
    return _along_crossing(function, parameters, place), exists


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
def _along_crossing(function: Function, parameters: Any, place: Real) -> Real:
    """The place itself; to derivatives, the zero as a function of the parameters.

    f(parameters, x) = 0 along the crossing, so dx = -(df/dparameters . dparameters) / (df/dx).
    """
    return place


@_along_crossing.defjvp
def _along_crossing_jvp(function, primals, tangents):
    parameters = primals[0]
    x = _along_crossing(function, *primals)  # as a function: it has derivatives itself
    _, slope = jax.jvp(partial(function, parameters), (x,), (jnp.ones_like(x),))
    _, change = jax.jvp(lambda p: function(p, x), (parameters,), (tangents[0],))
    return x, -change / slope
