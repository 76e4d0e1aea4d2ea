"""Base class of reductions: a block is reduced on the device, partial results merge on the host."""

import abc
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np

from jaxcom.scan.axes import Axis
from jaxcom.scan.grid import Grid
from jaxcom.scan.outputs import OUTPUTS
from jaxcom.support.suggestions import did_you_mean

PartialResult = dict[str, Any]
"""Result of a reduction over some of the blocks, for one direction and branch: NumPy arrays by
name, or scalars where all axes are reduced."""


class ReducedVariable(NamedTuple):
    """Variable of the result of a reduction.

    Attributes:
        dims: dimensions besides direction and branch.
        values: values; they may have further, leading dimensions.
        attributes: CF attributes.
    """

    dims: tuple[str, ...]
    values: np.ndarray
    attributes: dict[str, Any]


class Reduction(eqx.Module):
    """Summary of all points of a grid, along some or all of its axes.

    Attributes:
        of: the quantity that is reduced.
    """

    of: str

    @property
    def reduced_dims(self) -> tuple[str, ...] | None:
        """Names of the axes to reduce over; None for all. The others remain in the result."""
        return None

    @property
    def output(self) -> str:
        """Name of the output that is reduced."""
        return self.of

    @abc.abstractmethod
    def names(self, axes: tuple[str, ...]) -> list[str]:
        """Names of the variables of the result."""

    @abc.abstractmethod
    def initial(self, axes: tuple[str, ...], grid: Grid) -> PartialResult:
        """Result over no block."""

    @abc.abstractmethod
    def reduce_block(
        self, axes: tuple[str, ...], values: Mapping[str, jax.Array]
    ) -> dict[str, jax.Array]:
        """Result over one block, on the device, in coordinates of the block.

        Points beyond the grid are NaN, and their status is `NOT_COMPUTED`.
        """

    @abc.abstractmethod
    def to_grid(
        self, axes: tuple[str, ...], grid: Grid, number: int, block: PartialResult
    ) -> PartialResult:
        """Result over one block in coordinates of the grid, for the entries of its `region`."""

    @abc.abstractmethod
    def merge(self, one: PartialResult, other: PartialResult) -> PartialResult:
        """Result over two sets of blocks; the order and the grouping do not matter."""

    @abc.abstractmethod
    def variables(
        self, axes: Mapping[str, Axis], grid: Grid, total: PartialResult
    ) -> dict[str, ReducedVariable]:
        """Variables of the result over all blocks; `total` may have further, leading dimensions."""

    def check(self, axes: Mapping[str, Axis]) -> None:
        """Raise ValueError if the reduction names an axis that the grid does not have."""
        for name in self.reduced_dims or ():
            if name not in axes:
                raise ValueError(f"Argument `over` names `{name}`{did_you_mean(name, axes)}")

    def identity(self) -> dict[str, Any]:
        """Kind and fields of the reduction as JSON."""
        fields = {"kind": type(self).__name__} | vars(self)
        return {key: list(v) if isinstance(v, tuple) else v for key, v in fields.items()}

    def reduced(self, axes: tuple[str, ...]) -> tuple[int, ...]:
        """Indices of the axes that are reduced."""
        dims = axes if self.reduced_dims is None else self.reduced_dims
        return tuple(a for a, name in enumerate(axes) if name in dims)

    def remaining(self, axes: tuple[str, ...]) -> tuple[int, ...]:
        """Indices of the axes that remain in the result."""
        return tuple(a for a in range(len(axes)) if a not in self.reduced(axes))

    def region(self, axes: tuple[str, ...], grid: Grid, number: int) -> tuple[slice, ...]:
        """Entries of the partial result that a block contributes to."""
        slices = grid.slices(number)
        return tuple(slices[a] for a in self.remaining(axes))

    def inside(self, axes: tuple[str, ...], grid: Grid, number: int) -> tuple[slice, ...]:
        """Entries of a block's result that lie in the grid."""
        inside = grid.inside(number)
        return tuple(inside[a] for a in self.remaining(axes))

    @property
    def suffix(self) -> str:
        """End of the variable names, which contains the reduced axes."""
        return "" if self.reduced_dims is None else "_over_" + "_".join(self.reduced_dims)

    @property
    def along(self) -> str:
        """Reduced axes as text."""
        return "the grid" if self.reduced_dims is None else ", ".join(self.reduced_dims)


def require_output(of: str) -> str:
    """Return the name of an output; raise ValueError unless there is one with numeric values."""
    known = [name for name in OUTPUTS if name != "status"]
    if of not in known:
        raise ValueError(f"Argument `of` names `{of}`{did_you_mean(of, known)}")
    return of


def as_names(over: str | Iterable[str] | None) -> tuple[str, ...] | None:
    """Names of axes, from one name or several; None for all axes.

    Raises:
        ValueError: there is no name.
    """
    names = (over,) if isinstance(over, str) else None if over is None else tuple(over)
    if names == ():
        raise ValueError("Argument `over` must name an axis, or be None for all, but is empty.")
    return names
