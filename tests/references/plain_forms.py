"""The plain line of `jax.numpy` that each function of `jaxcom.xla` stands for, to compare with."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp

from jaxcom.xla import compaction, elementary, elimination, fusion


def update_everywhere(needed, function, arguments, results, *, together=1):
    """Compute all elements, and choose."""
    computed = function(arguments)
    return jax.tree.map(lambda new, old: jnp.where(needed, new, old), computed, results)


PLAIN: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "in_memory": (fusion.in_memory, lambda value: value),
    "in_memory_with_flag": (fusion.in_memory_with_flag, lambda value, flag: (value, flag)),
    "in_one_kernel": (fusion.in_one_kernel, lambda *values: list(values)),
    "reciprocal": (elementary.reciprocal, lambda x: 1 / x),
    "newton_reciprocal": (elementary.newton_reciprocal, lambda x: 1 / x),
    "root_or_zero": (elementary.root_or_zero, lambda x, error: jnp.sqrt(jnp.maximum(x, 0.0))),
    "log": (elementary.log, jnp.log),
    "cube_root_bound": (elementary.cube_root_bound, lambda x: 1.06 * jnp.cbrt(x)),
    "update_where": (compaction.update_where, update_everywhere),
    "elimination.solve": (
        elimination.solve,
        lambda matrix, rhs: jnp.linalg.solve(matrix, rhs[..., None])[..., 0],
    ),
}
"""Function and plain form by name; the plain forms return the same numbers to rounding."""


@contextlib.contextmanager
def without(name: str) -> Iterator[None]:
    """Put the plain form in the place of a function, wherever the library has imported it."""
    function, plain = PLAIN[name]
    holders = [
        (module, key)
        for path, module in list(sys.modules.items())
        if path.startswith("jaxcom")
        for key, value in list(vars(module).items())
        if value is function
    ]
    jax.clear_caches()
    for module, key in holders:
        setattr(module, key, plain)
    try:
        yield
    finally:
        for module, key in holders:
            setattr(module, key, function)
        jax.clear_caches()
