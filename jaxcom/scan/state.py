"""Partial results of the reductions of a scan, and the blocks that they cover."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from jaxcom.scan.outputs import OUTPUTS
from jaxcom.scan.plan import Place, ScanPlan
from jaxcom.scan.reductions import PartialResult
from jaxcom.support.arrays import read_arrays, write_arrays


class State:
    """Partial results of all reductions of a scan; initially they cover no block.

    Attributes:
        done: for each block, whether it is covered here.
        elsewhere: for each block, whether another state covers it.
        partial: partial results of each reduction, by place along direction and branch.
    """

    def __init__(self, plan: ScanPlan):
        axes = tuple(plan.axes)
        self.done = np.zeros(plan.grid.blocks, bool)
        self.elsewhere = np.zeros(plan.grid.blocks, bool)
        self.partial: list[dict[Place, PartialResult]] = [
            {place: r.initial(axes, plan.grid) for place in plan.places(OUTPUTS[r.output].dims)}
            for r in plan.reductions
        ]


def add_block(
    plan: ScanPlan, state: State, number: int, results: Sequence[dict[Place, PartialResult]]
) -> None:
    """Merge the results over a block into a state, unless the block is covered already.

    Args:
        plan: plan of the scan.
        state: state that is changed.
        number: number of the block.
        results: for each reduction, its results over the block by place.
    """
    if state.done[number] or state.elsewhere[number]:
        return
    axes = tuple(plan.axes)
    for reduction, partial, by_place in zip(plan.reductions, state.partial, results, strict=True):
        region = reduction.region(axes, plan.grid, number)
        for place, result in by_place.items():
            whole = partial[place]
            new = reduction.to_grid(axes, plan.grid, number, result)
            merged = reduction.merge({key: array[region] for key, array in whole.items()}, new)
            for key, array in merged.items():
                whole[key][region] = array
    state.done[number] = True


def merge(plan: ScanPlan, states: Sequence[State]) -> State:
    """State that covers the blocks of all states.

    Raises:
        ValueError: two states cover the same block.
    """
    total = State(plan)
    for state in states:
        if np.any(total.done & state.done):
            raise ValueError("Argument `states` must cover each block once, but two cover one.")
        total.done |= state.done
        for reduction, mine, other in zip(
            plan.reductions, total.partial, state.partial, strict=True
        ):
            for place in mine:
                mine[place] = reduction.merge(mine[place], other[place])
    return total


def save(path: Path, plan: ScanPlan, state: State) -> None:
    """Write a state and the identity of its scan to a file, atomically."""
    arrays = {"scan": np.array(_identity(plan)), "done": state.done, **dict(_entries(state))}
    write_arrays(path, arrays, draft=path.with_suffix(".partial"))


def load(path: Path, plan: ScanPlan) -> State | None:
    """State from a file; None if the file is missing, damaged, or of another scan."""
    state = State(plan)
    try:
        found = read_arrays(path)
        if str(found["scan"]) != _identity(plan):
            return None
        for key, array in [("done", state.done), *_entries(state)]:
            if (found[key].shape, found[key].dtype) != (array.shape, array.dtype):
                return None
            array[...] = found[key]
    except (KeyError, OSError, ValueError):
        return None
    return state


def _identity(plan: ScanPlan) -> str:
    return json.dumps(plan.identity())


def _entries(state: State) -> Iterator[tuple[str, np.ndarray]]:
    """Arrays of all partial results, each with its key in the file."""
    for r, places in enumerate(state.partial):
        for place, result in places.items():
            for key, array in result.items():
                yield f"{r}-{'.'.join(map(str, place))}-{key}", array
