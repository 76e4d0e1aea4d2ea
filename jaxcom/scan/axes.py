"""Axes of a grid: values of a field, computed on the device from their index."""

import hashlib
import operator
from typing import Any, SupportsIndex

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxcom.xla.fusion import in_memory

MAX_INDEX = 2**53
"""Maximum number of values of an axis; beyond it, an index has no exact double."""

MAX_VALUES = 2**24
"""Maximum number of values of an axis that holds them."""

Scalar = float | Float[Array, ""]  # under `jit` the ends are arrays


class Linspace(eqx.Module):
    """Axis of `num` equally spaced values from `start` to `stop`, as by `numpy.linspace`.

    The values are computed on the device from their index, so a long axis takes no memory.

    Args:
        start: first value.
        stop: last value; it is included.
        num: number of values.

    Raises:
        TypeError: `start` or `stop` is not a number, or `num` is not an integer.
        ValueError: `start` or `stop` is not finite, or `num` is below 1 or above 2^53.

    >>> Linspace(0.0, 30e3, 4).values()
    array([    0., 10000., 20000., 30000.])
    """

    start: Scalar
    stop: Scalar
    step: Scalar
    num: int = eqx.field(static=True)

    def __init__(self, start: float | int, stop: float | int, num: SupportsIndex):
        self.start = _require_finite("start", start)
        self.stop = _require_finite("stop", stop)
        self.num = _require_count(num)
        # Divided here: XLA would multiply by a rounded 1 / (num - 1).
        self.step = (self.stop - self.start) / max(self.num - 1, 1)

    def values(self) -> Float[np.ndarray, " num"]:
        """All values of the axis."""
        return np.linspace(self.start, self.stop, self.num)

    def at(self, index: Int[Array, " n"]) -> Float[Array, " n"]:
        """Values at indices, equal to those of `values` to the last bit."""
        # Stored in memory so that XLA does not fuse product and sum, which would round once.
        value = self.start + in_memory(index.astype(float) * self.step)
        return jnp.where((index > 0) & (index == self.num - 1), self.stop, value)


class Values(eqx.Module):
    """Axis of given values, in any order.

    Args:
        numbers: list or one-dimensional array of real numbers, at least one.

    Raises:
        ValueError: `numbers` is something else.

    >>> Values([0.0, 8e3, 23e3]).num
    3
    """

    numbers: Float[Array, " n"] | Float[np.ndarray, " n"]

    def __init__(self, numbers: Any):
        array = np.asarray(numbers)
        if array.dtype.kind not in "iuf" or array.ndim != 1 or not array.size:
            raise ValueError(
                "The values of an axis must be a list or one-dimensional array of real numbers, "
                f"but are {np.array2string(array, threshold=5)}."
            )
        self.numbers = array.astype(float)

    @property
    def num(self) -> int:
        """Number of values."""
        return len(self.numbers)

    def values(self) -> Float[np.ndarray, " num"]:
        """All values of the axis."""
        return np.asarray(self.numbers)

    def at(self, index: Int[Array, " n"]) -> Float[Array, " n"]:
        """Values at indices."""
        return jnp.asarray(self.numbers)[index]


class Geomspace(Values):
    """Axis of `num` values from `start` to `stop` in equal ratios, as by `numpy.geomspace`.

    Args:
        start: first value.
        stop: last value; it is included.
        num: number of values.

    Raises:
        TypeError: `start` or `stop` is not a number, or `num` is not an integer.
        ValueError: `start` or `stop` is not finite and positive, or `num` is below 1 or above 2^24.

    >>> Geomspace(1e-3, 1.0, 4).values()
    array([0.001, 0.01 , 0.1  , 1.   ])
    """

    def __init__(self, start: float | int, stop: float | int, num: SupportsIndex):
        for name, end in (("start", start), ("stop", stop)):
            if _require_finite(name, end) <= 0:
                raise ValueError(f"Argument `{name}` must be above 0, but is {end:g}.")
        super().__init__(np.geomspace(start, stop, _require_count(num, MAX_VALUES)))


Axis = Linspace | Values


def as_axis(name: str, values: Any) -> Axis:
    """Axis of a field, from an axis or from its values.

    Args:
        name: field, for the error message.
        values: `Linspace`, `Geomspace`, `Values`, or a list or array of numbers.

    Raises:
        ValueError: `values` is something else.

    >>> as_axis("spin", [0.0, 8e3]).num
    2
    """
    if isinstance(values, Linspace | Values):
        return values
    try:
        return Values(values)
    except ValueError as error:
        raise ValueError(f"Axis `{name}`: {error}") from None


def description(axis: Axis) -> dict[str, Any]:
    """Description of an axis as JSON; two axes have the same one only if all values are equal.

    >>> description(Linspace(0.0, 1.0, 5))
    {'start': 0.0, 'stop': 1.0, 'num': 5, 'spacing': 'equal'}
    """
    if isinstance(axis, Linspace):
        ends = {"start": float(axis.start), "stop": float(axis.stop)}
        return ends | {"num": axis.num, "spacing": "equal"}
    values = axis.values()
    digest = hashlib.sha256(values.tobytes()).hexdigest()[:16]
    ends = {"start": values[0].item(), "stop": values[-1].item()}
    return ends | {"num": axis.num, "sha256": digest}


def _require_finite(name: str, value: Any) -> float:
    """Return the value as a float; raise TypeError or ValueError unless it is a finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"Argument `{name}` must be a finite number, but is {value!r}.") from None
    if not np.isfinite(number):
        raise ValueError(f"Argument `{name}` must be a finite number, but is {value}.")
    return number


def _require_count(num: Any, most: int = MAX_INDEX) -> int:
    """Return the number of values as an int; raise TypeError or ValueError unless it is one."""
    try:
        count = operator.index(num)
    except TypeError:
        raise TypeError(f"Argument `num` must be an integer above 0, but is {num!r}.") from None
    if count < 1:
        raise ValueError(f"Argument `num` must be an integer above 0, but is {num}.")
    if count > most:
        raise ValueError(f"Argument `num` must be at most {most}, but is {num}.")
    return count
