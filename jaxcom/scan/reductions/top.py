"""Best designs of a grid."""

import math
import operator
from collections.abc import Mapping
from typing import SupportsIndex

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from jaxcom.scan.axes import Axis
from jaxcom.scan.grid import Grid
from jaxcom.scan.outputs import OUTPUTS
from jaxcom.scan.reductions.base import PartialResult, ReducedVariable, Reduction, require_output
from jaxcom.scan.reductions.places import NOWHERE, nan_if_no_value, place_variables
from jaxcom.xla.elementary import lowest_if_nan


def _require_count(count: SupportsIndex) -> int:
    number = operator.index(count)
    if not 1 <= number <= 10_000:
        raise ValueError(f"Argument `count` must be in 1..10000, but is {number}.")
    return number


class Top(Reduction):
    """Points where an output is largest, in descending order; NaN where there are fewer.

    Attributes:
        of: name of the output.
        count: number of points.

    Raises:
        ValueError: `of` is not an output with numeric values, or `count` is not in 1..10000.

    >>> Top("log_negativity", 3).names(("spin",))
    ['top_log_negativity', 'spin_at_top_log_negativity']
    """

    of: str = eqx.field(converter=require_output)
    count: int = eqx.field(converter=_require_count, default=10)

    @property
    def name(self) -> str:
        """Name of the largest values in the result."""
        return f"top_{self.of}"

    def names(self, axes: tuple[str, ...]) -> list[str]:
        return [self.name, *(f"{name}_at_{self.name}" for name in axes)]

    def initial(self, axes: tuple[str, ...], grid: Grid) -> PartialResult:
        return {"value": np.full(self.count, -np.inf), "index": np.full(self.count, NOWHERE)}

    def reduce_block(
        self, axes: tuple[str, ...], values: Mapping[str, jax.Array]
    ) -> dict[str, jax.Array]:
        flat = lowest_if_nan(values[self.of]).reshape(-1)
        length = max(1, math.isqrt(flat.size // self.count))
        flat = jnp.pad(flat, (0, -flat.size % length), constant_values=-jnp.inf)
        rows = flat.reshape(-1, length)
        # The best values lie in the rows with the best maxima, the first ones among equals;
        # sorting these rows takes much less time than sorting all values.
        few = jnp.sort(jax.lax.top_k(rows.max(axis=1), min(self.count, len(rows)))[1])
        best, place = jax.lax.top_k(rows[few].reshape(-1), min(self.count, few.size * length))
        return {"value": best, "index": few[place // length] * length + place % length}

    def to_grid(
        self, axes: tuple[str, ...], grid: Grid, number: int, block: PartialResult
    ) -> PartialResult:
        exists = ~np.isneginf(block["value"])
        index = np.full(len(exists), NOWHERE)
        in_block = np.unravel_index(block["index"][exists], grid.block)
        places = [p + c for p, c in zip(in_block, grid.corner(number), strict=True)]
        index[exists] = np.ravel_multi_index(places, grid.shape)
        value = block["value"].astype(float)
        return self.merge(self.initial(axes, grid), {"value": value, "index": index})

    def merge(self, one: PartialResult, other: PartialResult) -> PartialResult:
        value = np.concatenate([one["value"], other["value"]])
        index = np.concatenate([one["index"], other["index"]])
        best = np.lexsort((index, -value))[: self.count]
        return {"value": value[best], "index": index[best]}

    def variables(
        self, axes: Mapping[str, Axis], grid: Grid, total: PartialResult
    ) -> dict[str, ReducedVariable]:
        output, dims = OUTPUTS[self.of], (f"{self.name}_rank",)
        attributes = {"long_name": f"largest {output.meaning}", "units": output.unit or "1"}
        values = nan_if_no_value(total["value"])
        return {self.name: ReducedVariable(dims, values, attributes)} | place_variables(
            axes, list(axes), total["index"], dims, self.name
        )
