"""Readers for the entries of a problem file; their errors name the table and the key."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from jaxcom import Direction, SpinningResonator
from jaxcom.direction import NAMED_DIRECTIONS
from jaxcom.io.quantities import (
    Quantity,
    QuantityOrRange,
    read_quantity,
    read_quantity_or_range,
    require_allowed_rate,
)
from jaxcom.support.suggestions import did_you_mean

Reader = Callable[[Any], Any]
"""Function that converts the value of an entry; its ValueError continues a sentence that begins
with the name of the key: "must be ..., but is ..."."""


class ReferenceDevice(NamedTuple):
    """Device whose rates multiples such as `0.5*kappa` refer to.

    Attributes:
        device: device with all fixed fields in place.
        free: names of the fields that the search varies.
    """

    device: SpinningResonator
    free: Collection[str]

    def value(self, name: str, quantity: Quantity, unit: str = "rad/s") -> float:
        """Value of a quantity in SI units.

        Args:
            name: key of the entry, for the error message.
            quantity: number, or multiple of a rate of the device.
            unit: unit of the entry.

        Raises:
            ValueError: the quantity is a multiple of a rate, and the unit is not rad/s or the rate
                depends on a free field.
        """
        require_allowed_rate(name, quantity, self.free, unit)
        return quantity.to_si(self.device)


@contextmanager
def located_errors(location: str) -> Iterator[None]:
    """Prefix errors raised in the block with their location in the file; they are ValueErrors.

    >>> with located_errors("[device]"):
    ...     raise TypeError("`spni` is not a field")
    Traceback (most recent call last):
    ValueError: [device]: `spni` is not a field
    """
    try:
        yield
    except (TypeError, ValueError) as error:
        raise ValueError(f"{location}: {error}") from None


def read_entries(
    entries: Any, readers: Mapping[str, Reader], required: Collection[str] = ()
) -> dict[str, Any]:
    """Entries of a table, each converted by the reader of its key.

    Args:
        entries: the table.
        readers: readers by the allowed keys.
        required: keys that must be there.

    Raises:
        ValueError: a key is unknown, a required one is missing, or a value is not allowed.

    >>> read_entries({"starts": 0}, {"starts": positive_int})
    Traceback (most recent call last):
    ValueError: `starts` must be an integer of at least 1, but is 0
    """
    if not isinstance(entries, dict):
        raise ValueError(f"must be a table, but is {entries!r}")
    for key in entries:
        if key not in readers:
            raise ValueError(f"unknown key `{key}`{did_you_mean(key, readers)}")
    for key in required:
        if key not in entries:
            raise ValueError(f"the key `{key}` is missing")
    return {key: _read(key, value, readers[key]) for key, value in entries.items()}


def _read(key: str, value: Any, reader: Reader) -> Any:
    try:
        return reader(value)
    except ValueError as error:
        raise ValueError(f"`{key}` {error}") from None


def positive_int(value: Any) -> int:
    """Integer of at least 1."""
    return _integer(value, 1)


def nonnegative_int(value: Any) -> int:
    """Integer of at least 0."""
    return _integer(value, 0)


def _integer(value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"must be an integer of at least {least}, but is {value!r}")
    return value


def number(value: Any) -> float:
    """Real number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"must be a number, but is {value!r}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError("must be a number below 1e308, but is larger") from None


def text(value: Any) -> str:
    """String."""
    if not isinstance(value, str):
        raise ValueError(f"must be a string, but is {value!r}")
    return value


def one_of(known: Collection[str]) -> Reader:
    """Reader of one of the known names."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in known:
            suggestion = did_you_mean(str(value), known)
            raise ValueError(f"must be one of the known names, but is {value!r}{suggestion}")
        return value

    return read


def quantity(value: Any) -> Quantity:
    """Number, or string that is a multiple of a rate of the device."""
    with _allowed("must be a number, or a string such as '0.5*kappa'"):
        return read_quantity(value) if isinstance(value, str) else Quantity(number(value))


def quantity_or_range(value: Any) -> QuantityOrRange:
    """Quantity, or range of quantities: a string or a pair [low, high]."""
    with _allowed("must be a number, a string such as '0.5*kappa', or a pair [low, high]"):
        match value:
            case [low, high] if not any(isinstance(end, list | dict | bool) for end in value):
                return read_quantity_or_range(f"{low}..{high}")
            case str():
                return read_quantity_or_range(value)
        return Quantity(number(value))


def directions(value: Any) -> tuple[Direction, ...]:
    """Directions of the light: "left", "right" or "both"."""
    return NAMED_DIRECTIONS[one_of(NAMED_DIRECTIONS)(value)]


@contextmanager
def _allowed(allowed: str) -> Iterator[None]:
    """Put the allowed values in front of an error raised in the block."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{allowed}: {error}") from None
