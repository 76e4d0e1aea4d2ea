"""Work that only a part of a batch needs.

Under `jit` all elements of a batch take the same way, so that a function costs what its dearest
case costs. Where dear cases are rare they are gathered and computed by themselves. That needs the
batch as a whole: `as_one_batch` gives it to a function that is called under `vmap`.
"""

import functools
from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_batching import custom_vmap
from jaxtyping import Array, Bool, Int

Arguments = TypeVar("Arguments")
Results = TypeVar("Results")

PARTS = 16  # of a batch: the dear function is computed for one part, or two, ...


def as_one_batch(function: Callable[[Arguments], Results]) -> Callable[[Arguments], Results]:
    """An elementwise function of a pytree of arrays of one shape, called once for a whole batch.

    >>> import jax, jax.numpy as jnp
    >>> seen = []
    >>> double = as_one_batch(lambda x: seen.append(x.shape) or 2 * x)
    >>> double(jnp.ones(3)), jax.vmap(double)(jnp.ones((2, 3))).shape, seen[-1]
    (Array([2., 2., 2.], dtype=float64), (2, 3), (2, 3))
    """
    whole = custom_vmap(function)

    @whole.def_vmap
    def _rule(size, is_batched, arguments):
        def spread(array: Array, batched: bool) -> Array:
            return array if batched else jnp.broadcast_to(array, (size, *jnp.shape(array)))

        results = whole(jax.tree.map(spread, arguments, *is_batched))
        return results, jax.tree.map(lambda _: True, results)

    return functools.wraps(function)(whole)


def update_where(
    needed: Bool[Array, "..."],
    function: Callable[[Arguments], Results],
    arguments: Arguments,
    results: Results,
) -> Results:
    """The results of an elementwise function where they are needed, and elsewhere those given.

    The cost of the function is that of as many sixteenths of the batch as hold what is needed.

    Args:
        needed: which elements.
        function: from and to a pytree of arrays of one shape.
        arguments: what it is called with, arrays of the shape of `needed`.
        results: what to update, arrays of that shape.

    >>> import jax.numpy as jnp
    >>> x = jnp.arange(5.0)
    >>> update_where(x > 3, lambda x: 10 * x, x, x)
    Array([ 0.,  1.,  2.,  3., 40.], dtype=float64)
    """
    part = -(-needed.size // PARTS)
    count, places = _places(needed.ravel(), PARTS * part)
    arguments = jax.tree.map(jnp.ravel, arguments)

    def advance(state: tuple[Int[Array, ""], Results]) -> tuple[Int[Array, ""], Results]:
        done, updated = state
        here = lax.dynamic_slice(places, (done,), (part,))
        found = function(jax.tree.map(lambda array: array.at[here].get(mode="clip"), arguments))
        put = functools.partial(jax.tree.map, lambda old, new: old.at[here].set(new, mode="drop"))
        return done + part, put(updated, found)

    start = jnp.zeros((), places.dtype), jax.tree.map(jnp.ravel, results)
    _, updated = lax.while_loop(lambda state: state[0] < count, advance, start)
    return jax.tree.map(lambda array: array.reshape(needed.shape), updated)


def _places(needed: Bool[Array, " n"], length: int) -> tuple[Int[Array, ""], Int[Array, " m"]]:
    """How many there are, and where, ascending; what is left of the length is beyond the end.

    `jax.numpy.nonzero` does the same in four times the time.
    """
    n = needed.size
    rank = jnp.cumsum(needed, dtype=jnp.int32)
    places = jnp.full(length, n, jnp.int32)
    target = jnp.where(needed, rank - 1, length)
    return needed.sum(dtype=jnp.int32), places.at[target].set(
        jnp.arange(n, dtype=jnp.int32), mode="drop", unique_indices=True
    )
