"""Values as a user writes them: `63e6`, `0.3*omega_m`, `-1..4*omega_m`, `log:1e6..1e9`."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from jaxcom.resonator import PARAMETERS, SpinningResonator

RATES = ("omega_m", "kappa")
"""The rates of a device that a value may be a multiple of."""

_SOURCES = {"omega_m": {"omega_m"}, "kappa": {"wavelength", "optical_quality"}}


class Quantity(NamedTuple):
    """A number, or a multiple of a rate of the device."""

    number: float
    rate: str | None = None

    def of(self, device: SpinningResonator) -> float:
        """The value in SI units."""
        return self.number if self.rate is None else self.number * float(getattr(device, self.rate))


class Range(NamedTuple):
    """An interval that frees a field for a search."""

    low: Quantity
    high: Quantity
    logarithmic: bool = False


Given = Quantity | Range


def quantity(text: str) -> Quantity:
    """Read a number, optionally times a rate.

    >>> quantity("0.3*omega_m"), quantity("kappa").rate, quantity("63e6").number
    (Quantity(number=0.3, rate='omega_m'), 'kappa', 63000000.0)
    """
    if text.strip() in RATES:
        return Quantity(1.0, text.strip())
    if ".." in text:
        raise ValueError(f"`{text}` is a range; one value is needed here")
    number, times, rate = (part.strip() for part in text.partition("*"))
    try:
        if times and rate not in RATES:
            raise ValueError(rate)
        return Quantity(float(number), rate if times else None)
    except ValueError:
        raise ValueError(
            f"`{text}` is neither a number nor a number times {' or '.join(RATES)}"
        ) from None


def quantity_or_range(text: str) -> Given:
    """Read a quantity or a range; the factor of the upper end holds for both.

    >>> quantity_or_range("-1..4*omega_m").low
    Quantity(number=-1.0, rate='omega_m')
    >>> quantity_or_range("log:1e6..1e9").logarithmic
    True
    """
    logarithmic, text = text.startswith("log:"), text.removeprefix("log:")
    low, dots, high = text.partition("..")
    if not dots:
        if logarithmic:
            raise ValueError(f"`log:{text}` is no range; write log:LOW..HIGH")
        return quantity(text)
    first, last = quantity(low), quantity(high)
    return Range(first if first.rate else Quantity(first.number, last.rate), last, logarithmic)


def fixed(device: SpinningResonator, given: Mapping[str, Given]) -> SpinningResonator:
    """The device with the given quantities in place; multiples of its rates are resolved last.

    >>> given = {"detuning": Quantity(2.0, "omega_m"), "omega_m": Quantity(1e6)}
    >>> fixed(SpinningResonator(), given).detuning
    2000000.0
    """
    _require_sensible_rates(given)
    values = {name: q for name, q in given.items() if isinstance(q, Quantity)}
    device = device.replace(**{n: q.number for n, q in values.items() if q.rate is None})
    return device.replace(**{n: q.of(device) for n, q in values.items() if q.rate is not None})


def require_sensible_rate(
    name: str, value: Quantity, free: Collection[str], unit: str = "rad/s"
) -> None:
    """Raise ValueError if a value is a multiple of a rate that is free, or has another unit.

    >>> require_sensible_rate("power", quantity("2*kappa"), free=(), unit="W")
    Traceback (most recent call last):
    ValueError: `power` cannot be given as a multiple of kappa
    """
    if value.rate is None:
        return
    if unit != "rad/s" or name == "omega_m":
        raise ValueError(f"`{name}` cannot be given as a multiple of {value.rate}")
    if _SOURCES[value.rate] & set(free):
        raise ValueError(f"`{name}` is a multiple of {value.rate}, which is free; give a number")


def _require_sensible_rates(given: Mapping[str, Given]) -> None:
    free = {name for name, value in given.items() if isinstance(value, Range)}
    for name, value in given.items():
        ends = (value,) if isinstance(value, Quantity) else (value.low, value.high)
        for end in ends:
            require_sensible_rate(name, end, free, PARAMETERS[name].unit)
