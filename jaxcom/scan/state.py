"""What the reductions of a scan have found, and from which blocks."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from jaxcom.scan.outputs import OUTPUTS
from jaxcom.scan.plan import Place, Plan
from jaxcom.scan.reductions import Numbers


class State:
    """What has been found, by reduction and place, and the blocks that it was found in.

    Attributes:
        done: for each block, whether it is counted here.
        elsewhere: for each block, whether it was counted before, in another state.
        found: for each reduction, by place along direction and branch, its numbers.
    """

    def __init__(self, plan: Plan):
        axes = tuple(plan.axes)
        self.done = np.zeros(plan.grid.blocks, bool)
        self.elsewhere = np.zeros(plan.grid.blocks, bool)
        self.found: list[dict[Place, Numbers]] = [
            {place: r.start(axes, plan.grid) for place in plan.places(OUTPUTS[r.reads].dims)}
            for r in plan.reductions
        ]


def absorb(plan: Plan, state: State, number: int, parts: Sequence[dict[Place, Numbers]]) -> None:
    """Count a block, once."""
    if state.done[number] or state.elsewhere[number]:
        return
    axes = tuple(plan.axes)
    for reduction, found, part in zip(plan.reductions, state.found, parts, strict=True):
        region = reduction.region(axes, plan.grid, number)
        for place, numbers in part.items():
            whole = found[place]
            news = reduction.place(axes, plan.grid, number, numbers)
            joined = reduction.join({key: array[region] for key, array in whole.items()}, news)
            for key, array in joined.items():
                whole[key][region] = array
    state.done[number] = True


def join(plan: Plan, states: Sequence[State]) -> State:
    """What several processes have found together; no block may be counted twice."""
    total = State(plan)
    for state in states:
        if np.any(total.done & state.done):
            raise ValueError("two states count the same block")
        total.done |= state.done
        for reduction, mine, other in zip(plan.reductions, total.found, state.found, strict=True):
            for place in mine:
                mine[place] = reduction.join(mine[place], other[place])
    return total


def save(path: Path, plan: Plan, state: State) -> None:
    """Write a state, and which scan it is of, whole or not at all."""
    draft = path.with_suffix(".draft")
    told = {"scan": np.array(_name(plan)), "done": state.done}
    with draft.open("wb") as file:
        np.savez(file, allow_pickle=False, **told, **dict(_entries(state)))
    os.replace(draft, path)


def load(path: Path, plan: Plan) -> State | None:
    """The state in a file; None where it is missing, damaged, or of another scan."""
    state = State(plan)
    try:
        with path.open("rb") as opened, np.load(opened) as file:
            if str(file["scan"]) != _name(plan):
                return None
            state.done[:] = file["done"]
            for key, array in _entries(state):
                array[...] = file[key]
    except Exception:  # the checksums of its parts, or whatever else damage leads to
        return None
    return state


def _name(plan: Plan) -> str:
    return json.dumps(plan.identity())


def _entries(state: State) -> Iterator[tuple[str, np.ndarray]]:
    for r, places in enumerate(state.found):
        for place, numbers in places.items():
            for key, array in numbers.items():
                yield f"{r}-{'.'.join(map(str, place))}-{key}", array
