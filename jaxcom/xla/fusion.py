"""Where XLA starts and ends a kernel: arrangements that change no number.

XLA fuses elementwise operations into kernels by rules of its own. It never computes what it takes
for expensive, a division or a square root, twice; it computes all else as often as that saves an
array in memory. Where these rules are wrong by a factor of ten, the chain says so with the
functions of this module.
"""

import functools
import operator

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float


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


def in_memory_with_flag(
    value: Float[Array, "..."], flag: Bool[Array, "..."]
) -> tuple[Float[Array, "..."], Bool[Array, "..."]]:
    """A value, which is not negative, and a flag, both computed once by one kernel.

    A kernel of XLA for CPUs writes one array, so the flag travels as the sign of the value.

    >>> import jax.numpy as jnp
    >>> in_memory_with_flag(jnp.array([1.0, 2.0]), jnp.array([True, False]))
    (Array([1., 2.], dtype=float64), Array([ True, False], dtype=bool))
    """
    signed = in_memory(jnp.where(flag, value, -value))
    return jnp.abs(signed), ~(signed < 0)


def nan_where_nan(value: Float[Array, "..."], *others: Float[Array, "..."]) -> Float[Array, "..."]:
    """A value, NaN where one of the others is NaN; these must be finite or NaN.

    A sum costs the kernel less than comparisons do.

    >>> import jax.numpy as jnp
    >>> nan_where_nan(jnp.array([1.0, 2.0]), jnp.array([0.0, jnp.nan]))
    Array([ 1., nan], dtype=float64)
    """
    return value + 0 * functools.reduce(operator.add, others)


def in_one_kernel(*values: Float[Array, "..."]) -> list[Float[Array, "..."]]:
    """Values of one shape, computed together by one kernel.

    A kernel of XLA for CPUs writes one array, and each of several results repeats what they share:
    a gradient would cost as much as eight values. Here the values become the columns of one array.
    The product with the identity matrix keeps XLA from taking the columns apart again;
    `lax.optimization_barrier` does not, since XLA removes it before it fuses.

    The values must be finite where all of them are to be: an infinite or NaN value makes all values
    of its element NaN, in the product with the zeros of the identity.

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
