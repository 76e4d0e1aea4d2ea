"""Where XLA starts and ends a kernel: arrangements that change no number.

XLA fuses elementwise operations into kernels by rules of its own. It never computes what it takes
for expensive, a division or a square root, twice; it computes all else as often as that saves an
array in memory. Where these rules are wrong by a factor of ten, the chain says so with the
functions of this module.
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float


def in_memory(value: Float[Array, "..."]) -> Float[Array, "..."]:
    """The value, computed once however often it is used: its quotient by a one.

    Also the end of a kernel that would grow too large: those of more than some 3000 operations
    XLA does not compile to vector instructions on CPUs. The value must be finite or NaN, and used
    at least twice.

    >>> import jax.numpy as jnp
    >>> in_memory(jnp.array([0.1, jnp.nan]))
    Array([0.1, nan], dtype=float64)
    """
    return value / (1 + 0 * value)  # a one that XLA does not know


def in_one_kernel(*values: Float[Array, "..."]) -> list[Float[Array, "..."]]:
    """The same values, computed together.

    On CPUs a kernel of XLA writes one array, and each of several results would repeat what they
    share: a gradient would cost eight values. So they become the columns of one array. The product
    with the identity keeps XLA from pulling the columns apart again.

    >>> import jax.numpy as jnp
    >>> in_one_kernel(jnp.array(1.0), jnp.array(2.0))
    [Array(1., dtype=float64), Array(2., dtype=float64)]
    """
    n, shape = len(values), values[0].shape
    column = lax.broadcasted_iota(jnp.int32, (*shape, n), len(shape))

    def columns(first: int, last: int) -> Float[Array, "..."]:
        if last - first == 1:
            return jnp.broadcast_to(values[first][..., None], (*shape, n))
        middle = (first + last) // 2
        return jnp.where(column < middle, columns(first, middle), columns(middle, last))

    table = columns(0, n) @ jnp.eye(n, dtype=values[0].dtype)
    return [table[..., j] for j in range(n)]


@functools.cache
def wide_vectors() -> dict[str, int]:
    """Options for an outermost `jax.jit` that let XLA use all of a CPU's vectors.

    It keeps to 256 bits where it could have 512, which hide more of what the chain waits for. No
    option is left where XLA does not know it. JAX refuses options on a `jit` within another.

    >>> import jax
    >>> float(jax.jit(lambda x: 2 * x, compiler_options=wide_vectors())(1.0))
    2.0
    """
    options = {"xla_cpu_prefer_vector_width": 512}
    try:
        jax.jit(lambda x: x, compiler_options=options).lower(0.0).compile()
    except jax.errors.JaxRuntimeError:
        return {}
    return options
