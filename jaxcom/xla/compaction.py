"""Compaction: work that only some elements of a batch need, done for those alone.

Under `jit` all elements of a batch run the same code, so that a function costs as much as its worst
case. Where expensive cases are rare, they are gathered into a smaller batch. That needs the whole
batch at once, which `as_one_batch` provides to a function called under `vmap`.
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

PARTS = 64  # of a batch: the expensive function runs on as many of them as are needed


def as_one_batch(function: Callable[[Arguments], Results]) -> Callable[[Arguments], Results]:
    """Elementwise function of a pytree of arrays of one shape, called once for a whole batch.

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
    *,
    together: int = 1,
) -> Results:
    """Results of an elementwise function where they are needed, and the given ones elsewhere.

    The function runs on as many sixteenths of the batch as the needed elements fill.

    Args:
        needed: which elements to compute.
        function: elementwise, from and to a pytree of arrays of one shape.
        arguments: its arguments, arrays of the shape of `needed`.
        results: values to keep where they are not needed, arrays of that shape.
        together: number of neighbors that are computed together, if one of them is needed. Finding
            single elements takes longer, which matters where they are very rare.

    Returns:
        The updated results.

    >>> import jax.numpy as jnp
    >>> x = jnp.arange(5.0)
    >>> update_where(x > 3, lambda x: 10 * x, x, x)
    Array([ 0.,  1.,  2.,  3., 40.], dtype=float64)
    """
    rows = jax.tree.map(lambda array: _rows(array, together), (needed, arguments, results))
    needed_rows = rows[0].any(axis=1)

    def update() -> Results:
        return _updated(needed_rows, function, *rows)

    updated = lax.cond(needed_rows.any(), update, lambda: rows[2])
    return jax.tree.map(lambda array: array.ravel()[: needed.size].reshape(needed.shape), updated)


def _updated(
    needed_rows: Bool[Array, " n"],
    function: Callable[[Arguments], Results],
    needed: Bool[Array, "n m"],
    arguments: Arguments,
    results: Results,
) -> Results:
    part = -(-needed_rows.size // PARTS)
    count, places = _places(needed_rows, PARTS * part)

    def advance(state: tuple[Int[Array, ""], Results]) -> tuple[Int[Array, ""], Results]:
        done, updated = state
        here = lax.dynamic_slice(places, (done,), (part,))
        wanted, inputs = jax.tree.map(lambda array: _taken(array, here), (needed, arguments))
        found = function(inputs)

        def put(old, new):
            new = jnp.where(wanted, new, _taken(old, here))
            return old.at[here].set(new, mode="drop")

        return done + part, jax.tree.map(put, updated, found)

    start = jnp.zeros((), places.dtype), results
    return lax.while_loop(lambda state: state[0] < count, advance, start)[1]


def _rows(array: Array, size: int) -> Array:
    """Array as rows of one size, the last one padded with zeros."""
    return jnp.pad(array.ravel(), (0, -array.size % size)).reshape(-1, size)


def _taken(array: Array, rows: Int[Array, " n"]) -> Array:
    return array.at[rows].get(mode="clip")


def _places(needed: Bool[Array, " n"], length: int) -> tuple[Int[Array, ""], Int[Array, " m"]]:
    """Number of True elements, and their indices in ascending order, padded with `n`.

    `jax.numpy.nonzero` takes four times as long.
    """
    n = needed.size
    rank = jnp.cumsum(needed, dtype=jnp.int32)
    places = jnp.full(length, n, jnp.int32)
    target = jnp.where(needed, rank - 1, length)
    return needed.sum(dtype=jnp.int32), places.at[target].set(
        jnp.arange(n, dtype=jnp.int32), mode="drop", unique_indices=True
    )
