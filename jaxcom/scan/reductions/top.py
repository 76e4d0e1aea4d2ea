"""The best designs of a grid."""

import dataclasses
import math
import operator
from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np

from jaxcom.scan.axes import Axis
from jaxcom.scan.grid import Grid
from jaxcom.scan.outputs import OUTPUTS
from jaxcom.scan.reductions.base import Finding, Numbers, Reduction, known_output
from jaxcom.scan.reductions.places import NOWHERE, findings_at, or_lowest, or_nan


@dataclasses.dataclass(frozen=True)
class Top(Reduction):
    """The points where an output is largest, best first; NaN where there are fewer.

    Attributes:
        of: name of the output.
        count: how many points.
    """

    of: str
    count: int = 10
    over = None

    def __post_init__(self):
        known_output(self.of)
        object.__setattr__(self, "count", operator.index(self.count))
        if not 1 <= self.count <= 10_000:
            raise ValueError(f"Argument `count` must be in 1..10000, but is {self.count}.")

    @property
    def name(self) -> str:
        """The name of the values in the result."""
        return f"top_{self.of}"

    def names(self, axes: tuple[str, ...]) -> list[str]:
        return [self.name, *(f"{name}_at_{self.name}" for name in axes)]

    def start(self, axes: tuple[str, ...], grid: Grid) -> Numbers:
        return {
            "value": np.full(self.count, -np.inf),
            "index": np.full(self.count, NOWHERE),
        }

    def part(self, axes: tuple[str, ...], values: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
        flat = or_lowest(values[self.of]).reshape(-1)
        length = max(1, math.isqrt(flat.size // self.count))
        flat = jnp.pad(flat, (0, -flat.size % length), constant_values=-jnp.inf)
        rows = flat.reshape(-1, length)
        # The best values lie in the rows with the best maxima, the first among equals: sorting
        # these is much less than sorting all.
        few = jnp.sort(jax.lax.top_k(rows.max(axis=1), min(self.count, len(rows)))[1])
        best, place = jax.lax.top_k(rows[few].reshape(-1), min(self.count, few.size * length))
        return {"value": best, "index": few[place // length] * length + place % length}

    def place(self, axes: tuple[str, ...], grid: Grid, number: int, part: Numbers) -> Numbers:
        exists = ~np.isneginf(part["value"])
        index = np.full(len(exists), NOWHERE)
        inside = np.unravel_index(part["index"][exists], grid.block)
        places = [p + c for p, c in zip(inside, grid.corner(number), strict=True)]
        index[exists] = np.ravel_multi_index(places, grid.shape)
        return self.join(
            self.start(axes, grid), {"value": part["value"].astype(float), "index": index}
        )

    def join(self, one: Numbers, other: Numbers) -> Numbers:
        value = np.concatenate([one["value"], other["value"]])
        index = np.concatenate([one["index"], other["index"]])
        best = np.lexsort((index, -value))[: self.count]
        return {"value": value[best], "index": index[best]}

    def findings(self, axes: Mapping[str, Axis], grid: Grid, state: Numbers) -> dict[str, Finding]:
        about, rank = OUTPUTS[self.of], (f"{self.name}_rank",)
        told = {"long_name": f"largest values of {about.meaning}", "units": about.unit or "1"}
        found = {self.name: Finding(rank, or_nan(state["value"]), told)}
        return found | findings_at(axes, list(axes), state["index"], rank, self.name)
