"""The largest value along axes, and where it is."""

import dataclasses
from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from jaxcom.scan.axes import Axis
from jaxcom.scan.grid import Grid
from jaxcom.scan.outputs import OUTPUTS
from jaxcom.scan.reductions.base import Finding, Numbers, Reduction, as_names, known_output
from jaxcom.scan.reductions.places import NOWHERE, findings_at, or_lowest, or_nan


@dataclasses.dataclass(frozen=True)
class Maximum(Reduction):
    """The largest value of an output along axes, and where it is; NaN where there is none.

    With `over="detuning"` the numerator and the denominator of chi, Eq. (14).

    Attributes:
        of: name of the output.
        over: the axes along which it is sought, a name or several; None for all.
    """

    of: str
    over: tuple[str, ...] | None = None

    def __init__(self, of: str, over: str | Sequence[str] | None = None):
        object.__setattr__(self, "of", known_output(of))
        object.__setattr__(self, "over", as_names(over))

    @property
    def name(self) -> str:
        """The name of the values in the result."""
        return f"max_{self.of}{self.suffix}"

    def names(self, axes: tuple[str, ...]) -> list[str]:
        places = [f"{axes[a]}_at_{self.name}" for a in self.reduced(axes)]
        return [self.name, *places]

    def start(self, axes: tuple[str, ...], grid: Grid) -> Numbers:
        shape = tuple(grid.shape[a] for a in self.remaining(axes))
        return {"value": np.full(shape, -np.inf), "index": np.full(shape, NOWHERE)}

    def part(self, axes: tuple[str, ...], values: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
        block = or_lowest(values[self.of])
        reduced = self.reduced(axes)
        kept = [block.shape[a] for a in self.remaining(axes)]
        last = jnp.moveaxis(block, reduced, range(-len(reduced), 0)).reshape(*kept, -1)
        best = last.max(axis=-1)
        size = last.shape[-1]
        # The first place of the maximum by two plain reductions: `argmax` is not vectorised.
        index = jnp.where(last == best[..., None], jnp.arange(size, dtype=jnp.int32), size)
        return {"value": best, "index": index.min(axis=-1)}

    def place(self, axes: tuple[str, ...], grid: Grid, number: int, part: Numbers) -> Numbers:
        reduced, inside = self.reduced(axes), self.inside(axes, grid, number)
        value = part["value"][inside].astype(float)
        found = np.unravel_index(part["index"][inside], [grid.block[a] for a in reduced])
        corner = grid.corner(number)
        places = [p + corner[a] for p, a in zip(found, reduced, strict=True)]
        # A place beyond the grid belongs to no number: to a block of which nothing exists.
        index = np.ravel_multi_index(places, [grid.shape[a] for a in reduced], mode="clip")
        return {"value": value, "index": np.where(np.isneginf(value), NOWHERE, index)}

    def join(self, one: Numbers, other: Numbers) -> Numbers:
        a, b = one["value"], other["value"]
        better = (b > a) | ((b == a) & (other["index"] < one["index"]))
        return {
            "value": np.where(better, b, a),
            "index": np.where(better, other["index"], one["index"]),
        }

    def findings(self, axes: Mapping[str, Axis], grid: Grid, state: Numbers) -> dict[str, Finding]:
        names = tuple(axes)
        dims = tuple(names[a] for a in self.remaining(names))
        about = OUTPUTS[self.of]
        found = {
            self.name: Finding(
                dims,
                or_nan(state["value"]),
                {
                    "long_name": f"largest {about.meaning} along {self.along}",
                    "units": about.unit or "1",
                },
            )
        }
        reduced = [names[a] for a in self.reduced(names)]
        return found | findings_at(axes, reduced, state["index"], dims, self.name)
