"""The compiled programs: from the corner of a block to the numbers of its points."""

import functools
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxcom.direction import LEFT, RIGHT
from jaxcom.entanglement import entanglement, strongest_entanglement
from jaxcom.observables import observables
from jaxcom.resonator import SpinningResonator
from jaxcom.scan.outputs import BRANCH, DIFFERENCES, DIRECTION, OUTPUTS, fill_of, gradient_name
from jaxcom.scan.plan import Form, Place, Plan
from jaxcom.status import Status
from jaxcom.xla.fusion import wide_vectors

Blocks = dict[str, dict[Place, jax.Array]]
"""Numbers of a group of blocks: by name, then by place; the leading axis counts the blocks."""

_DRIVEN, _STRONGEST, _SIDED = "log_negativity", "strongest_log_negativity", (DIRECTION, BRANCH)
_ONE_EACH, _THE_SAME = PartitionSpec("device"), PartitionSpec()


class Evaluator:
    """Evaluates groups of blocks, one on each device, by programs that are compiled once.

    Every device runs the same program on a block of the same shape: how many there are changes no
    bit of the result.
    """

    def __init__(self, plan: Plan, devices: Sequence[Any]):
        self._plan, self._programs = plan, _programs(plan.form, tuple(devices))
        given = jax.tree.map(jnp.asarray, (plan.resonator, tuple(plan.axes.values())))
        self._given = jax.device_put(given, self._programs.everywhere)

    def evaluate(self, corners: Sequence[Sequence[int]]) -> Blocks:
        """Start on the blocks with those corners, one for each device; do not wait."""
        plan, programs, blocks = self._plan, self._programs, {}
        corner = jax.device_put(np.asarray(corners), programs.one_each)
        for b, branch in enumerate(plan.branches):
            for d, side in enumerate(plan.directions):
                _collect(blocks, programs.of_branch(corner, side, branch, self._given), (d, b))
            if _needs_differences(plan.form):
                sides = [_at(blocks, (plan.directions.index(s), b)) for s in (LEFT, RIGHT)]
                _collect(blocks, programs.subtract(*sides), (b,))
        if _STRONGEST in plan.computed:
            for d, side in enumerate(plan.directions):
                _collect(blocks, programs.of_strongest(corner, side, 0, self._given), (d,))
        return blocks

    def reduce(self, blocks: Blocks) -> list[dict[Place, dict[str, jax.Array]]]:
        """Start on what each reduction keeps of the blocks, by place; do not wait."""
        reductions = zip(self._plan.reductions, self._programs.parts, strict=True)
        return [
            {place: part({r.reads: array}) for place, array in blocks[r.reads].items()}
            for r, part in reductions
        ]

    def count(self, blocks: Blocks) -> jax.Array:
        """Start to count, for each device, the stable and the entangled points; do not wait."""
        return self._programs.count({n: blocks[n] for n in ("status", _DRIVEN) if n in blocks})


class _Programs(NamedTuple):
    """The compiled functions of a form, and how their arguments lie on the devices."""

    of_branch: Callable
    of_strongest: Callable
    subtract: Callable
    count: Callable
    parts: list[Callable]
    one_each: NamedSharding
    everywhere: NamedSharding


@functools.lru_cache(maxsize=16)
def _programs(form: Form, devices: tuple[Any, ...]) -> _Programs:
    mesh = Mesh(np.asarray(devices), ("device",))
    on_each = partial(_on_each_device, mesh)
    return _Programs(
        of_branch=on_each(partial(_block, form, _of_branch), shared=3),
        of_strongest=on_each(partial(_block, form, _of_strongest), shared=3),
        subtract=jax.jit(_differences),
        count=on_each(_count),
        parts=[on_each(partial(r.part, form.axes)) for r in form.reductions],
        one_each=NamedSharding(mesh, _ONE_EACH),
        everywhere=NamedSharding(mesh, _THE_SAME),
    )


def _on_each_device(mesh: Mesh, function: Callable, shared: int = 0) -> Callable:
    """The function of one block and shared arguments, for a block on each device."""

    def of_mine(mine, *same):
        found = function(jax.tree.map(lambda x: x[0], mine), *same)
        return jax.tree.map(lambda x: x[None], found)

    specs = (_ONE_EACH, *[_THE_SAME] * shared)
    sharded = jax.shard_map(
        of_mine, mesh=mesh, in_specs=specs, out_specs=_ONE_EACH, check_vma=False
    )
    return jax.jit(sharded, compiler_options=wide_vectors())


def _block(form: Form, numbers: Callable, corner, side, branch, given) -> dict[str, jax.Array]:
    """The numbers of one block's points, and the fill beyond the grid."""
    resonator, axes = given
    fields, inside = {}, jnp.ones(form.grid.block, bool)
    for a, (name, axis) in enumerate(zip(form.axes, axes, strict=True)):
        index = corner[a] + jnp.arange(form.grid.block[a])
        values = axis.at(jnp.minimum(index, axis.count - 1))
        fields[name] = _along(a, values, form.grid.block)
        inside = inside & _along(a, index < axis.count, form.grid.block).reshape(inside.shape)
    # Coordinates go through memory: within the kernel, their indices would keep it from vectors.
    fields = jax.lax.optimization_barrier(fields)
    found = numbers(form, resonator.replace(**fields), side, branch)
    found = {name: array.reshape(form.grid.block) for name, array in found.items()}
    if not form.grid.padded:
        return found
    return {n: jnp.where(inside, v, fill_of(n, v.dtype)[1]) for n, v in found.items()}


def _along(axis: int, values: jax.Array, block: Sequence[int]) -> jax.Array:
    """Values that vary along one axis of a block, for all its points in one row."""
    shape = [1] * len(block)
    shape[axis] = -1
    return jnp.broadcast_to(values.reshape(shape), block).reshape(-1)


def _of_branch(form: Form, r: SpinningResonator, side, branch) -> dict[str, jax.Array]:
    """What depends on direction and branch, of points in a row."""
    branch = 0 if form.lowest else branch
    all_of_them = observables(r, side, branch=branch, dtype=form.dtype)
    wanted = [name for name in form.computed if OUTPUTS[name].dims == _SIDED]
    if _needs_differences(form) and _DRIVEN not in wanted:
        wanted.append(_DRIVEN)
    found = {}
    for name in wanted:
        found[name] = getattr(all_of_them, name)
        if name == "status":
            found[name] = found[name].astype(jnp.int8)
        elif name in _differentiated(form):
            found |= _with_gradients(form, name, _scalar(form, name, side, branch), r)
    return found


def _of_strongest(form: Form, r: SpinningResonator, side, branch) -> dict[str, jax.Array]:
    """What depends on the direction only."""
    del branch
    value = partial(strongest_entanglement, direction=side, dtype=form.dtype)
    if _STRONGEST in form.differentiated:
        return _with_gradients(form, _STRONGEST, value, r)
    return {_STRONGEST: value(r)}


def _scalar(form: Form, name: str, side, branch) -> Callable:
    """One output as a function of the resonator; E_N by its own way, whose gradient is fast."""
    if name == _DRIVEN:
        return lambda r: entanglement(r, side, branch=branch, dtype=form.dtype)
    return lambda r: getattr(observables(r, side, branch=branch, dtype=form.dtype), name)


def _with_gradients(
    form: Form, name: str, value: Callable, r: SpinningResonator
) -> dict[str, jax.Array]:
    """An output and its derivatives by the fields asked for, of points in a row."""
    points = np.prod(form.grid.block)
    controls = {n: jnp.broadcast_to(getattr(r, n), points) for n in form.gradients}
    mapped = jax.tree.map(lambda leaf: 0 if jnp.ndim(leaf) else None, r)

    def of_one(controls, r):
        return value(r.replace(**controls))

    numbers, slopes = jax.vmap(jax.value_and_grad(of_one), in_axes=(0, mapped))(controls, r)
    named = {gradient_name(name, n): slope.astype(form.dtype) for n, slope in slopes.items()}
    return {name: numbers} | named


def _differences(
    left: Mapping[str, jax.Array], right: Mapping[str, jax.Array]
) -> dict[str, jax.Array]:
    """Delta E_N, its modulus, and the derivatives of both."""
    difference = left[_DRIVEN] - right[_DRIVEN]
    found: dict[str, jax.Array] = dict(zip(DIFFERENCES, (difference, abs(difference)), strict=True))
    for name in left.keys() - {_DRIVEN}:
        slope = left[name] - right[name]
        for of, sign in zip(DIFFERENCES, (jnp.ones(()), jnp.sign(difference)), strict=True):
            found[name.replace(_DRIVEN, of)] = slope * sign.astype(slope.dtype)
    return found


def _count(blocks: Mapping[str, Mapping[Place, jax.Array]]) -> jax.Array:
    """How many points of a block are stable, and how many entangled, in all places together."""
    stable = [(x == int(Status.STABLE)).sum(dtype=jnp.int32) for x in blocks["status"].values()]
    entangled = [(x > 0).sum(dtype=jnp.int32) for x in blocks.get(_DRIVEN, {}).values()]
    return jnp.stack([jnp.asarray(sum(each), jnp.int32) for each in (stable, entangled)])


def _needs_differences(form: Form) -> bool:
    return any(name in DIFFERENCES for name in form.computed)


def _differentiated(form: Form) -> set[str]:
    """The outputs whose gradients are needed."""
    differences = any(name in DIFFERENCES for name in form.differentiated)
    return {*form.differentiated} | ({_DRIVEN} if differences else set())


def _at(blocks: Blocks, place: Place) -> dict[str, jax.Array]:
    """E_N and its derivatives at a place."""
    names = [n for n in blocks if n == _DRIVEN or n.startswith(gradient_name(_DRIVEN, ""))]
    return {name: blocks[name][place] for name in names}


def _collect(blocks: Blocks, found: Mapping[str, jax.Array], place: Place) -> None:
    for name, array in found.items():
        blocks.setdefault(name, {})[place] = array
