"""Sliders of the explorer: fields, ranges and units."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from jaxcom.plot.labels import Fixed, as_html, factor_of, short_label
from jaxcom.resonator import DETUNING_WINDOW, PARAMETERS, SpinningResonator

from ..box import Box, Log

POSITIONS = 3000  # of a slider, approximately


class Slider(NamedTuple):
    """Slider of a field, displayed in a unit that suits its size.

    Attributes:
        name: name of the field.
        label: symbol and unit, as HTML.
        factor: ratio of a displayed value to the value in SI units.
        low: lower end of the range, in SI units.
        high: upper end of the range, in SI units.
        logarithmic: whether the scale is logarithmic.
    """

    name: str
    label: str
    factor: float
    low: float
    high: float
    logarithmic: bool

    @property
    def step(self) -> float:
        """Distance of two positions, a round number; on a logarithmic scale, in decades."""
        low, high = self.displayed(self.low), self.displayed(self.high)
        if self.logarithmic:  # a decade needs finer positions
            return _round_step(math.log10(high / low) / (10 * POSITIONS))
        return _round_step((high - low) / POSITIONS)

    @property
    def description(self) -> dict[str, str | float]:
        """Data of the slider for the browser, in the displayed unit."""
        ends = {"low": self.displayed(self.low), "high": self.displayed(self.high)}
        return {**self._asdict(), **ends, "step": self.step}

    def displayed(self, value: float) -> float:
        """Displayed value of a value in SI units."""
        return float(value) * self.factor

    def in_si(self, displayed: float) -> float:
        """Value in SI units of a displayed value, rounded to 12 digits and kept in the range.

        >>> (slider,) = sliders_of(Box(spin=(0, 30e3)), {})
        >>> slider.in_si(12.345), slider.in_si(30.0)
        (12345.0, 30000.0)
        """
        return min(max(float(f"{displayed / self.factor:.12g}"), self.low), self.high)


def sliders_of(box: Box, fixed: Fixed) -> list[Slider]:
    """Sliders for the free fields of a box, those of the drive before those of the device.

    Args:
        box: free fields and their bounds.
        fixed: values of the other parameters, which set the units of rates.

    >>> (slider,) = sliders_of(Box(power=(0, 0.1)), {})
    >>> print(slider.label, slider.displayed(slider.high), slider.step)
    <i>P</i> (mW) 100.0 0.05
    """
    return [_slider(box, name, fixed) for name in reversed(PARAMETERS) if name in box.names]


def default_box(resonator: SpinningResonator) -> Box:
    """Box of the fields that are varied most often, in ranges that contain the design.

    >>> box = default_box(SpinningResonator())
    >>> print(*box.names, box.intervals["spin"].high)
    backscattering detuning optical_quality power spin temperature 30000.0
    """
    r = resonator
    ranges = {
        "spin": (0.0, _spin_of_shift(r, 1.7 * float(r.omega_m))),
        "power": (0.0, 0.1),
        "detuning": tuple(bound * r.omega_m for bound in DETUNING_WINDOW),
        "backscattering": (0.0, 4 * r.kappa),
    }
    decades = {
        "temperature": (1e-3, 10.0),
        "optical_quality": (r.optical_quality / 32, r.optical_quality * 32),
    }
    linear = {name: _around(getattr(r, name), *ends) for name, ends in ranges.items()}
    log = {name: Log(*_around(getattr(r, name), *ends)) for name, ends in decades.items()}
    return Box(**linear, **log)


def require_within(box: Box, design: SpinningResonator) -> None:
    """Raise ValueError unless every free field of a design is within its slider."""
    for name in box.names:
        value, ends = float(getattr(design, name)), box.intervals[name]
        if not ends.low <= value <= ends.high:
            raise ValueError(
                f"Argument `{name}` must be within its slider, {ends.low:g} to {ends.high:g}, "
                f"but is {value:g}."
            )


def _slider(box: Box, name: str, fixed: Fixed) -> Slider:
    ends, label = box.intervals[name], as_html(short_label(name, fixed))
    return Slider(name, label, factor_of(name, fixed), ends.low, ends.high, isinstance(ends, Log))


def _spin_of_shift(resonator: SpinningResonator, shift: float) -> float:
    """Spin with a given Sagnac shift by Eq. (1), in rad/s, rounded to one digit."""
    return float(f"{shift / float(resonator.replace(spin=1.0).sagnac_shift):.1g}")


def _around(value: float, low: float, high: float) -> tuple[float, float]:
    return float(min(low, value)), float(max(high, value))


def _round_step(least: float) -> float:
    return rounded_up(least, (1.0, 2.0, 5.0, 10.0))


def rounded_up(
    value: float, round_to: Sequence[float] = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)
) -> float:
    """Smallest number not below `value` that is one of `round_to` times a power of ten.

    >>> rounded_up(0.148), rounded_up(5.2e9), rounded_up(0.148, (1.0, 2.0))
    (0.15, 7000000000.0, 0.2)
    """
    power = 10.0 ** math.floor(math.log10(value))
    return next(float(f"{n * power:.3g}") for n in round_to if n * power >= value)
