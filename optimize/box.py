"""Search space: the free fields of a resonator, with their bounds and scales."""

from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from jaxcom.resonator import PARAMETERS, SpinningResonator, require_known_field


class Linear(NamedTuple):
    """Interval with a linear scale.

    Attributes:
        low: lower bound.
        high: upper bound.
    """

    low: float
    high: float

    def at(self, unit: ArrayLike) -> Any:
        """Value at a coordinate in 0..1."""
        return self.low + (self.high - self.low) * unit

    def coordinate(self, value: ArrayLike) -> Any:
        """Coordinate in 0..1 of a value."""
        return (value - self.low) / (self.high - self.low)

    def slope(self, unit: ArrayLike) -> Any:
        """Derivative of the value by its coordinate."""
        return 0 * unit + (self.high - self.low)


class Log(NamedTuple):
    """Positive interval with a logarithmic scale, for fields that span decades.

    Attributes:
        low: lower bound, above 0.
        high: upper bound.
    """

    low: float
    high: float

    def at(self, unit: ArrayLike) -> Any:
        """Value at a coordinate in 0..1."""
        return self.low * (self.high / self.low) ** unit

    def coordinate(self, value: ArrayLike) -> Any:
        """Coordinate in 0..1 of a value."""
        return jnp.log(value / self.low) / jnp.log(self.high / self.low)

    def slope(self, unit: ArrayLike) -> Any:
        """Derivative of the value by its coordinate."""
        return self.at(unit) * np.log(self.high / self.low)


Interval = Linear | Log


class Box(eqx.Module):
    """Bounds on fields of a `SpinningResonator`; all other fields keep their values.

    Args:
        **bounds: for each free field a pair (low, high), `Linear(low, high)` or `Log(low, high)`,
            in SI units. A pair has a linear scale.

    Raises:
        TypeError: a name is not a field, or bounds are not an interval.
        ValueError: no field is given, or bounds are not finite, not ascending, outside the range
            of the field, or not positive for `Log`.

    >>> import jaxcom as jc
    >>> from optimize import Box, Log
    >>> box = Box(spin=(0, 30e3), optical_quality=Log(1e6, 1e9))
    >>> design = box.design(jc.SpinningResonator(), jnp.array([0.5, 1.0]))
    >>> print(design.spin, f"{design.optical_quality:.0e}")
    30000.0 3e+07
    """

    intervals: dict[str, Interval]

    def __init__(self, **bounds: Interval | tuple[float, float]):
        if not bounds:
            raise ValueError("Argument `Box(...)` must free at least one field, but frees none.")
        self.intervals = {name: _interval(name, given) for name, given in bounds.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the free fields in the order of the coordinates, which is alphabetical."""
        return tuple(sorted(self.intervals))

    def design(self, resonator: SpinningResonator, unit: Float[Array, " d"]) -> SpinningResonator:
        """Resonator with its free fields set to a point of the unit cube."""
        values = {name: self.intervals[name].at(unit[k]) for k, name in enumerate(self.names)}
        return resonator.replace(**values)

    def coordinates(self, resonator: SpinningResonator) -> Float[Array, " d"]:
        """Coordinates of a resonator; outside 0..1 where it lies outside the box."""
        return jnp.stack(
            [jnp.asarray(self.intervals[n].coordinate(getattr(resonator, n))) for n in self.names]
        )

    def derivatives(self, unit: Float[np.ndarray, "*n d"]) -> Float[np.ndarray, "*n d"]:
        """Derivatives of the free fields with respect to their coordinates, in SI units."""
        slopes = [self.intervals[n].slope(unit[..., k]) for k, n in enumerate(self.names)]
        return np.stack([np.asarray(slope) for slope in slopes], axis=-1)


def _interval(name: str, given: Any) -> Interval:
    require_known_field(name)
    if not isinstance(given, Linear | Log):
        try:
            low, high = (float(bound) for bound in given)
        except (TypeError, ValueError):
            raise TypeError(
                f"Argument `{name}` must be a pair (low, high) or Log(low, high), but is {given!r}."
            ) from None
        given = Linear(low, high)
    _require_bounds(name, given)
    return given


def _require_bounds(name: str, interval: Interval) -> None:
    low, high, parameter = interval.low, interval.high, PARAMETERS[name]
    if not low < high or not all(parameter.admits(bound) for bound in (low, high)):
        raise ValueError(
            f"Argument `{name}` must have bounds low < high, each {parameter.allowed}, "
            f"but has {low:g} and {high:g}."
        )
    if isinstance(interval, Log) and low <= 0:
        raise ValueError(
            f"Argument `{name}` must have a lower bound above 0 for Log, but has {low:g}."
        )
