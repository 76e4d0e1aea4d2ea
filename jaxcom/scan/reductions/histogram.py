"""How many points have which values."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxcom.scan.axes import Axis
from jaxcom.scan.grid import Grid
from jaxcom.scan.outputs import OUTPUTS
from jaxcom.scan.reductions.base import Finding, Numbers, Reduction, known_output


@dataclasses.dataclass(frozen=True)
class Histogram(Reduction):
    """How many points have an output between each two edges, as `numpy.histogram` counts them.

    Attributes:
        of: name of the output.
        edges: ascending; a value on an edge belongs to the bin above it, on the last to the last.
    """

    of: str
    edges: tuple[float, ...]
    over = None

    def __init__(self, of: str, edges: Any):
        values = edges.values() if isinstance(edges, Axis) else np.asarray(edges, float)
        if values.ndim != 1 or len(values) < 2 or not np.all(np.diff(values) > 0):
            raise ValueError(
                "Argument `edges` must be two or more ascending numbers, but is "
                f"{np.array2string(values, threshold=5)}."
            )
        object.__setattr__(self, "of", known_output(of))
        object.__setattr__(self, "edges", tuple(values.tolist()))

    def names(self, axes: tuple[str, ...]) -> list[str]:
        return [f"histogram_{self.of}", f"{self.of}_low", f"{self.of}_high"]

    def start(self, axes: tuple[str, ...], grid: Grid) -> Numbers:
        return {"count": np.zeros(len(self.edges) - 1, np.int64)}

    def part(self, axes: tuple[str, ...], values: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
        flat, edges = values[self.of].reshape(-1).astype(float), jnp.array(self.edges)
        bin_above = jnp.searchsorted(edges, flat, side="right")
        bin_above = jnp.where(flat == edges[-1], len(edges) - 1, bin_above)
        outside = (bin_above == 0) | jnp.isnan(flat)
        count = jnp.zeros(len(edges) + 1, jnp.int32)
        count = count.at[jnp.where(outside, len(edges), bin_above)].add(1)
        return {"count": count[1:-1]}

    def place(self, axes: tuple[str, ...], grid: Grid, number: int, part: Numbers) -> Numbers:
        return {"count": part["count"].astype(np.int64)}

    def join(self, one: Numbers, other: Numbers) -> Numbers:
        return {"count": one["count"] + other["count"]}

    def findings(self, axes: Mapping[str, Axis], grid: Grid, state: Numbers) -> dict[str, Finding]:
        about, bins = OUTPUTS[self.of], (f"{self.of}_bin",)
        count = {"long_name": f"points by {about.meaning}", "units": "1"}
        edges = np.asarray(self.edges)
        found = {f"histogram_{self.of}": Finding(bins, state["count"], count)}
        for end, values in (("low", edges[:-1]), ("high", edges[1:])):
            told = {"long_name": f"{end} edge of the bin", "units": about.unit or "1"}
            whole = np.broadcast_to(values, state["count"].shape)
            found[f"{self.of}_{end}"] = Finding(bins, whole, told)
        return found
