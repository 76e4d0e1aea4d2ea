"""First zero crossing of a function, with its derivatives with respect to the parameters."""

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
_BISECTIONS = 50  # of the last stride


def first_crossing(
    function: Function, parameters: Any, start: Real, end: Real, never: Any = math.nan
) -> Real:
    """First point between `start` and `end` at which a function is positive.

    The interval is searched in 32 strides and the first stride with a change of sign is bisected.
    An interval of positive values that lies within one stride is missed.

    Args:
        function: elementwise function of the parameters and a point; NaN counts as not positive.
        parameters: pytree; the point can be differentiated with respect to its floats.
        start: first point, of any shape.
        end: last point, of the same shape.
        never: value where the function exists but is never positive.

    Returns:
        The point, of the shape of `start`. Where the function is positive at `start`, it is `start`
        with derivative 0. NaN where the function exists nowhere.

    >>> def root(a):
    ...     return first_crossing(lambda a, x: a - x**2, a, jnp.array(5.0), jnp.array(0.0))
    >>> print(f"{root(2.0):.6f} {jax.grad(root)(2.0):.6f}")
    1.414214 0.353553
    """
    fixed = jax.lax.stop_gradient((parameters, start, end))
    point, exists = _crossing(function, *fixed)
    point = jnp.where(jnp.isnan(point) & exists, never, point)
    is_root = jnp.isfinite(point) & (point != fixed[1])
    return _with_derivatives(function, parameters, point, is_root)


def _crossing(
    function: Function, parameters: Any, start: Real, end: Real
) -> tuple[Real, Bool[Array, "..."]]:
    """Point of the crossing, NaN if there is none, and whether the function exists anywhere.

    Invariant of the loop: the function is not positive at `behind` and positive at `ahead`, which
    is NaN until a positive value is found.
    """

    def approach(step, state):
        behind, ahead, exists = state
        stride = start + (end - start) * jnp.minimum(step / _STRIDES, 1)
        searching = jnp.isnan(ahead)
        probe = jnp.where(searching, stride, (behind + ahead) / 2)
        value = in_memory(function(parameters, probe))
        behind = jnp.where(value > 0, behind, probe)
        return behind, jnp.where(value > 0, probe, ahead), exists | ~jnp.isnan(value)

    state = start, jnp.full_like(start, jnp.nan), jnp.zeros_like(start, bool)
    return jax.lax.fori_loop(0, _STRIDES + 1 + _BISECTIONS, approach, state)[1:]


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _with_derivatives(
    function: Function, parameters: Any, point: Real, is_root: Bool[Array, "..."]
) -> Real:
    r"""The point itself, with the derivatives of the root by the implicit function theorem.

    Along the crossing $f(p, x) = 0$, so that

    $$
    dx = -\frac{\partial f / \partial p \cdot dp}{\partial f / \partial x}
    $$

    Points that are not roots have derivative 0, and NaN where the point is NaN.
    """
    return point


@_with_derivatives.defjvp
def _with_derivatives_jvp(function, primals, tangents):
    parameters, _, is_root = primals
    x = _with_derivatives(function, *primals)  # differentiable itself, for higher derivatives
    finite = jnp.where(jnp.isfinite(x), x, 0.0)
    _, slope = jax.jvp(partial(function, parameters), (finite,), (jnp.ones_like(x),))
    _, change = jax.jvp(lambda p: function(p, finite), (parameters,), (tangents[0],))
    factor = jnp.where(is_root, 1.0, jnp.where(jnp.isnan(x), jnp.nan, 0.0))
    return x, -change * (factor / jnp.where(is_root, slope, 1.0))
