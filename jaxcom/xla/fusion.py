"""Boundaries of XLA's kernels; none of these functions changes a number.

XLA fuses elementwise operations into kernels by heuristics. It never repeats an operation that it
considers expensive, such as a division or a square root, and repeats all others as often as that
saves an array in memory. Where the heuristics cost a factor of ten, the elementwise path uses the
functions of this module.
"""

import functools

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float


@jax.custom_jvp
def in_memory(value: Float[Array, "..."]) -> Float[Array, "..."]:
    """Value that is computed once, however often it is used: its quotient by a one.

    It also ends a kernel that would grow too large: XLA does not compile kernels of more than some
    3000 operations to vector instructions on CPUs. The value must be finite or NaN, and used at
    least twice.

    >>> import jax.numpy as jnp
    >>> in_memory(jnp.array([0.1, jnp.nan]))
    Array([0.1, nan], dtype=float64)
    """
    return value / (1 + 0 * value)  # a one that XLA cannot fold


@in_memory.defjvp
def _in_memory_jvp(primals, tangents):
    """The tangent is computed once as well."""
    (value,), (tangent,) = primals, tangents
    return in_memory(value), tangent / (1 + 0 * value)


def in_memory_with_flag(
    value: Float[Array, "..."], flag: Bool[Array, "..."]
) -> tuple[Float[Array, "..."], Bool[Array, "..."]]:
    """A value and a flag, both computed once by one kernel.

    A kernel of XLA for CPUs writes one array, so the flag travels as a factor of the value; see
    `marked`.

    >>> import jax.numpy as jnp
    >>> in_memory_with_flag(jnp.array([-1.0, 2.0]), jnp.array([True, False]))
    (Array([-1.,  2.], dtype=float64), Array([ True, False], dtype=bool))
    """
    return unmarked(in_memory(marked(value, flag)))


def marked(value: Float[Array, "..."], flag: Bool[Array, "..."]) -> Float[Array, "..."]:
    """Value times a large power of two where a flag is True; `unmarked` takes both apart.

    In double precision values must be below 2^350 in size, and a flagged value within 2^-349 of 0
    becomes 2^-349; in single precision these numbers are 2^44 and 2^-43.

    >>> import jax.numpy as jnp
    >>> value, flag = unmarked(marked(jnp.array([0.0, 0.5, 0.5]), jnp.array([True, True, False])))
    >>> flag.tolist(), (value * 2).round(9).tolist()
    ([True, True, False], [0.0, 1.0, 1.0])
    """
    limit = _limit(value)
    resolved = jnp.where(jnp.abs(value) < 2 / limit, 2 / limit, value)
    return jnp.where(flag, resolved * limit * limit, value)


def unmarked(value: Float[Array, "..."]) -> tuple[Float[Array, "..."], Bool[Array, "..."]]:
    """Value and flag of a marked value."""
    limit = _limit(value)
    flag = jnp.abs(value) >= limit
    return jnp.where(flag, value / limit / limit, value), flag


def _limit(value: Float[Array, "..."]) -> float:
    return 2.0**350 if value.dtype == jnp.float64 else 2.0**44


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
    """Compiler options for an outermost `jax.jit` that let XLA use the full vectors of a CPU.

    By default XLA uses vectors of 256 bits where the CPU has 512, which hide more of the latency.
    The dictionary is empty where XLA does not know the option. JAX refuses options on a nested
    `jit`.

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
