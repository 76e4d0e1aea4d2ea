"""Axes and reductions of a scan as text: `spin=0..30e3:61`, `stable:detuning`."""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jaxcom as jc
from jaxcom.cli.arguments import positive_int
from jaxcom.io.quantities import (
    Quantity,
    QuantityOrRange,
    Range,
    read_quantity,
    read_quantity_or_range,
    with_quantities,
)
from jaxcom.resonator import require_known_field
from jaxcom.scan.reductions import Fraction, Histogram, Maximum, Reduction, Top

HELP = """\
An axis is NAME=LOW..HIGH:COUNT, NAME=log:LOW..HIGH:COUNT (logarithmically spaced) or NAME=X,X,X;
the first axis varies slowest. A factor omega_m or kappa applies to both ends of a range:
  --axis spin=0..30e3:61 --axis "detuning=-1..4*omega_m:501" --axis power=1e-3,20e-3

A reduction summarises a grid that is too large to store. The axes it runs over follow a colon,
joined by +; without a colon it runs over all axes. Commas separate several reductions:
  --maximum log_negativity:detuning       largest value over the detuning, and its place
  --fraction stable,entangled:spin        fractions of the points that are stable, entangled
  --histogram log_negativity=0..0.2:50    number of points in each of 50 bins
  --top abs_nonreciprocity:10             the ten designs with the largest values
"""


@dataclasses.dataclass(frozen=True)
class AxisText:
    """Axis as it is written: a range with the number of its points, or values.

    Attributes:
        name: field of the resonator.
        ends: range; None if the values are listed.
        values: listed values; empty if there is a range.
        count: number of points.
    """

    name: str
    ends: Range | None
    values: tuple[Quantity, ...]
    count: int

    def to_si(self, device: jc.SpinningResonator) -> list[float] | jc.Linspace | jc.Geomspace:
        """Axis for `jaxcom.scan`, in SI units, for a device with the rates it may refer to."""
        if self.ends is None:
            return [value.to_si(device) for value in self.values]
        kind = jc.Geomspace if self.ends.logarithmic else jc.Linspace
        return kind(self.ends.low.to_si(device), self.ends.high.to_si(device), self.count)


def read_axis(text: str) -> AxisText:
    """Axis from a text.

    Raises:
        ValueError: the text is not an axis, or names an unknown field.

    >>> read_axis("detuning=-1..4:501*omega_m") == read_axis("detuning=-1..4*omega_m:501")
    True
    >>> read_axis("power=1e-3,20e-3").count
    2
    """
    name, equals, values = text.partition("=")
    name = name.strip().replace("-", "_")
    if not equals:
        raise ValueError(f"`{text}` is not an axis; write NAME=LOW..HIGH:COUNT or NAME=X,X,X")
    try:
        require_known_field(name, "field to scan")
    except TypeError as error:
        raise ValueError(str(error)) from None
    if ".." not in values:
        listed = tuple(read_quantity(value) for value in values.split(","))
        return AxisText(name, None, listed, len(listed))
    ends, count = _range_and_count(text, values)
    return AxisText(name, ends, (), count)


def design_and_axes(
    base: jc.SpinningResonator, values: Mapping[str, QuantityOrRange], axes: Sequence[AxisText]
) -> tuple[jc.SpinningResonator, dict[str, Any]]:
    """Design with its fixed fields, and the axes in SI units by the names of their fields.

    Args:
        base: design to start from.
        values: values of the fixed fields.
        axes: axes as they are written.

    Raises:
        ValueError: a field is given twice, or as a multiple of a rate that varies.
    """
    names = [axis.name for axis in axes]
    for name in names:
        if names.count(name) > 1 or name in values:
            raise ValueError(f"`{name}` is given twice")
    free = {axis.name: axis.ends or _range_of(axis.values) for axis in axes}
    device = with_quantities(base, {**values, **free})
    return device, {axis.name: axis.to_si(device) for axis in axes}


def _range_of(values: Sequence[Quantity]) -> Range:
    """Range that is a multiple of a rate if any of the values is."""
    rated = [value for value in values if value.rate is not None] or list(values)
    return Range(rated[0], rated[-1])


def read_names(text: str) -> list[str]:
    """Names from a text that separates them by commas.

    >>> read_names("photons_driven, coupling_driven")
    ['photons_driven', 'coupling_driven']
    """
    return [name.strip() for name in text.split(",")]


def read_maxima(text: str) -> list[Reduction]:
    """`Maximum` reductions from a text.

    >>> read_maxima("log_negativity:spin+detuning")
    [Maximum(of='log_negativity', over=('spin', 'detuning'))]
    """
    return _reductions(text, lambda of, rest: Maximum(of, rest.split("+") if rest else None))


def read_fractions(text: str) -> list[Reduction]:
    """`Fraction` reductions from a text."""
    return _reductions(text, lambda of, rest: Fraction(of, rest.split("+") if rest else None))


def read_tops(text: str) -> list[Reduction]:
    """`Top` reductions from a text."""
    return _reductions(text, lambda of, rest: Top(of, positive_int(rest)) if rest else Top(of))


def read_histograms(text: str) -> list[Reduction]:
    """`Histogram` reductions from a text.

    Raises:
        ValueError: the text is not a histogram, or its ends are multiples of a rate.

    >>> read_histograms("photons_driven=log:1e6..1e9:3")[0].edges
    (1000000.0, 10000000.0, 100000000.0, 1000000000.0)
    """
    histograms: list[Reduction] = []
    for word in read_names(text):
        of, equals, values = word.partition("=")
        if not equals or ".." not in values:
            raise ValueError(f"`{word}` is not a histogram; write NAME=LOW..HIGH:BINS")
        ends, bins = _range_and_count(word, values)
        if ends.low.rate or ends.high.rate:
            raise ValueError(f"`{word}` must have numbers as its ends, not multiples of a rate")
        kind = jc.Geomspace if ends.logarithmic else jc.Linspace
        histograms.append(Histogram(of, kind(ends.low.number, ends.high.number, bins + 1)))
    return histograms


def _reductions(text: str, read: Callable[[str, str], Reduction]) -> list[Reduction]:
    parts = (word.partition(":") for word in read_names(text))
    return [read(of.strip(), rest.strip()) for of, _, rest in parts]


def _range_and_count(text: str, values: str) -> tuple[Range, int]:
    """Range, and the number after its colon."""
    log, values = ("log:", values[4:]) if values.startswith("log:") else ("", values)
    counted = re.search(r":\s*(\d+)\s*(?=$|\*)", values)
    if counted is None or int(counted[1]) < 1:
        raise ValueError(f"`{text}` has no number of points; write NAME=LOW..HIGH:COUNT")
    ends = read_quantity_or_range(log + values[: counted.start()] + values[counted.end() :])
    assert isinstance(ends, Range)
    return ends, int(counted[1])
