"""Histogram of the values of an output."""

from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from jaxcom.scan.axes import Axis
from jaxcom.scan.grid import Grid
from jaxcom.scan.outputs import OUTPUTS
from jaxcom.scan.reductions.base import PartialResult, ReducedVariable, Reduction, require_output

MAX_BINS = 2**20
"""Maximum number of bins."""


def _as_edges(edges: Any) -> tuple[float, ...]:
    count = edges.num if isinstance(edges, Axis) else np.size(edges)
    if count > MAX_BINS + 1:
        raise ValueError(f"Argument `edges` must have at most {MAX_BINS} bins, not {count - 1}.")
    values = edges.values() if isinstance(edges, Axis) else np.asarray(edges, float)
    if values.ndim != 1 or len(values) < 2 or not np.all(np.diff(values) > 0):
        raise ValueError(
            "Argument `edges` must be two or more ascending numbers, but is "
            f"{np.array2string(values, threshold=5)}."
        )
    return tuple(values.tolist())


class Histogram(Reduction):
    """Number of points with an output in each bin, counted as by `numpy.histogram`.

    Attributes:
        of: name of the output.
        edges: edges of the bins, ascending: an axis, or numbers. A value on an edge belongs to the
            bin above it; a value on the last edge belongs to the last bin.

    Raises:
        ValueError: `of` is not an output with numeric values, or `edges` are not ascending or
            more than 2^20 bins.

    >>> Histogram("photons_driven", [1e6, 1e7, 1e8]).edges
    (1000000.0, 10000000.0, 100000000.0)
    """

    of: str = eqx.field(converter=require_output)
    edges: tuple[float, ...] = eqx.field(converter=_as_edges)

    def names(self, axes: tuple[str, ...]) -> list[str]:
        return [f"histogram_{self.of}", f"{self.of}_low", f"{self.of}_high"]

    def initial(self, axes: tuple[str, ...], grid: Grid) -> PartialResult:
        return {"count": np.zeros(len(self.edges) - 1, np.int64)}

    def reduce_block(
        self, axes: tuple[str, ...], values: Mapping[str, jax.Array]
    ) -> dict[str, jax.Array]:
        flat, edges = values[self.of].reshape(-1).astype(float), jnp.array(self.edges)
        bin_above = jnp.searchsorted(edges, flat, side="right")
        bin_above = jnp.where(flat == edges[-1], len(edges) - 1, bin_above)
        outside = (bin_above == 0) | jnp.isnan(flat)
        count = jnp.zeros(len(edges) + 1, jnp.int32)
        count = count.at[jnp.where(outside, len(edges), bin_above)].add(1)
        return {"count": count[1:-1]}

    def to_grid(
        self, axes: tuple[str, ...], grid: Grid, number: int, block: PartialResult
    ) -> PartialResult:
        return {"count": block["count"].astype(np.int64)}

    def merge(self, one: PartialResult, other: PartialResult) -> PartialResult:
        return {"count": one["count"] + other["count"]}

    def variables(
        self, axes: Mapping[str, Axis], grid: Grid, total: PartialResult
    ) -> dict[str, ReducedVariable]:
        output, dims = OUTPUTS[self.of], (f"{self.of}_bin",)
        attributes = {"long_name": f"number of points by {output.meaning}", "units": "1"}
        variables = {f"histogram_{self.of}": ReducedVariable(dims, total["count"], attributes)}
        edges = np.asarray(self.edges)
        for end, values in (("low", edges[:-1]), ("high", edges[1:])):
            attributes = {"long_name": f"{end} edge of the bin", "units": output.unit or "1"}
            values = np.broadcast_to(values, total["count"].shape)
            variables[f"{self.of}_{end}"] = ReducedVariable(dims, values, attributes)
        return variables
