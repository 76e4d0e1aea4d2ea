"""The loop over blocks: devices compute the next ones while a thread stores the last."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import numpy as np

from jaxcom.scan.plan import Plan
from jaxcom.scan.program import Blocks, Evaluator
from jaxcom.scan.progress import Progress, Tally
from jaxcom.scan.state import State, absorb

AHEAD = 2
"""Groups of blocks in flight: one computed, one stored."""
CHECKPOINT_SECONDS = 5.0

Numbers = Mapping[str, Mapping[tuple[int, ...], np.ndarray]]


Write = Callable[[int, Numbers], None]
"""Keeps the numbers of a block: of its points, by output and place."""


def run(
    plan: Plan,
    write: Write,
    state: State,
    blocks: Sequence[int],
    *,
    progress: bool | None = None,
    checkpoint: Callable[[State], None] | None = None,
) -> None:
    """Evaluate those blocks on all local devices; write them and fill the state.

    An error leaves at once, after the blocks in flight; what is written is whole.
    """
    devices = jax.local_devices()
    evaluator = Evaluator(plan, devices)
    keeper = _Keeper(plan, write, state, checkpoint)
    pending: deque = deque()
    with Progress(plan, len(blocks), progress) as bar, ThreadPoolExecutor(1) as thread:
        for first in range(0, len(blocks), len(devices)):
            group = list(blocks[first : first + len(devices)])
            full = group + group[-1:] * (len(devices) - len(group))
            computed = evaluator.evaluate([plan.grid.corner(number) for number in full])
            parts, counts = evaluator.reduce(computed), evaluator.count(computed)
            pending.append(thread.submit(keeper.keep, group, computed, parts, counts))
            if len(pending) >= AHEAD:
                bar.add(pending.popleft().result())
        while pending:
            bar.add(pending.popleft().result())
    keeper.checkpoint()


class _Keeper:
    """Takes groups of blocks from the devices, in a thread of its own."""

    def __init__(self, plan: Plan, write: Write, state: State, save: Callable | None):
        self._plan, self._write, self._state, self._save = plan, write, state, save
        self._saved = time.monotonic()

    def keep(self, group: Sequence[int], computed: Blocks, parts, counts) -> Tally:
        """Store the blocks of a group and count them in the reductions."""
        stored = {v.name: computed[v.name] for v in self._plan.variables}
        numbers, news = _by_device(stored, len(group)), _by_device(parts, len(group))
        for place, number in enumerate(group):
            self._write(number, numbers[place])
            absorb(self._plan, self._state, number, news[place])
        if time.monotonic() - self._saved > CHECKPOINT_SECONDS:
            self.checkpoint()
        return self._tally(group, np.asarray(counts))

    def checkpoint(self) -> None:
        """Save what the reductions have found so far."""
        if self._save is not None:
            self._save(self._state)
        self._saved = time.monotonic()

    def _tally(self, group: Sequence[int], counts: np.ndarray) -> Tally:
        plan = self._plan
        sides = len(plan.directions) * len(plan.branches)
        points = sum(int(np.prod([s.stop - s.start for s in plan.grid.slices(n)])) for n in group)
        stable, entangled = counts[: len(group)].sum(axis=0).tolist()
        known = "log_negativity" in plan.computed
        return Tally(points * sides, stable, entangled if known else None)


def _by_device(tree: Any, count: int) -> list:
    """The tree of each block of a group, on the host; without a copy where that is the device."""
    leaves, structure = jax.tree.flatten(tree)
    hosts = [[np.asarray(shard.data)[0, ...] for shard in _in_order(leaf)] for leaf in leaves]
    return [jax.tree.unflatten(structure, [host[k] for host in hosts]) for k in range(count)]


def _in_order(array: jax.Array) -> list:
    return sorted(array.addressable_shards, key=lambda shard: shard.index[0].start or 0)
