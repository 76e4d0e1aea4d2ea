"""Precision: 64-bit arithmetic is required, single precision on request, units cost no digits."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from numpy.typing import DTypeLike


def require_x64(caller: str) -> None:
    """Raise RuntimeError while JAX is set to 32 bits.

    Near the threshold of instability a covariance loses seven or more digits: in 32 bits none
    would be left, and no error would say so.

    Args:
        caller: public name of the calling function, for the message.

    Raises:
        RuntimeError: 64-bit numbers are disabled; the message gives the line to add.

    >>> require_x64("jaxcom.lyapunov")  # silent: 64 bits are on
    """
    if not jax.config.read("jax_enable_x64"):
        raise RuntimeError(
            f"`{caller}` computes in 64 bits, but JAX is set to 32: add "
            '`import jax; jax.config.update("jax_enable_x64", True)` '
            "as the first line of the program."
        )


def require_floating(dtype: DTypeLike) -> None:
    """Raise ValueError unless `dtype` is double or single precision.

    >>> require_floating("float32")
    """
    if jnp.dtype(dtype) not in (jnp.float64, jnp.float32):
        raise ValueError(f"Argument `dtype` must be float64 or float32, but is {dtype!r}.")


def power_of_two(
    magnitude: Float[Array, "*batch"], power: Int[np.ndarray, "*batch"] | int = 1
) -> Float[Array, "*batch"]:
    """Power of two just above a magnitude: a unit in which no digit is lost.

    It has no derivative, and is 1 where the magnitude is 0, infinite or NaN.

    Args:
        magnitude: positive size of the numbers to be scaled.
        power: power of that unit to return, exactly.

    >>> power_of_two(jnp.array([63e6, 0.3, 0.0]))
    Array([6.7108864e+07, 5.0000000e-01, 1.0000000e+00], dtype=float64)
    """
    _, exponent = jnp.frexp(jax.lax.stop_gradient(magnitude))
    return jnp.ldexp(jnp.ones_like(magnitude), power * exponent)
