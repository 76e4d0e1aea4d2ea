"""Axes and reductions of a scan as a user writes them: `spin=0..30e3:61`, `stable:detuning`."""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jaxcom as jc
from jaxcom.cli.arguments import count
from jaxcom.io.quantities import Given, Quantity, Range, fixed, quantity, quantity_or_range
from jaxcom.resonator import require_known_field
from jaxcom.scan.reductions import Fraction, Histogram, Maximum, Reduction, Top

HELP = """\
An axis is NAME=LOW..HIGH:COUNT, NAME=log:LOW..HIGH:COUNT (equal ratios) or NAME=X,X,X; the first
one varies slowest. A factor omega_m or kappa holds for both ends of a range:
  --axis spin=0..30e3:61 --axis "detuning=-1..4*omega_m:501" --axis power=1e-3,20e-3

A reduction keeps little of a grid that is too large to store. Axes along which it goes follow a
colon, several joined by +; without any, all are meant. Several reductions are parted by commas:
  --maximum log_negativity:detuning       largest along the detuning, and where; chi, Eq. (14)
  --fraction stable,entangled:spin        shares of the points
  --histogram log_negativity=0..0.2:50    numbers of points in 50 bins
  --top abs_nonreciprocity:10             the ten best designs
"""


@dataclasses.dataclass(frozen=True)
class Axis:
    """An axis as it was written: a range with the number of its points, or values."""

    name: str
    ends: Range | None
    values: tuple[Quantity, ...]
    count: int

    def of(self, device: jc.SpinningResonator) -> Any:
        """The axis in SI units."""
        if self.ends is None:
            return [value.of(device) for value in self.values]
        kind = jc.Geomspace if self.ends.logarithmic else jc.Linspace
        return kind(self.ends.low.of(device), self.ends.high.of(device), self.count)


def axis(text: str) -> Axis:
    """Read an axis.

    >>> axis("detuning=-1..4:501*omega_m") == axis("detuning=-1..4*omega_m:501")
    True
    >>> axis("power=1e-3,20e-3").count
    2
    """
    name, equals, values = text.partition("=")
    name = name.strip().replace("-", "_")
    if not equals:
        raise ValueError(f"`{text}` is no axis; write NAME=LOW..HIGH:COUNT or NAME=X,X,X")
    try:
        require_known_field(name, "field to scan")
    except TypeError as error:
        raise ValueError(str(error)) from None
    if ".." not in values:
        given = tuple(quantity(value) for value in values.split(","))
        return Axis(name, None, given, len(given))
    ends, count = _counted(text, values)
    return Axis(name, ends, (), count)


def on_device(
    base: jc.SpinningResonator, given: Mapping[str, Given], axes: Sequence[Axis]
) -> tuple[jc.SpinningResonator, dict[str, Any]]:
    """The design with its fixed fields, and the axes in SI units.

    Raises:
        ValueError: a field is given twice, or as a multiple of a rate that is not fixed itself.
    """
    names = [each.name for each in axes]
    for name in names:
        if names.count(name) > 1 or name in given:
            raise ValueError(f"`{name}` is given twice")
    free: dict[str, Given] = {each.name: each.ends or _around(each.values) for each in axes}
    device = fixed(base, {**given, **free})
    return device, {each.name: each.of(device) for each in axes}


def _around(values: Sequence[Quantity]) -> Range:
    """A range that is a multiple of a rate if any of the values is."""
    rated = [value for value in values if value.rate is not None] or list(values)
    return Range(rated[0], rated[-1])


def words(text: str) -> list[str]:
    """Read names that are parted by commas.

    >>> words("photons_driven, coupling_driven")
    ['photons_driven', 'coupling_driven']
    """
    return [word.strip() for word in text.split(",")]


def maxima(text: str) -> list[Reduction]:
    """Read `Maximum` reductions.

    >>> maxima("log_negativity:spin+detuning")
    [Maximum(of='log_negativity', over=('spin', 'detuning'))]
    """
    return _reductions(text, lambda of, rest: Maximum(of, rest.split("+") if rest else None))


def fractions(text: str) -> list[Reduction]:
    """Read `Fraction` reductions."""
    return _reductions(text, lambda of, rest: Fraction(of, rest.split("+") if rest else None))


def tops(text: str) -> list[Reduction]:
    """Read `Top` reductions."""
    return _reductions(text, lambda of, rest: Top(of, count(rest)) if rest else Top(of))


def histograms(text: str) -> list[Reduction]:
    """Read `Histogram` reductions.

    >>> histograms("photons_driven=log:1e6..1e9:3")[0].edges
    (1000000.0, 10000000.0, 100000000.0, 1000000000.0)
    """
    found: list[Reduction] = []
    for word in words(text):
        of, equals, values = word.partition("=")
        if not equals or ".." not in values:
            raise ValueError(f"`{word}` is no histogram; write NAME=LOW..HIGH:BINS")
        ends, bins = _counted(word, values)
        if ends.low.rate or ends.high.rate:
            raise ValueError(f"`{word}` must be in numbers, without a rate")
        kind = jc.Geomspace if ends.logarithmic else jc.Linspace
        found.append(Histogram(of, kind(ends.low.number, ends.high.number, bins + 1)))
    return found


def _reductions(text: str, read: Callable[[str, str], Reduction]) -> list[Reduction]:
    parts = (word.partition(":") for word in words(text))
    return [read(of.strip(), rest.strip()) for of, _, rest in parts]


def _counted(text: str, values: str) -> tuple[Range, int]:
    """A range and the number behind the colon."""
    log, values = ("log:", values[4:]) if values.startswith("log:") else ("", values)
    counted = re.search(r":\s*(\d+)\s*(?=$|\*)", values)
    if counted is None or int(counted[1]) < 1:
        raise ValueError(f"`{text}` lacks its number of points; write NAME=LOW..HIGH:COUNT")
    ends = quantity_or_range(log + values[: counted.start()] + values[counted.end() :])
    assert isinstance(ends, Range)
    return ends, int(counted[1])
