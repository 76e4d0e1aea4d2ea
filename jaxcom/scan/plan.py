"""What is to be scanned: checked once, before anything is computed or written."""

import dataclasses
import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike
from numpy.typing import DTypeLike

from jaxcom.direction import LEFT, RIGHT, Direction
from jaxcom.mean_field.branches import BRANCHES
from jaxcom.resonator import PARAMETERS, SpinningResonator, require_known_field
from jaxcom.scan.axes import Axis, Linspace, as_axis, description
from jaxcom.scan.grid import Grid, cut
from jaxcom.scan.outputs import (
    BRANCH,
    DIFFERENCES,
    DIRECTION,
    OUTPUTS,
    attributes,
    fill_of,
    gradient_attributes,
    gradient_name,
)
from jaxcom.scan.reductions import Reduction
from jaxcom.support.suggestions import did_you_mean
from jaxcom.xla.precision import require_floating, require_x64

MOST_AXES = 6
MOST_OF_A_BLOCK = 2**27
POINTS_OF_A_BLOCK = {"cpu": 2**18, "gpu": 2**22}
"""What suits the caches of a CPU, and keeps a GPU busy."""


Place = tuple[int, ...]
"""Where numbers belong along those dimensions of an output that are not axes."""


class Form(NamedTuple):
    """What a scan is compiled for; the numbers of the design and of its axes are not in it."""

    axes: tuple[str, ...]
    grid: Grid
    computed: tuple[str, ...]
    differentiated: tuple[str, ...]
    gradients: tuple[str, ...]
    lowest: bool
    reductions: tuple[Reduction, ...]
    dtype: np.dtype


class Variable(NamedTuple):
    """One array of the result: a name, its dimensions besides the axes, how it is stored."""

    name: str
    dims: tuple[str, ...]
    dtype: np.dtype
    fill: float | int
    attributes: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Plan:
    """A scan, checked: every later stage reads it and none changes it.

    Attributes:
        resonator: the design; the fields that are axes have no meaning in it.
        axes: the fields that vary, outermost first.
        grid: their points in blocks.
        outputs: what is stored of every point.
        gradients: the fields by which the outputs are differentiated.
        directions: sigma of each direction.
        branches: the mean fields asked for.
        kept: which of direction and branch are dimensions of the result.
        reductions: what is kept of all points together.
        dtype: the precision of the calculation.
    """

    resonator: SpinningResonator
    axes: dict[str, Axis]
    grid: Grid
    outputs: tuple[str, ...]
    gradients: tuple[str, ...]
    directions: tuple[int, ...]
    branches: tuple[int, ...]
    kept: tuple[str, ...]
    reductions: tuple[Reduction, ...]
    dtype: np.dtype

    def extent(self, dims: Sequence[str]) -> tuple[int, ...]:
        """The number of values along direction and branch, as far as `dims` has them."""
        lengths = {DIRECTION: len(self.directions), BRANCH: len(self.branches)}
        return tuple(lengths[dim] for dim in dims)

    def places(self, dims: Sequence[str]) -> Iterator[Place]:
        """The indices along those of direction and branch, one after the other."""
        return product(*map(range, self.extent(dims)))

    @property
    def computed(self) -> tuple[str, ...]:
        """The outputs that are computed: those stored, and those that are reduced."""
        needed = [reduction.reads for reduction in self.reductions]
        return tuple(dict.fromkeys(("status", *self.outputs, *needed)))

    @property
    def form(self) -> Form:
        """What has to be compiled."""
        return Form(
            axes=tuple(self.axes),
            grid=self.grid,
            computed=self.computed,
            differentiated=self.outputs if self.gradients else (),
            gradients=self.gradients,
            lowest=self.branches == (0,),
            reductions=self.reductions,
            dtype=self.dtype,
        )

    @property
    def variables(self) -> list[Variable]:
        """The arrays that hold a number for every point."""
        found = []
        for name in self.outputs:
            dims = OUTPUTS[name].dims
            found.append(Variable(name, dims, *fill_of(name, self.dtype), attributes(name)))
            for field in self.gradients if name != "status" else ():
                about = gradient_attributes(name, field)
                storage = fill_of(gradient_name(name, field), self.dtype)
                found.append(Variable(gradient_name(name, field), dims, *storage, about))
        return found

    @property
    def finding_names(self) -> list[str]:
        """The arrays that hold what the reductions find."""
        return [name for r in self.reductions for name in r.names(tuple(self.axes))]

    @property
    def values(self) -> int:
        """The number of evaluations: points of the grid times directions times branches."""
        return self.grid.points * len(self.directions) * len(self.branches)

    @property
    def bytes_stored(self) -> int:
        """What all points take in memory or on disk."""
        sizes = [np.prod(self.extent(v.dims), dtype=int) * v.dtype.itemsize for v in self.variables]
        return self.grid.points * int(sum(sizes))

    def identity(self) -> dict[str, Any]:
        """All that decides about the numbers of this scan, as JSON has it."""
        fixed = {n: getattr(self.resonator, n) for n in PARAMETERS if n not in self.axes}
        return {
            "axes": {name: description(axis) for name, axis in self.axes.items()},
            "design": {name: float(value) for name, value in fixed.items()},
            "outputs": list(self.outputs),
            "gradients": list(self.gradients),
            "directions": [Direction(side).name.lower() for side in self.directions],
            "branches": list(self.branches),
            "reductions": [reduction.identity() for reduction in self.reductions],
            "precision": self.dtype.name,
            "block": list(self.grid.block),
        }


def planned(
    resonator: SpinningResonator,
    axes: Mapping[str, Any],
    outputs: Sequence[str] | None,
    *,
    gradients: Sequence[str] = (),
    direction: ArrayLike | Sequence[int] = (LEFT, RIGHT),
    branch: int | Sequence[int] = 0,
    reductions: Sequence[Reduction] = (),
    dtype: DTypeLike = jnp.float64,
    block_points: int | None = None,
) -> Plan:
    """The scan as a plan; arguments and errors are those of `jaxcom.scan`."""
    require_x64("jaxcom.scan")
    require_floating(dtype)
    if block_points is not None and not 1 <= operator.index(block_points) <= MOST_OF_A_BLOCK:
        raise ValueError(
            f"Argument `block_points` must be at least 1 and at most 2^27, but is {block_points}."
        )
    directions, branches = _integers("direction", direction), _integers("branch", branch)
    spans = _checked_axes(resonator, axes)
    kept = [dim for dim, given in ((DIRECTION, direction), (BRANCH, branch)) if np.ndim(given) > 0]
    plan = Plan(
        resonator=resonator,
        axes=spans,
        grid=cut(tuple(a.count for a in spans.values()), block_points or _block_points(gradients)),
        outputs=_checked_outputs(outputs, reductions),
        gradients=_names("gradients", gradients),
        directions=directions,
        branches=branches,
        kept=tuple(kept),
        reductions=tuple(reductions),
        dtype=np.dtype(dtype),
    )
    _require_sides(plan)
    for field in plan.gradients:
        require_known_field(field, "field to differentiate by")
    if plan.gradients and set(plan.outputs) <= {"status"}:
        raise ValueError("Argument `outputs` must name what `gradients` are of, but does not.")
    for reduction in plan.reductions:
        reduction.check(plan.axes)
        _require_size(plan, reduction)
    _require_distinct(plan.finding_names)
    return plan


def _checked_axes(resonator: SpinningResonator, axes: Mapping[str, Any]) -> dict[str, Axis]:
    if not 1 <= len(axes) <= MOST_AXES:
        raise ValueError(f"Argument `axes` must name 1 to {MOST_AXES} fields, but has {len(axes)}.")
    for name in axes:
        require_known_field(name, "field to scan")
    for name in PARAMETERS:
        if name not in axes and np.ndim(getattr(resonator, name)) > 0:
            raise ValueError(
                f"Argument `resonator` must be one design, but its `{name}` is an array: "
                f"make it an axis."
            )
    spans = {name: as_axis(name, given) for name, given in axes.items()}
    for name, axis in spans.items():
        extremes = [axis.first, axis.last] if isinstance(axis, Linspace) else axis.values()
        resonator.replace(**{name: np.asarray(extremes)})  # names what is out of range
    return spans


def _checked_outputs(
    outputs: Sequence[str] | None, reductions: Sequence[Reduction]
) -> tuple[str, ...]:
    """The outputs with the status first; by default E_N, unless something is reduced."""
    default = () if reductions else ("log_negativity",)
    chosen = default if outputs is None else _names("outputs", outputs)
    if not chosen and not reductions:
        raise ValueError("Argument `outputs` must name something, or `reductions` hold something.")
    for name in chosen:
        if name not in OUTPUTS:
            raise ValueError(f"Argument `outputs` names `{name}`{did_you_mean(name, OUTPUTS)}")
    return tuple(dict.fromkeys(("status", *chosen))) if chosen else ()


def _require_sides(plan: Plan) -> None:
    for side in plan.directions:
        if side not in (LEFT, RIGHT):
            raise ValueError(f"Argument `direction` must be LEFT or RIGHT, but is {side}.")
    for k in plan.branches:
        if not 0 <= k < BRANCHES:
            raise ValueError(f"Argument `branch` must be in 0..{BRANCHES - 1}, but is {k}.")
    for name, given in (("direction", plan.directions), ("branch", plan.branches)):
        if not given or len(set(given)) < len(given):
            raise ValueError(f"Argument `{name}` must hold each value once, but is {given}.")
    differences = [name for name in DIFFERENCES if name in plan.computed]
    if differences and set(plan.directions) != {LEFT, RIGHT}:
        raise ValueError(
            f"Argument `direction` must hold LEFT and RIGHT for the output `{differences[0]}`, "
            f"but is {Direction(plan.directions[0]).name}."
        )


def _require_distinct(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"Argument `reductions` asks twice for `{name}`.")


def _require_size(plan: Plan, reduction: Reduction) -> None:
    """What remains of a reduction is one chunk of a store, which has less than 2 GiB."""
    left = math.prod(plan.grid.shape[a] for a in reduction.remaining(tuple(plan.axes)))
    size = 8 * left * len(plan.directions) * len(plan.branches)
    if size >= 2**31:
        raise ValueError(
            f"Argument `reductions` must leave less than 2 GiB, but of `{reduction.of}` are left "
            f"{size / 2**30:.3g} GiB: reduce along more axes."
        )


def _names(argument: str, given: Sequence[str]) -> tuple[str, ...]:
    """Names, each once."""
    if isinstance(given, str):
        raise TypeError(f"Argument `{argument}` must be a sequence of names, but is {given!r}.")
    return tuple(dict.fromkeys(given))


def _integers(argument: str, given: Any) -> tuple[int, ...]:
    array = np.asarray(given)
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"Argument `{argument}` must be an integer or several, but is {given!r}.")
    return tuple(array.reshape(-1).tolist())


def _block_points(gradients: Sequence[str]) -> int:
    """How many points a block may have; those of a gradient take more memory."""
    points = POINTS_OF_A_BLOCK.get(jax.default_backend(), POINTS_OF_A_BLOCK["gpu"])
    return points // 2 if gradients else points
