"""Compiled programs of a scan: from the corner of a block to the values of its points."""

import functools
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxcom.direction import BOTH
from jaxcom.entanglement import entanglement, strongest_entanglement
from jaxcom.observables import observables
from jaxcom.resonator import SpinningResonator
from jaxcom.scan.outputs import (
    BRANCH,
    DIFFERENCES,
    DIRECTION,
    OUTPUTS,
    dtype_and_fill,
    gradient_name,
)
from jaxcom.scan.plan import CompileKey, Place, ScanPlan
from jaxcom.status import Status
from jaxcom.xla.fusion import wide_vectors

DeviceBlocks = dict[str, dict[Place, jax.Array]]
"""Values of a group of blocks, by variable and place; the leading axis counts the blocks."""

_DRIVEN, _STRONGEST = "log_negativity", "strongest_log_negativity"
_ONE_BLOCK_EACH, _REPLICATED = PartitionSpec("device"), PartitionSpec()


class BlockEvaluator:
    """Evaluates groups of blocks, one block on each device, by programs that are compiled once.

    Every device runs the same program on a block of the same shape, so the number of devices
    changes no bit of the result. All methods return before the computation has finished.

    Args:
        plan: scan whose blocks are evaluated.
        devices: devices to use.
    """

    def __init__(self, plan: ScanPlan, devices: Sequence[Any]):
        self._plan, self._programs = plan, _compiled_programs(plan.compile_key, tuple(devices))
        design = jax.tree.map(jnp.asarray, (plan.resonator, tuple(plan.axes.values())))
        self._design = jax.device_put(design, self._programs.replicated)

    def evaluate(self, corners: Sequence[Sequence[int]]) -> DeviceBlocks:
        """Values of the blocks with these corners, one for each device."""
        plan, programs, blocks = self._plan, self._programs, {}
        corner = jax.device_put(np.asarray(corners), programs.one_block_each)
        for b, branch in enumerate(plan.branches):
            for d, sign in enumerate(plan.directions):
                _collect(blocks, programs.of_branch(corner, sign, branch, self._design), (d, b))
            if _needs_differences(plan.compile_key):
                places = [(plan.directions.index(sign), b) for sign in BOTH]
                both = [_entanglement_at(plan.compile_key, blocks, place) for place in places]
                _collect(blocks, programs.subtract(*both), (b,))
        if _STRONGEST in plan.computed:
            for d, sign in enumerate(plan.directions):
                _collect(blocks, programs.of_strongest(corner, sign, 0, self._design), (d,))
        return blocks

    def reduce(self, blocks: DeviceBlocks) -> list[dict[Place, dict[str, jax.Array]]]:
        """Result of each reduction over each of the blocks, by place."""
        reductions = zip(self._plan.reductions, self._programs.reduce_block, strict=True)
        return [
            {place: reduce({r.output: array}) for place, array in blocks[r.output].items()}
            for r, reduce in reductions
        ]

    def count(self, blocks: DeviceBlocks) -> jax.Array:
        """Numbers of stable and of entangled points of each of the blocks."""
        return self._programs.count({n: blocks[n] for n in ("status", _DRIVEN) if n in blocks})


class WithGradients(NamedTuple):
    """Values of an output at many points, and its derivatives by field."""

    values: jax.Array
    gradients: dict[str, jax.Array]

    def by_name(self, output: str) -> dict[str, jax.Array]:
        """Values and derivatives by the names that they have in the result."""
        named = {gradient_name(output, field): slope for field, slope in self.gradients.items()}
        return {output: self.values} | named


class _Programs(NamedTuple):
    """Compiled functions of a scan, and the placement of their arguments on the devices."""

    of_branch: Callable
    of_strongest: Callable
    subtract: Callable
    count: Callable
    reduce_block: list[Callable]
    one_block_each: NamedSharding
    replicated: NamedSharding


@functools.lru_cache(maxsize=16)
def _compiled_programs(key: CompileKey, devices: tuple[Any, ...]) -> _Programs:
    mesh = Mesh(np.asarray(devices), ("device",))
    on_each = partial(_on_each_device, mesh)
    return _Programs(
        of_branch=on_each(partial(_block, key, _values_of_branch), replicated=3),
        of_strongest=on_each(partial(_block, key, _values_of_strongest), replicated=3),
        subtract=jax.jit(_differences),
        count=on_each(_count),
        reduce_block=[on_each(partial(r.reduce_block, key.axes)) for r in key.reductions],
        one_block_each=NamedSharding(mesh, _ONE_BLOCK_EACH),
        replicated=NamedSharding(mesh, _REPLICATED),
    )


def _on_each_device(mesh: Mesh, function: Callable, replicated: int = 0) -> Callable:
    """Function of one block and replicated arguments, compiled for one block on each device."""

    def of_own_block(block, *arguments):
        result = function(jax.tree.map(lambda x: x[0], block), *arguments)
        return jax.tree.map(lambda x: x[None], result)

    specs = (_ONE_BLOCK_EACH, *[_REPLICATED] * replicated)
    sharded = jax.shard_map(
        of_own_block, mesh=mesh, in_specs=specs, out_specs=_ONE_BLOCK_EACH, check_vma=False
    )
    return jax.jit(sharded, compiler_options=wide_vectors())


def _block(
    key: CompileKey, evaluate: Callable, corner, sign, branch, design
) -> dict[str, jax.Array]:
    """Values of the points of one block, with the fill value beyond the grid."""
    resonator, axes = design
    fields, inside = {}, jnp.ones(key.grid.block, bool)
    for a, (name, axis) in enumerate(zip(key.axes, axes, strict=True)):
        index = corner[a] + jnp.arange(key.grid.block[a])
        values = axis.at(jnp.minimum(index, axis.num - 1))
        fields[name] = _along(a, values, key.grid.block)
        inside = inside & _along(a, index < axis.num, key.grid.block).reshape(inside.shape)
    # Fused into the kernel, the index arithmetic of coordinates would prevent vectorization.
    fields = jax.lax.optimization_barrier(fields)
    flat = evaluate(key, resonator.replace(**fields), sign, branch)
    values = {name: array.reshape(key.grid.block) for name, array in flat.items()}
    if not key.grid.padded:
        return values
    return {n: jnp.where(inside, v, dtype_and_fill(n, v.dtype)[1]) for n, v in values.items()}


def _along(axis: int, values: jax.Array, block: Sequence[int]) -> jax.Array:
    """Values that vary along one axis of a block, at all points as a flat array."""
    shape = [1] * len(block)
    shape[axis] = -1
    return jnp.broadcast_to(values.reshape(shape), block).reshape(-1)


def _values_of_branch(key: CompileKey, r: SpinningResonator, sign, branch) -> dict[str, jax.Array]:
    """Outputs that depend on direction and branch, at a flat array of points."""
    branch = 0 if key.lowest else branch
    point = observables(r, sign, branch=branch, dtype=key.dtype)
    names = [name for name in key.computed if OUTPUTS[name].dims == (DIRECTION, BRANCH)]
    if _needs_differences(key) and _DRIVEN not in names:
        names.append(_DRIVEN)
    values = {}
    for name in names:
        values[name] = getattr(point, name)
        if name == "status":
            values[name] = values[name].astype(jnp.int8)
        elif name in _differentiated(key):
            values |= _with_gradients(key, _scalar(key, name, sign, branch), r).by_name(name)
    return values


def _values_of_strongest(
    key: CompileKey, r: SpinningResonator, sign, branch
) -> dict[str, jax.Array]:
    """Outputs that depend on the direction only, at a flat array of points."""
    del branch
    value = partial(strongest_entanglement, direction=sign, dtype=key.dtype)
    if _STRONGEST in key.differentiated:
        return _with_gradients(key, value, r).by_name(_STRONGEST)
    return {_STRONGEST: value(r)}


def _scalar(key: CompileKey, name: str, sign, branch) -> Callable:
    """Output as a function of the resonator; E_N by `entanglement`, whose gradient is fast."""
    if name == _DRIVEN:
        return lambda r: entanglement(r, sign, branch=branch, dtype=key.dtype)
    return lambda r: getattr(observables(r, sign, branch=branch, dtype=key.dtype), name)


def _with_gradients(key: CompileKey, value: Callable, r: SpinningResonator) -> WithGradients:
    """Values of a function of the resonator and its derivatives, at a flat array of points."""
    points = np.prod(key.grid.block)
    fields = {n: jnp.broadcast_to(getattr(r, n), points) for n in key.gradients}
    mapped = jax.tree.map(lambda leaf: 0 if jnp.ndim(leaf) else None, r)

    def of_point(fields, r):
        return value(r.replace(**fields))

    values, slopes = jax.vmap(jax.value_and_grad(of_point), in_axes=(0, mapped))(fields, r)
    return WithGradients(values, {n: slope.astype(key.dtype) for n, slope in slopes.items()})


def _differences(left: WithGradients, right: WithGradients) -> dict[str, jax.Array]:
    """Delta E_N = E_N(left) - E_N(right), its absolute value, and the derivatives of both."""
    difference = left.values - right.values
    slopes = {field: left.gradients[field] - right.gradients[field] for field in left.gradients}
    sign = jnp.sign(difference)
    absolute = {field: slope * sign.astype(slope.dtype) for field, slope in slopes.items()}
    signed, unsigned = DIFFERENCES
    return WithGradients(difference, slopes).by_name(signed) | WithGradients(
        abs(difference), absolute
    ).by_name(unsigned)


def _count(blocks: Mapping[str, Mapping[Place, jax.Array]]) -> jax.Array:
    """Numbers of stable and of entangled points of a block, in all places together."""
    stable = [(x == int(Status.STABLE)).sum(dtype=jnp.int32) for x in blocks["status"].values()]
    entangled = [(x > 0).sum(dtype=jnp.int32) for x in blocks.get(_DRIVEN, {}).values()]
    return jnp.stack([jnp.asarray(sum(each), jnp.int32) for each in (stable, entangled)])


def _needs_differences(key: CompileKey) -> bool:
    return any(name in DIFFERENCES for name in key.computed)


def _differentiated(key: CompileKey) -> set[str]:
    """Outputs to differentiate, including E_N if a difference is differentiated."""
    differences = any(name in DIFFERENCES for name in key.differentiated)
    return {*key.differentiated} | ({_DRIVEN} if differences else set())


def _entanglement_at(key: CompileKey, blocks: DeviceBlocks, place: Place) -> WithGradients:
    """E_N and its derivatives at a place."""
    fields = key.gradients if _DRIVEN in _differentiated(key) else ()
    gradients = {field: blocks[gradient_name(_DRIVEN, field)][place] for field in fields}
    return WithGradients(blocks[_DRIVEN][place], gradients)


def _collect(blocks: DeviceBlocks, values: Mapping[str, jax.Array], place: Place) -> None:
    """Add the values of a place to the blocks."""
    for name, array in values.items():
        blocks.setdefault(name, {})[place] = array
