"""The axes of a grid: values of a field, made from their index where they are needed."""

import hashlib
import operator
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxcom.xla.fusion import in_memory

Scalar = float | Float[Array, ""]  # under `jit` the ends are arrays


class Linspace(eqx.Module):
    """`count` values from `first` to `last`, equally spaced: those of `numpy.linspace`.

    The values are made on the device from their index: an axis of any length takes no memory.

    Raises:
        ValueError: `count` is below 1, or an end is not finite.

    >>> Linspace(0.0, 30e3, 4).values()
    array([    0., 10000., 20000., 30000.])
    """

    first: Scalar
    last: Scalar
    step: Scalar
    count: int = eqx.field(static=True)

    def __init__(self, first: float | int, last: float | int, count: int):
        self.first, self.last = _finite("first", first), _finite("last", last)
        self.count = _counted(count)
        # Divided here: XLA would multiply by a rounded 1 / (count - 1).
        self.step = (self.last - self.first) / max(self.count - 1, 1)

    def values(self) -> Float[np.ndarray, " count"]:
        """All values."""
        return np.linspace(self.first, self.last, self.count)

    def at(self, index: Int[Array, " n"]) -> Float[Array, " n"]:
        """The values at those places, bit for bit those of `values`."""
        # Through memory, lest product and sum become one instruction that rounds once.
        value = self.first + in_memory(index.astype(float) * self.step)
        return jnp.where((index > 0) & (index == self.count - 1), self.last, value)


class Values(eqx.Module):
    """Values of an axis as they are given, in any order.

    >>> Values([0.0, 8e3, 23e3]).count
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
    def count(self) -> int:
        """How many they are."""
        return len(self.numbers)

    def values(self) -> Float[np.ndarray, " count"]:
        """All values."""
        return np.asarray(self.numbers)

    def at(self, index: Int[Array, " n"]) -> Float[Array, " n"]:
        """The values at those places."""
        return jnp.asarray(self.numbers)[index]


class Geomspace(Values):
    """`count` values from `first` to `last` in equal ratios: those of `numpy.geomspace`.

    Raises:
        ValueError: `count` is below 1, or an end is not finite and above 0.

    >>> Geomspace(1e-3, 1.0, 4).values()
    array([0.001, 0.01 , 0.1  , 1.   ])
    """

    def __init__(self, first: float | int, last: float | int, count: int):
        for name, end in (("first", first), ("last", last)):
            if _finite(name, end) <= 0:
                raise ValueError(f"Argument `{name}` must be above 0, but is {end:g}.")
        super().__init__(np.geomspace(first, last, _counted(count)))


Axis = Linspace | Values


def as_axis(name: str, given: Any) -> Axis:
    """The axis that was given for a field, as an object or as its values.

    Raises:
        ValueError: they are not one-dimensional, real and at least one; the field is named.

    >>> as_axis("spin", [0.0, 8e3]).count
    2
    """
    if isinstance(given, Linspace | Values):
        return given
    try:
        return Values(given)
    except ValueError as error:
        raise ValueError(f"Axis `{name}`: {error}") from None


def description(axis: Axis) -> dict[str, Any]:
    """What tells an axis from another, for people and for files.

    >>> description(Linspace(0.0, 1.0, 5))
    {'first': 0.0, 'last': 1.0, 'count': 5, 'spacing': 'equal'}
    """
    if isinstance(axis, Linspace):
        ends = {"first": float(axis.first), "last": float(axis.last)}
        return ends | {"count": axis.count, "spacing": "equal"}
    values = axis.values()
    digest = hashlib.sha256(values.tobytes()).hexdigest()[:16]
    return {"first": values[0].item(), "last": values[-1].item(), "count": axis.count} | {
        "sha256": digest
    }


def _finite(name: str, value: float | int) -> float:
    if not np.isfinite(value):
        raise ValueError(f"Argument `{name}` must be finite, but is {value}.")
    return float(value)


def _counted(count: int) -> int:
    if operator.index(count) < 1:
        raise ValueError(f"Argument `count` must be at least 1, but is {count}.")
    return operator.index(count)
