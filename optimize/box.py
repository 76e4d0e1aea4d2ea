"""The search space: which fields of a resonator are free, between which bounds, on which scale."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxcom.resonator import PARAMETERS, SpinningResonator, require_known_field


class Linear(eqx.Module):
    """An interval searched evenly."""

    low: float
    high: float

    def at(self, unit):
        """The value at a coordinate in 0..1."""
        return self.low + (self.high - self.low) * unit

    def coordinate(self, value):
        """The coordinate in 0..1 of a value."""
        return (value - self.low) / (self.high - self.low)


class Log(eqx.Module):
    """A positive interval searched evenly in the logarithm: for fields that span decades."""

    low: float
    high: float

    def at(self, unit):
        """The value at a coordinate in 0..1."""
        return self.low * jnp.exp(jnp.log(jnp.asarray(self.high / self.low)) * unit)

    def coordinate(self, value):
        """The coordinate in 0..1 of a value."""
        return jnp.log(value / self.low) / jnp.log(jnp.asarray(self.high / self.low))


Interval = Linear | Log


class Box(eqx.Module):
    """Bounds on any fields of a `SpinningResonator`; all other fields stay as they are.

    A pair is a linear interval; `Log(low, high)` is searched in the logarithm.

    Raises:
        TypeError: a name that is no field (with a suggestion), or bounds that are no interval.
        ValueError: no field at all, bounds that are not finite and ascending, or outside what the
            field allows, or not positive for `Log`.

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
        """The free fields, in the order of the coordinates: alphabetical."""
        return tuple(sorted(self.intervals))

    def design(self, resonator: SpinningResonator, unit: Float[Array, " d"]) -> SpinningResonator:
        """The resonator with its free fields at the coordinates of a point of the unit cube."""
        values = {name: self.intervals[name].at(unit[k]) for k, name in enumerate(self.names)}
        return resonator.replace(**values)

    def coordinates(self, resonator: SpinningResonator) -> Float[Array, " d"]:
        """The coordinates of a resonator; outside 0..1 where it lies outside the box."""
        return jnp.stack(
            [jnp.asarray(self.intervals[n].coordinate(getattr(resonator, n))) for n in self.names]
        )


def _interval(name: str, given) -> Interval:
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
        raise ValueError(f"Argument `{name}` must have a lower bound above 0 for Log, not {low:g}.")
