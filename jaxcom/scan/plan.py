"""Plan of a scan: all arguments, checked before anything is computed or written."""

import dataclasses
import math
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import DTypeLike

from jaxcom.direction import BOTH, Direction, DirectionLike, direction_sign
from jaxcom.mean_field.branches import BRANCHES
from jaxcom.resonator import PARAMETERS, SpinningResonator, require_known_field
from jaxcom.scan.axes import Axis, Linspace, as_axis, description
from jaxcom.scan.grid import Grid, divide
from jaxcom.scan.outputs import (
    BRANCH,
    DIFFERENCES,
    DIRECTION,
    OUTPUTS,
    attributes,
    dtype_and_fill,
    gradient_attributes,
    gradient_name,
)
from jaxcom.scan.reductions import Reduction
from jaxcom.support.suggestions import did_you_mean
from jaxcom.xla.precision import require_floating, require_x64

MAX_AXES = 6
MAX_BLOCK_POINTS = 2**27
DEFAULT_BLOCK_POINTS = {"cpu": 2**18, "gpu": 2**22}
"""Points of a block: few enough for the caches of a CPU, enough to keep a GPU busy."""


Place = tuple[int, ...]
"""Indices along those dimensions of an output that are not axes: direction and branch."""


class CompileKey(NamedTuple):
    """Static part of a scan, the cache key of its compiled programs; excludes numeric values.

    Attributes:
        axes: names of the fields that vary.
        grid: points and blocks.
        computed: outputs to compute.
        differentiated: outputs to differentiate.
        gradients: fields to differentiate with respect to.
        lowest: whether branch 0 is the only one.
        reductions: reductions of the points.
        dtype: precision of the calculation.
    """

    axes: tuple[str, ...]
    grid: Grid
    computed: tuple[str, ...]
    differentiated: tuple[str, ...]
    gradients: tuple[str, ...]
    lowest: bool
    reductions: tuple[Reduction, ...]
    dtype: np.dtype


class Variable(NamedTuple):
    """Array of the result that holds a value for every point.

    Attributes:
        name: name in the result.
        dims: dimensions besides the axes, whether or not the result has them.
        dtype: type in which it is stored.
        fill: value at points that have not been computed.
        attributes: CF attributes.
    """

    name: str
    dims: tuple[str, ...]
    dtype: np.dtype
    fill: float | int
    attributes: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class ScanPlan:
    """Checked arguments of a scan, which every later stage reads and none changes.

    Attributes:
        resonator: design; its values of fields that are axes are ignored.
        axes: fields that vary, outermost first.
        grid: points and blocks.
        outputs: outputs that are stored for every point.
        gradients: fields with respect to which the outputs are differentiated.
        directions: signs sigma of the directions.
        branches: branches of the mean field.
        result_dims: which of direction and branch are dimensions of the result.
        reductions: reductions of all points.
        dtype: precision of the calculation.
    """

    resonator: SpinningResonator
    axes: dict[str, Axis]
    grid: Grid
    outputs: tuple[str, ...]
    gradients: tuple[str, ...]
    directions: tuple[int, ...]
    branches: tuple[int, ...]
    result_dims: tuple[str, ...]
    reductions: tuple[Reduction, ...]
    dtype: np.dtype

    def extent(self, dims: Sequence[str]) -> tuple[int, ...]:
        """Number of values along each of `dims`, which are direction or branch."""
        lengths = {DIRECTION: len(self.directions), BRANCH: len(self.branches)}
        return tuple(lengths[dim] for dim in dims)

    def places(self, dims: Sequence[str]) -> Iterator[Place]:
        """All indices along `dims`, which are direction or branch."""
        return product(*map(range, self.extent(dims)))

    @property
    def computed(self) -> tuple[str, ...]:
        """Outputs that are computed, in order to be stored or reduced."""
        reduced = [reduction.output for reduction in self.reductions]
        return tuple(dict.fromkeys(("status", *self.outputs, *reduced)))

    @property
    def compile_key(self) -> CompileKey:
        """Static part of the scan."""
        return CompileKey(
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
        """Arrays that hold a value for every point: outputs, each followed by its derivatives."""
        variables = []
        for name in self.outputs:
            dims, stored = OUTPUTS[name].dims, dtype_and_fill(name, self.dtype)
            variables.append(Variable(name, dims, *stored, attributes(name)))
            for field in self.gradients if name != "status" else ():
                about = gradient_attributes(name, field)
                variables.append(Variable(gradient_name(name, field), dims, *stored, about))
        return variables

    @property
    def reduced_names(self) -> list[str]:
        """Names of the arrays that hold the results of the reductions."""
        return [name for r in self.reductions for name in r.names(tuple(self.axes))]

    @property
    def evaluations(self) -> int:
        """Number of evaluations: points of the grid times directions times branches."""
        return self.grid.points * len(self.directions) * len(self.branches)

    @property
    def bytes_stored(self) -> int:
        """Size in bytes of the arrays that hold a value for every point, uncompressed."""
        sizes = [np.prod(self.extent(v.dims), dtype=int) * v.dtype.itemsize for v in self.variables]
        return self.grid.points * int(sum(sizes))

    def identity(self) -> dict[str, Any]:
        """Everything that the values of the scan depend on, as JSON."""
        fixed = {n: getattr(self.resonator, n) for n in PARAMETERS if n not in self.axes}
        return {
            "axes": {name: description(axis) for name, axis in self.axes.items()},
            "design": {name: float(value) for name, value in fixed.items()},
            "outputs": list(self.outputs),
            "gradients": list(self.gradients),
            "directions": [Direction(sign).label for sign in self.directions],
            "branches": list(self.branches),
            "reductions": [reduction.identity() for reduction in self.reductions],
            "precision": self.dtype.name,
            "block": list(self.grid.block),
        }


def plan_scan(
    resonator: SpinningResonator,
    axes: Mapping[str, Any],
    outputs: Sequence[str] | None,
    *,
    gradients: Sequence[str] = (),
    direction: DirectionLike | Sequence[DirectionLike] = BOTH,
    branch: int | Sequence[int] = 0,
    reductions: Sequence[Reduction] = (),
    dtype: DTypeLike = jnp.float64,
    block_points: int | None = None,
) -> ScanPlan:
    """Plan of a scan; see `jaxcom.scan` for the arguments and the errors."""
    require_x64("jaxcom.scan")
    require_floating(dtype)
    if block_points is not None and not 1 <= operator.index(block_points) <= MAX_BLOCK_POINTS:
        raise ValueError(
            f"Argument `block_points` must be at least 1 and at most 2^27, but is {block_points}."
        )
    checked = _checked_axes(resonator, axes)
    shape = tuple(axis.num for axis in checked.values())
    given: dict[str, Any] = {DIRECTION: direction, BRANCH: branch}
    plan = ScanPlan(
        resonator=resonator,
        axes=checked,
        grid=divide(shape, block_points or _default_block_points(gradients)),
        outputs=_checked_outputs(outputs, reductions),
        gradients=_names("gradients", gradients),
        directions=_signs(direction),
        branches=_integers("branch", branch),
        result_dims=tuple(dim for dim, value in given.items() if np.ndim(value) > 0),
        reductions=tuple(reductions),
        dtype=np.dtype(dtype),
    )
    _require_directions_and_branches(plan)
    _require_valid_gradients(plan)
    for reduction in plan.reductions:
        reduction.check(plan.axes)
        _require_small_result(plan, reduction)
    _require_distinct(plan.reduced_names)
    return plan


def _checked_axes(resonator: SpinningResonator, axes: Mapping[str, Any]) -> dict[str, Axis]:
    """Axes by field; raise TypeError or ValueError unless they give valid single designs."""
    if not 1 <= len(axes) <= MAX_AXES:
        raise ValueError(f"Argument `axes` must name 1 to {MAX_AXES} fields, but has {len(axes)}.")
    for name in axes:
        require_known_field(name, "field to scan")
    for name in PARAMETERS:
        if name not in axes and np.ndim(getattr(resonator, name)) > 0:
            raise ValueError(
                f"Argument `resonator` must be one design, but its `{name}` is an array: "
                f"make it an axis."
            )
    checked = {name: as_axis(name, values) for name, values in axes.items()}
    for name, axis in checked.items():
        extremes = [axis.start, axis.stop] if isinstance(axis, Linspace) else axis.values()
        resonator.replace(**{name: np.asarray(extremes)})  # raises if a value is out of range
    return checked


def _checked_outputs(
    outputs: Sequence[str] | None, reductions: Sequence[Reduction]
) -> tuple[str, ...]:
    """Outputs to store, the status first; by default E_N, or nothing if there are reductions."""
    default = () if reductions else ("log_negativity",)
    chosen = default if outputs is None else _names("outputs", outputs)
    if not chosen and not reductions:
        raise ValueError("Arguments `outputs` and `reductions` must not both be empty.")
    for name in chosen:
        if name not in OUTPUTS:
            raise ValueError(f"Argument `outputs` names `{name}`{did_you_mean(name, OUTPUTS)}")
    return tuple(dict.fromkeys(("status", *chosen))) if chosen else ()


def _require_directions_and_branches(plan: ScanPlan) -> None:
    for k in plan.branches:
        if not 0 <= k < BRANCHES:
            raise ValueError(f"Argument `branch` must be in 0..{BRANCHES - 1}, but is {k}.")
    for name, values in (("direction", plan.directions), ("branch", plan.branches)):
        if not values or len(set(values)) < len(values):
            raise ValueError(f"Argument `{name}` must hold each value once, but is {values}.")
    differences = [name for name in DIFFERENCES if name in plan.computed]
    if differences and len(plan.directions) < len(BOTH):
        raise ValueError(
            "Argument `direction` must hold both jaxcom.LEFT and jaxcom.RIGHT for the output "
            f"`{differences[0]}`, but is jaxcom.{Direction(plan.directions[0]).name}."
        )


def _require_valid_gradients(plan: ScanPlan) -> None:
    for field in plan.gradients:
        require_known_field(field, "field to differentiate by")
    if plan.gradients and set(plan.outputs) <= {"status"}:
        raise ValueError(
            "Argument `outputs` must name an output that `gradients` differentiates, but is "
            f"{plan.outputs}."
        )


def _require_distinct(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(
                f"Argument `reductions` must hold each result once, but holds `{name}` twice."
            )


def _require_small_result(plan: ScanPlan, reduction: Reduction) -> None:
    """Raise ValueError unless the result of a reduction fits into one chunk of a store, 2 GiB."""
    left = math.prod(plan.grid.shape[a] for a in reduction.remaining(tuple(plan.axes)))
    size = 8 * left * len(plan.directions) * len(plan.branches)
    if size >= 2**31:
        raise ValueError(
            f"Argument `reductions` must leave less than 2 GiB, but leaves {size / 2**30:.3g} GiB "
            f"of `{reduction.of}`: reduce along more axes."
        )


def _names(argument: str, names: Any) -> tuple[str, ...]:
    """Distinct names; raise TypeError unless the argument is a sequence of strings."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise TypeError(f"Argument `{argument}` must be a sequence of names, but is {names!r}.")
    names = tuple(names)
    for name in names:
        if not isinstance(name, str):
            raise TypeError(
                f"Argument `{argument}` must be a sequence of names, but holds {name!r}."
            )
    return tuple(dict.fromkeys(names))


def _signs(direction: Any) -> tuple[int, ...]:
    """Signs of one or several directions; raise ValueError unless they are directions."""
    directions = (direction,) if np.ndim(direction) == 0 else tuple(direction)
    return tuple(int(direction_sign(each)) for each in directions)


def _integers(argument: str, values: Any) -> tuple[int, ...]:
    """One or several integers; raise TypeError unless they are integers."""
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(
            f"Argument `{argument}` must be an integer or a sequence of them, but is {values!r}."
        )
    return tuple(array.reshape(-1).tolist())


def _default_block_points(gradients: Sequence[str]) -> int:
    """Points of a block that suit the device; fewer with gradients, which take more memory."""
    points = DEFAULT_BLOCK_POINTS.get(jax.default_backend(), DEFAULT_BLOCK_POINTS["gpu"])
    return points // 2 if gradients else points
