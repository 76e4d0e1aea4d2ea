"""Values of parameters as text: `63e6`, `0.3*omega_m`, `-1..4*omega_m`, `log:1e6..1e9`."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from jaxcom.resonator import PARAMETERS, SpinningResonator

RATES = ("omega_m", "kappa")
"""Rates of a device that a value may be a multiple of."""

_SOURCES = {"omega_m": {"omega_m"}, "kappa": {"wavelength", "optical_quality"}}


class Quantity(NamedTuple):
    """Number, or multiple of a rate of the device.

    Attributes:
        number: the number, in SI units if there is no rate.
        rate: name of the rate, one of `RATES`, or None.
    """

    number: float
    rate: str | None = None

    def to_si(self, device: SpinningResonator) -> float:
        """Value in SI units for a device.

        >>> round(Quantity(0.5, "omega_m").to_si(SpinningResonator()))
        31500000
        """
        return self.number if self.rate is None else self.number * float(getattr(device, self.rate))


class Range(NamedTuple):
    """Interval in which a field is varied.

    Attributes:
        low: lower end.
        high: upper end.
        logarithmic: whether the field is varied on a logarithmic scale.
    """

    low: Quantity
    high: Quantity
    logarithmic: bool = False


QuantityOrRange = Quantity | Range


def read_quantity(text: str) -> Quantity:
    """Quantity from a text: a number, optionally times a rate.

    Raises:
        ValueError: the text is something else, or a range.

    >>> read_quantity("0.3*omega_m"), read_quantity("kappa").rate, read_quantity("63e6").number
    (Quantity(number=0.3, rate='omega_m'), 'kappa', 63000000.0)
    """
    if text.strip() in RATES:
        return Quantity(1.0, text.strip())
    if ".." in text:
        raise ValueError(f"`{text}` is a range, but a single value is required")
    number, times, rate = (part.strip() for part in text.partition("*"))
    try:
        if times and rate not in RATES:
            raise ValueError(rate)
        return Quantity(float(number), rate if times else None)
    except ValueError:
        raise ValueError(
            f"`{text}` is neither a number nor a number times {' or '.join(RATES)}"
        ) from None


def read_quantity_or_range(text: str) -> QuantityOrRange:
    """Quantity or range from a text; a rate after the upper end applies to both ends.

    Raises:
        ValueError: the text is neither.

    >>> read_quantity_or_range("-1..4*omega_m").low
    Quantity(number=-1.0, rate='omega_m')
    >>> read_quantity_or_range("log:1e6..1e9").logarithmic
    True
    """
    logarithmic, text = text.startswith("log:"), text.removeprefix("log:")
    low, dots, high = text.partition("..")
    if not dots:
        if logarithmic:
            raise ValueError(f"`log:{text}` is not a range; write log:LOW..HIGH")
        return read_quantity(text)
    first, last = read_quantity(low), read_quantity(high)
    return Range(first if first.rate else Quantity(first.number, last.rate), last, logarithmic)


def with_quantities(
    device: SpinningResonator, values: Mapping[str, QuantityOrRange]
) -> SpinningResonator:
    """Copy of a device with the fields that quantities are given for; ranges leave theirs as is.

    Multiples refer to the rates of the result, not to those of `device`.

    Args:
        device: device to start from.
        values: quantities and ranges by the names of the fields.

    Raises:
        ValueError: a quantity is a multiple of a rate that depends on a field with a range, or its
            field is not a rate; or a value is out of the range of its field.

    >>> values = {"detuning": Quantity(2.0, "omega_m"), "omega_m": Quantity(1e6)}
    >>> with_quantities(SpinningResonator(), values).detuning
    2000000.0
    """
    _require_allowed_rates(values)
    fixed = {name: q for name, q in values.items() if isinstance(q, Quantity)}
    device = device.replace(**{n: q.number for n, q in fixed.items() if q.rate is None})
    return device.replace(**{n: q.to_si(device) for n, q in fixed.items() if q.rate is not None})


def require_allowed_rate(
    name: str, value: Quantity, free: Collection[str], unit: str = "rad/s"
) -> None:
    """Raise ValueError if a quantity is a multiple of a rate and must not be.

    Args:
        name: name of the field or setting, for the message.
        value: the quantity.
        free: fields that vary; rates that depend on them have no single value.
        unit: unit of the field or setting; only those in rad/s can be multiples of a rate.

    >>> require_allowed_rate("power", read_quantity("2*kappa"), free=(), unit="W")
    Traceback (most recent call last):
    ValueError: `power` cannot be given as a multiple of kappa
    """
    if value.rate is None:
        return
    if unit != "rad/s" or name == "omega_m":
        raise ValueError(f"`{name}` cannot be given as a multiple of {value.rate}")
    if _SOURCES[value.rate] & set(free):
        raise ValueError(f"`{name}` is a multiple of {value.rate}, which varies; give a number")


def _require_allowed_rates(values: Mapping[str, QuantityOrRange]) -> None:
    free = {name for name, value in values.items() if isinstance(value, Range)}
    for name, value in values.items():
        ends = (value,) if isinstance(value, Quantity) else (value.low, value.high)
        for end in ends:
            require_allowed_rate(name, end, free, PARAMETERS[name].unit)
