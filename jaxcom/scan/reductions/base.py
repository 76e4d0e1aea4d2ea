"""What a reduction is: a part on the device, and the joining of parts on the host."""

import abc
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxcom.scan.axes import Axis
from jaxcom.scan.grid import Grid
from jaxcom.scan.outputs import OUTPUTS
from jaxcom.support.suggestions import did_you_mean

Numbers = dict[str, Any]
"""What a reduction has found so far, or in one block, for one direction and branch: arrays of NumPy
by name, or scalars where all axes are reduced."""


class Finding(NamedTuple):
    """One array of a reduction's result: its dimensions besides direction and branch."""

    dims: tuple[str, ...]
    values: np.ndarray
    attributes: dict[str, Any]


class Reduction(abc.ABC):
    """What is kept of all points together.

    Attributes:
        of: what is reduced.
        over: the axes along which; None for all. The others are dimensions of the result.
    """

    of: str
    over: tuple[str, ...] | None

    @property
    def reads(self) -> str:
        """The name of the output that is reduced."""
        return self.of

    @abc.abstractmethod
    def names(self, axes: tuple[str, ...]) -> list[str]:
        """The names of the arrays of the result."""

    @abc.abstractmethod
    def start(self, axes: tuple[str, ...], grid: Grid) -> Numbers:
        """What is found before the first block."""

    @abc.abstractmethod
    def part(self, axes: tuple[str, ...], values: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
        """What one block holds, on the device; points beyond the grid are NaN, their status -1."""

    @abc.abstractmethod
    def place(self, axes: tuple[str, ...], grid: Grid, number: int, part: Numbers) -> Numbers:
        """The part of a block as numbers of that region of the grid which it belongs to."""

    @abc.abstractmethod
    def join(self, one: Numbers, other: Numbers) -> Numbers:
        """What two sets of blocks hold together, in whatever order and grouping."""

    @abc.abstractmethod
    def findings(self, axes: Mapping[str, Axis], grid: Grid, state: Numbers) -> dict[str, Finding]:
        """The numbers as arrays of the result; they may have further, leading dimensions."""

    def check(self, axes: Mapping[str, Axis]) -> None:
        """Raise ValueError where the reduction and the axes do not fit."""
        for name in self.over or ():
            if name not in axes:
                raise ValueError(f"Argument `over` names `{name}`{did_you_mean(name, axes)}")

    def identity(self) -> dict[str, Any]:
        """What tells it from others, as JSON has it."""
        told = {"kind": type(self).__name__} | vars(self)
        return {key: list(v) if isinstance(v, tuple) else v for key, v in told.items()}

    def reduced(self, axes: tuple[str, ...]) -> tuple[int, ...]:
        """The axes along which is reduced, by number."""
        return tuple(a for a, name in enumerate(axes) if self.over is None or name in self.over)

    def remaining(self, axes: tuple[str, ...]) -> tuple[int, ...]:
        """The axes of the result, by number."""
        return tuple(a for a in range(len(axes)) if a not in self.reduced(axes))

    def region(self, axes: tuple[str, ...], grid: Grid, number: int) -> tuple[slice, ...]:
        """Which of the numbers a block changes."""
        slices = grid.slices(number)
        return tuple(slices[a] for a in self.remaining(axes))

    def inside(self, axes: tuple[str, ...], grid: Grid, number: int) -> tuple[slice, ...]:
        """Which entries of a block's part lie in the grid."""
        inside = grid.inside(number)
        return tuple(inside[a] for a in self.remaining(axes))

    @property
    def suffix(self) -> str:
        """The end of the result's name."""
        return "" if self.over is None else "_over_" + "_".join(self.over)

    @property
    def along(self) -> str:
        """The axes along which is reduced, in words."""
        return "the grid" if self.over is None else ", ".join(self.over)


def known_output(of: str) -> str:
    """The name of an output that is a number.

    Raises:
        ValueError: it is none.
    """
    known = [name for name in OUTPUTS if name != "status"]
    if of not in known:
        raise ValueError(f"Argument `of` names `{of}`{did_you_mean(of, known)}")
    return of


def as_names(over: str | Iterable[str] | None) -> tuple[str, ...] | None:
    """Axes given as a name, several, or None for all."""
    names = (over,) if isinstance(over, str) else None if over is None else tuple(over)
    if names == ():
        raise ValueError("Argument `over` must name an axis, or be None for all, but is empty.")
    return names
