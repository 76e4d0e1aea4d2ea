"""The tables [tolerances] and [robust] of a problem file."""

from collections.abc import Callable
from typing import Any, NamedTuple

from jaxcom.io.quantities import quantity
from jaxcom.resonator import PARAMETERS

from ..robustness import (
    Mean,
    Normal,
    Quantile,
    Relative,
    Tolerances,
    Uniform,
    WorstCase,
    YieldAbove,
)
from ..robustness.distributions import AbstractDistribution
from ..robustness.measures import AbstractMeasure
from .reading import (
    Frame,
    Reader,
    count,
    number,
    one_of,
    read_entries,
    told_with,
)

SHAPES = {"normal": Normal, "uniform": Uniform}
MEASURES: dict[str, tuple[Callable[..., AbstractMeasure], str | None]] = {
    "mean": (Mean, None),
    "worst-case": (WorstCase, None),
    "quantile": (Quantile, "level"),
    "yield": (YieldAbove, "threshold"),
}
"""The measures by their names, each with the number that it needs."""

_ALLOWED = "must be a number or a string such as '2 %', 'uniform 5 %', 'normal 0.01*omega_m'"


class Robustness(NamedTuple):
    """What a design must bear, and what counts then.

    Attributes:
        measure: of the objective over devices.
        tolerances: of the devices' fields.
        samples: devices that the search looks at for each design.
        devices: random ones on which designs are judged afterwards.
    """

    measure: AbstractMeasure
    tolerances: Tolerances
    samples: int = 256
    devices: int = 2**17


def read_robustness(tolerances: Any, robust: Any, frame: Frame) -> Robustness:
    """What the two tables say.

    Raises:
        ValueError: an unknown field, key or measure, or a value that is not allowed.
    """
    with told_with("[tolerances]"):
        entries = read_entries(tolerances, {name: _tolerance(name, frame) for name in PARAMETERS})
        spread = Tolerances(**entries)
    with told_with("[robust]"):
        values = read_entries(robust, _READERS)
        measure = _measure(values.pop("measure", "mean"), values)
        return Robustness(measure, spread, **values)


def _measure(name: str, values: dict[str, Any]) -> AbstractMeasure:
    """The measure of a name; its number is taken from the values."""
    kind, needed = MEASURES[name]
    for key in ("level", "threshold"):
        if (key in values) != (key == needed):
            verb = "needs" if key == needed else "has no"
            raise ValueError(f"the measure `{name}` {verb} key `{key}`")
    return kind(values.pop(needed)) if needed else kind()


_READERS: dict[str, Reader] = {
    "measure": one_of(MEASURES),
    "level": number,
    "threshold": number,
    "samples": count,
    "devices": count,
}


def _tolerance(name: str, frame: Frame) -> Reader:
    """A reader of the tolerance of a field."""

    def read(value: Any) -> AbstractDistribution:
        if isinstance(value, str):
            return _spread(name, value, frame)
        try:
            return Normal(number(value))
        except ValueError:
            raise ValueError(f"{_ALLOWED}, but is {value!r}") from None

    return read


def _spread(name: str, words: str, frame: Frame) -> AbstractDistribution:
    """The distribution that words such as 'uniform 5 %' describe; by default a normal one."""
    first, _, rest = words.strip().partition(" ")
    shape, size = (SHAPES[first], rest) if first in SHAPES else (Normal, words)
    try:
        if size.strip().endswith("%"):
            return Relative(shape(float(size.strip().removesuffix("%")) / 100))
        return shape(frame.number(name, quantity(size), PARAMETERS[name].unit))
    except ValueError as error:
        raise ValueError(f"{_ALLOWED}, but is {words!r}: {error}") from None
