"""Fraction of points that are stable or entangled."""

from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from jaxcom.scan.axes import Axis
from jaxcom.scan.grid import Grid
from jaxcom.scan.reductions.base import PartialResult, ReducedVariable, Reduction, as_names
from jaxcom.status import Status


def _require_condition(of: str) -> str:
    if of not in ("stable", "entangled"):
        raise ValueError(f"Argument `of` must be 'stable' or 'entangled', but is {of!r}.")
    return of


class Fraction(Reduction):
    """Fraction of the points along axes that are stable, or entangled.

    Attributes:
        of: "stable" or "entangled" (E_N of driven mode and mirror above 0).
        over: axes along which points are counted, a name or several; None for all.

    Raises:
        ValueError: `of` is something else, or `over` is empty.

    >>> Fraction("stable", "detuning").name
    'fraction_stable_over_detuning'
    """

    of: str = eqx.field(converter=_require_condition)
    over: tuple[str, ...] | None = eqx.field(converter=as_names, default=None)

    @property
    def reduced_dims(self) -> tuple[str, ...] | None:
        return self.over

    @property
    def output(self) -> str:
        return "status" if self.of == "stable" else "log_negativity"

    @property
    def name(self) -> str:
        """Name of the fraction in the result."""
        return f"fraction_{self.of}{self.suffix}"

    def names(self, axes: tuple[str, ...]) -> list[str]:
        return [self.name]

    def initial(self, axes: tuple[str, ...], grid: Grid) -> PartialResult:
        return {"count": np.zeros([grid.shape[a] for a in self.remaining(axes)], np.int64)}

    def reduce_block(
        self, axes: tuple[str, ...], values: Mapping[str, jax.Array]
    ) -> dict[str, jax.Array]:
        if self.of == "stable":
            counted = values["status"] == int(Status.STABLE)
        else:
            counted = values["log_negativity"] > 0
        return {"count": counted.sum(axis=self.reduced(axes), dtype=jnp.int32)}

    def to_grid(
        self, axes: tuple[str, ...], grid: Grid, number: int, block: PartialResult
    ) -> PartialResult:
        return {"count": block["count"][self.inside(axes, grid, number)].astype(np.int64)}

    def merge(self, one: PartialResult, other: PartialResult) -> PartialResult:
        return {"count": one["count"] + other["count"]}

    def variables(
        self, axes: Mapping[str, Axis], grid: Grid, total: PartialResult
    ) -> dict[str, ReducedVariable]:
        names = tuple(axes)
        points = np.prod([grid.shape[a] for a in self.reduced(names)], dtype=np.int64)
        attributes = {"long_name": f"fraction of {self.of} points along {self.along}", "units": "1"}
        dims = tuple(names[a] for a in self.remaining(names))
        return {self.name: ReducedVariable(dims, total["count"] / points, attributes)}
