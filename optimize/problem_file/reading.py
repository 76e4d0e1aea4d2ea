"""Entries of a problem file as values: each key has a reader, each error names where it is."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from jaxcom import LEFT, RIGHT, Direction, SpinningResonator
from jaxcom.io.quantities import Given, Quantity, quantity, quantity_or_range, require_sensible_rate
from jaxcom.support.suggestions import did_you_mean

Reader = Callable[[Any], Any]
"""Makes a value of an entry; raises ValueError whose text goes on after the name of the key."""


class Frame(NamedTuple):
    """The device that multiples of rates refer to, and which of its fields are free."""

    device: SpinningResonator
    free: Collection[str]

    def number(self, name: str, value: Quantity, unit: str = "rad/s") -> float:
        """A quantity as a number in a unit; ValueError if the rate has another, or is free."""
        require_sensible_rate(name, value, self.free, unit)
        return value.of(self.device)


@contextmanager
def told_with(where: str) -> Iterator[None]:
    """What is wrong inside is a ValueError that says where."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from None


def read_entries(
    entries: Any, readers: Mapping[str, Reader], needed: Collection[str] = ()
) -> dict[str, Any]:
    """The entries of a table, each through the reader of its key.

    Raises:
        ValueError: there is an unknown key, a needed one is missing, a value is not allowed.

    >>> read_entries({"starts": 0}, {"starts": count})
    Traceback (most recent call last):
    ValueError: `starts` must be a whole number from 1, but is 0
    """
    if not isinstance(entries, dict):
        raise ValueError(f"it must be a table, but is {entries!r}")
    for key in entries:
        if key not in readers:
            raise ValueError(f"unknown key `{key}`{did_you_mean(key, readers)}")
    for key in needed:
        if key not in entries:
            raise ValueError(f"the key `{key}` is missing")
    return {key: _read(key, value, readers[key]) for key, value in entries.items()}


def _read(key: str, value: Any, reader: Reader) -> Any:
    try:
        return reader(value)
    except ValueError as error:
        raise ValueError(f"`{key}` {error}") from None


def count(value: Any, least: int = 1) -> int:
    """A whole number from 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"must be a whole number from {least}, but is {value!r}")
    return value


def whole(value: Any) -> int:
    """A whole number from 0."""
    return count(value, 0)


def number(value: Any) -> float:
    """A number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"must be a number, but is {value!r}")
    return float(value)


def text(value: Any) -> str:
    """A string."""
    if not isinstance(value, str):
        raise ValueError(f"must be a string, but is {value!r}")
    return value


def one_of(known: Collection[str]) -> Reader:
    """A reader of one of some words."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"must be one of those known, not {value!r}{_near(value, known)}")
        return value

    return read


def amount(value: Any) -> Quantity:
    """A number, or a number times a rate of the device."""
    with _in_words("must be a number, or a string such as '0.5*kappa'"):
        return quantity(value) if isinstance(value, str) else Quantity(number(value))


def given(value: Any) -> Given:
    """A quantity, or a range of them: a string, or a pair of ends."""
    with _in_words("must be a number, a string such as '0.5*kappa', or a pair [low, high]"):
        match value:
            case [low, high] if not any(isinstance(end, list | dict | bool) for end in value):
                return quantity_or_range(f"{low}..{high}")
            case str():
                return quantity_or_range(value)
        return Quantity(number(value))


def light(value: Any) -> tuple[Direction, ...]:
    """Directions of light: left, right or both."""
    return _SIDES[one_of(_SIDES)(value)]


_SIDES = {"left": (LEFT,), "right": (RIGHT,), "both": (LEFT, RIGHT)}


@contextmanager
def _in_words(allowed: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{allowed}: {error}") from None


def _near(value: Any, known: Collection[str]) -> str:
    return did_you_mean(str(value), known)
