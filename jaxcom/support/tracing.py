"""Whether a value is known, or stands for one inside a JAX transformation."""

from typing import Any

from jax.core import Tracer


def is_traced(value: Any) -> bool:
    """Whether a value is traced by `jit`, `grad` or `vmap`, so that its numbers are not known.

    >>> import jax
    >>> is_traced(1.0), bool(jax.jit(lambda x: is_traced(x))(1.0))
    (False, True)
    """
    return isinstance(value, Tracer)
