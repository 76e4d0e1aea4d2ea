"""Largest value along axes, and its place."""

from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from jaxcom.scan.axes import Axis
from jaxcom.scan.grid import Grid
from jaxcom.scan.outputs import OUTPUTS
from jaxcom.scan.reductions.base import (
    PartialResult,
    ReducedVariable,
    Reduction,
    as_names,
    require_output,
)
from jaxcom.scan.reductions.places import NOWHERE, nan_if_no_value, place_variables
from jaxcom.xla.elementary import lowest_if_nan


class Maximum(Reduction):
    """Largest value of an output along axes, and its place; NaN where there is no value.

    With `over="detuning"` these are the numerator and the denominator of chi, Eq. (14).

    Attributes:
        of: name of the output.
        over: axes along which the maximum is taken, a name or several; None for all.

    Raises:
        ValueError: `of` is not an output with numeric values, or `over` is empty.

    >>> Maximum("log_negativity", "detuning").names(("spin", "detuning"))
    ['max_log_negativity_over_detuning', 'detuning_at_max_log_negativity_over_detuning']
    """

    of: str = eqx.field(converter=require_output)
    over: tuple[str, ...] | None = eqx.field(converter=as_names, default=None)

    @property
    def reduced_dims(self) -> tuple[str, ...] | None:
        return self.over

    @property
    def name(self) -> str:
        """Name of the largest values in the result."""
        return f"max_{self.of}{self.suffix}"

    def names(self, axes: tuple[str, ...]) -> list[str]:
        places = [f"{axes[a]}_at_{self.name}" for a in self.reduced(axes)]
        return [self.name, *places]

    def initial(self, axes: tuple[str, ...], grid: Grid) -> PartialResult:
        shape = tuple(grid.shape[a] for a in self.remaining(axes))
        return {"value": np.full(shape, -np.inf), "index": np.full(shape, NOWHERE)}

    def reduce_block(
        self, axes: tuple[str, ...], values: Mapping[str, jax.Array]
    ) -> dict[str, jax.Array]:
        block = lowest_if_nan(values[self.of])
        reduced = self.reduced(axes)
        remaining = [block.shape[a] for a in self.remaining(axes)]
        rows = jnp.moveaxis(block, reduced, range(-len(reduced), 0)).reshape(*remaining, -1)
        best = rows.max(axis=-1)
        size = rows.shape[-1]
        # First place of the maximum by two plain reductions: XLA does not vectorize `argmax`.
        index = jnp.where(rows == best[..., None], jnp.arange(size, dtype=jnp.int32), size)
        return {"value": best, "index": index.min(axis=-1)}

    def to_grid(
        self, axes: tuple[str, ...], grid: Grid, number: int, block: PartialResult
    ) -> PartialResult:
        reduced, inside = self.reduced(axes), self.inside(axes, grid, number)
        value = block["value"][inside].astype(float)
        in_block = np.unravel_index(block["index"][inside], [grid.block[a] for a in reduced])
        corner = grid.corner(number)
        places = [p + corner[a] for p, a in zip(in_block, reduced, strict=True)]
        # Only entries without a value have a place beyond the grid; it is replaced by NOWHERE.
        index = np.ravel_multi_index(places, [grid.shape[a] for a in reduced], mode="clip")
        return {"value": value, "index": np.where(np.isneginf(value), NOWHERE, index)}

    def merge(self, one: PartialResult, other: PartialResult) -> PartialResult:
        a, b = one["value"], other["value"]
        better = (b > a) | ((b == a) & (other["index"] < one["index"]))
        return {
            "value": np.where(better, b, a),
            "index": np.where(better, other["index"], one["index"]),
        }

    def variables(
        self, axes: Mapping[str, Axis], grid: Grid, total: PartialResult
    ) -> dict[str, ReducedVariable]:
        names, output = tuple(axes), OUTPUTS[self.of]
        dims = tuple(names[a] for a in self.remaining(names))
        attributes = {
            "long_name": f"largest {output.meaning} along {self.along}",
            "units": output.unit or "1",
        }
        largest = ReducedVariable(dims, nan_if_no_value(total["value"]), attributes)
        reduced = [names[a] for a in self.reduced(names)]
        return {self.name: largest} | place_variables(
            axes, reduced, total["index"], dims, self.name
        )
