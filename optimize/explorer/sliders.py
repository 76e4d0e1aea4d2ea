"""Which fields have sliders, and between which ends."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from jaxcom.plot.labels import Fixed, as_html, factor_of, short_label
from jaxcom.resonator import PARAMETERS, SpinningResonator

from ..box import Box, Log

POSITIONS = 3000  # of a slider, about


class Slider(NamedTuple):
    """A field as a slider shows it: in a unit that suits its size.

    Attributes:
        name: the field.
        label: its symbol and unit, as HTML.
        factor: what a value in SI is multiplied by to be shown.
        low: the first value, in SI.
        high: the last value, in SI.
        logarithmic: the slider goes by decades.
    """

    name: str
    label: str
    factor: float
    low: float
    high: float
    logarithmic: bool

    @property
    def step(self) -> float:
        """From one position to the next, a round number: of the value shown, or of its decades."""
        low, high = self.shown(self.low), self.shown(self.high)
        if self.logarithmic:  # decades need finer positions
            return _round_step(math.log10(high / low) / (10 * POSITIONS))
        return _round_step((high - low) / POSITIONS)

    @property
    def described(self) -> dict[str, str | float]:
        """What a browser needs to know of it."""
        told = self._replace(low=self.shown(self.low), high=self.shown(self.high))._asdict()
        return {**told, "step": self.step}

    def shown(self, value: float) -> float:
        """A value in SI as it is shown."""
        return float(value) * self.factor

    def value(self, shown: float) -> float:
        """What is shown, in SI, within the ends, and without the rounding of units.

        >>> (slider,) = sliders_of(Box(spin=(0, 30e3)), {})
        >>> slider.value(12.345), slider.value(30.0)
        (12345.0, 30000.0)
        """
        return min(max(float(f"{shown / self.factor:.12g}"), self.low), self.high)


def sliders_of(box: Box, fixed: Fixed) -> list[Slider]:
    """A slider for each field that a box frees, the drive's before the device's.

    >>> (slider,) = sliders_of(Box(power=(0, 0.1)), {})
    >>> print(slider.label, slider.shown(slider.high), slider.step)
    <i>P</i> (mW) 100.0 0.05
    """
    return [_slider(box, name, fixed) for name in reversed(PARAMETERS) if name in box.names]


def default_box(resonator: SpinningResonator) -> Box:
    """The fields that one usually turns, in ranges that hold the design.

    >>> box = default_box(SpinningResonator())
    >>> print(*box.names, box.intervals["spin"].high)
    backscattering detuning optical_quality power spin temperature 30000.0
    """
    r = resonator
    ranges = {
        "spin": (0.0, _spin_of_shift(r, 1.7 * float(r.omega_m))),
        "power": (0.0, 0.1),
        "detuning": (-r.omega_m, 4 * r.omega_m),
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
    """Raise ValueError unless every slider can show the design."""
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
    """The spin, rounded, whose Sagnac shift is given, Eq. (1)."""
    return float(f"{shift / float(resonator.replace(spin=1.0).sagnac_shift):.1g}")


def _around(value: float, low: float, high: float) -> tuple[float, float]:
    return float(min(low, value)), float(max(high, value))


def _round_step(least: float) -> float:
    return rounded_up(least, (1.0, 2.0, 5.0, 10.0))


def rounded_up(
    value: float, round_to: Sequence[float] = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)
) -> float:
    """The next of some numbers times a power of ten.

    >>> rounded_up(0.148), rounded_up(5.2e9), rounded_up(0.148, (1.0, 2.0))
    (0.15, 7000000000.0, 0.2)
    """
    power = 10.0 ** math.floor(math.log10(value))
    return next(float(f"{n * power:.3g}") for n in round_to if n * power >= value)
