"""Tables [tolerances] and [robust] of a problem file."""

from collections.abc import Callable
from typing import Any, NamedTuple

from jaxcom.io.quantities import read_quantity
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
from ..robustness.evaluation import FRESH_SAMPLES
from ..robustness.measures import AbstractMeasure
from ..robustness.objective import SAMPLES
from .reading import (
    Reader,
    ReferenceDevice,
    located_errors,
    number,
    one_of,
    positive_int,
    read_entries,
)

SHAPES = {"normal": Normal, "uniform": Uniform}
MEASURES: dict[str, tuple[Callable[..., AbstractMeasure], str | None]] = {
    "mean": (Mean, None),
    "worst-case": (WorstCase, None),
    "quantile": (Quantile, "level"),
    "yield": (YieldAbove, "threshold"),
}
"""Measures by their names in a problem file, each with the key of its argument, if any."""

_ALLOWED = "must be a number or a string such as '2 %', 'uniform 5 %', 'normal 0.01*omega_m'"


class Robustness(NamedTuple):
    """Tolerances of the devices, and the measure of the objective over them.

    Attributes:
        measure: measure that the search maximizes.
        tolerances: distributions of the fields around their nominal values.
        samples: number of devices that the search evaluates for each design.
        fresh_samples: number of random devices on which the designs found are evaluated.
    """

    measure: AbstractMeasure
    tolerances: Tolerances
    samples: int = SAMPLES
    fresh_samples: int = FRESH_SAMPLES


def read_robustness(tolerances: Any, robust: Any, reference: ReferenceDevice) -> Robustness:
    """Tolerances and measure described by the two tables.

    Args:
        tolerances: table [tolerances].
        robust: table [robust].
        reference: device that multiples of rates refer to.

    Raises:
        ValueError: an unknown field, key or measure, or a value that is not allowed.
    """
    with located_errors("[tolerances]"):
        readers = {name: _tolerance(name, reference) for name in PARAMETERS}
        distributions = Tolerances(**read_entries(tolerances, readers))
    with located_errors("[robust]"):
        values = read_entries(robust, _READERS)
        measure = _measure(values.pop("measure", "mean"), values)
        return Robustness(measure, distributions, **values)


def _measure(name: str, values: dict[str, Any]) -> AbstractMeasure:
    """Measure of a name; its argument is removed from the values."""
    kind, argument = MEASURES[name]
    for key in ("level", "threshold"):
        if (key in values) != (key == argument):
            verb = "requires the" if key == argument else "has no"
            raise ValueError(f"the measure `{name}` {verb} key `{key}`")
    return kind(values.pop(argument)) if argument else kind()


_READERS: dict[str, Reader] = {
    "measure": one_of(MEASURES),
    "level": number,
    "threshold": number,
    "samples": positive_int,
    "fresh_samples": positive_int,
}


def _tolerance(name: str, reference: ReferenceDevice) -> Reader:
    """Reader of the tolerance of a field."""

    def read(value: Any) -> AbstractDistribution:
        if isinstance(value, str):
            return _distribution(name, value, reference)
        try:
            return Normal(number(value))
        except ValueError:
            raise ValueError(f"{_ALLOWED}, but is {value!r}") from None

    return read


def _distribution(name: str, text: str, reference: ReferenceDevice) -> AbstractDistribution:
    """Distribution of a field from a text such as 'uniform 5 %'; by default a normal one."""
    first, _, rest = text.strip().partition(" ")
    shape, size = (SHAPES[first], rest) if first in SHAPES else (Normal, text)
    try:
        if size.strip().endswith("%"):
            return Relative(shape(float(size.strip().removesuffix("%")) / 100))
        return shape(reference.value(name, read_quantity(size), PARAMETERS[name].unit))
    except ValueError as error:
        raise ValueError(f"{_ALLOWED}, but is {text!r}: {error}") from None
