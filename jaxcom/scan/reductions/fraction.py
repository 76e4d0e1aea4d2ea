"""The share of points that are stable or entangled."""

import dataclasses
from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from jaxcom.scan.axes import Axis
from jaxcom.scan.grid import Grid
from jaxcom.scan.reductions.base import Finding, Numbers, Reduction, as_names
from jaxcom.status import Status


@dataclasses.dataclass(frozen=True)
class Fraction(Reduction):
    """The share of points that are stable, or entangled, among all points along axes.

    Attributes:
        of: "stable" or "entangled" (E_N of driven mode and mirror above 0).
        over: the axes along which points are counted, a name or several; None for all.
    """

    of: str
    over: tuple[str, ...] | None = None

    def __init__(self, of: str, over: str | Sequence[str] | None = None):
        if of not in ("stable", "entangled"):
            raise ValueError(f"Argument `of` must be stable or entangled, but is {of!r}.")
        object.__setattr__(self, "of", of)
        object.__setattr__(self, "over", as_names(over))

    @property
    def reads(self) -> str:
        return "status" if self.of == "stable" else "log_negativity"

    @property
    def name(self) -> str:
        """The name of the values in the result."""
        return f"fraction_{self.of}{self.suffix}"

    def names(self, axes: tuple[str, ...]) -> list[str]:
        return [self.name]

    def start(self, axes: tuple[str, ...], grid: Grid) -> Numbers:
        return {"count": np.zeros([grid.shape[a] for a in self.remaining(axes)], np.int64)}

    def part(self, axes: tuple[str, ...], values: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
        if self.of == "stable":
            counted = values["status"] == int(Status.STABLE)
        else:
            counted = values["log_negativity"] > 0
        return {"count": counted.sum(axis=self.reduced(axes), dtype=jnp.int32)}

    def place(self, axes: tuple[str, ...], grid: Grid, number: int, part: Numbers) -> Numbers:
        return {"count": part["count"][self.inside(axes, grid, number)].astype(np.int64)}

    def join(self, one: Numbers, other: Numbers) -> Numbers:
        return {"count": one["count"] + other["count"]}

    def findings(self, axes: Mapping[str, Axis], grid: Grid, state: Numbers) -> dict[str, Finding]:
        names = tuple(axes)
        points = np.prod([grid.shape[a] for a in self.reduced(names)], dtype=np.int64)
        about = {"long_name": f"share of {self.of} points along {self.along}", "units": "1"}
        dims = tuple(names[a] for a in self.remaining(names))
        return {self.name: Finding(dims, state["count"] / points, about)}
