"""The loop over blocks: threads that each evaluate a group of them and store what comes of it.

While one stores, another computes, so that neither the devices nor the disk wait. On a CPU this
also keeps the cores busy: XLA cuts a kernel into a part for each of them, and where one is needed
for storing, the parts of another kernel fill the gap.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import jax
import numpy as np

from jaxcom.scan.plan import Plan
from jaxcom.scan.program import Evaluator
from jaxcom.scan.progress import Progress, Tally
from jaxcom.scan.state import State, absorb

THREADS = 3
"""Groups of blocks in flight."""
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
    worker = _Worker(plan, devices, write, state, checkpoint)
    groups = [blocks[first : first + len(devices)] for first in range(0, len(blocks), len(devices))]
    with Progress(plan, len(blocks), progress) as bar, ThreadPoolExecutor(THREADS) as threads:
        pending: deque[Future[Tally]] = deque()
        for group in groups:
            if len(pending) == THREADS:
                bar.add(pending.popleft().result())
            pending.append(threads.submit(worker.finish, group))
        for last in pending:
            bar.add(last.result())
    worker.checkpoint()


class _Worker:
    """Evaluates, stores and reduces groups of blocks, several at a time."""

    def __init__(
        self,
        plan: Plan,
        devices: Sequence[Any],
        write: Write,
        state: State,
        save: Callable[[State], None] | None,
    ):
        self._plan, self._write, self._state, self._save = plan, write, state, save
        self._evaluator, self._devices = Evaluator(plan, devices), len(devices)
        self._next, self._lock = time.monotonic() + CHECKPOINT_SECONDS, threading.Lock()

    def finish(self, group: Sequence[int]) -> Tally:
        """All that is to be done with a group, one block for each device."""
        with jax.enable_x64(True):  # as it is where the scan was called: a thread has its own
            return self._finish(group)

    def _finish(self, group: Sequence[int]) -> Tally:
        plan = self._plan
        corners = [plan.grid.corner(number) for number in group]
        corners += corners[-1:] * (self._devices - len(corners))
        computed = self._evaluator.evaluate(corners)
        parts, counts = self._evaluator.reduce(computed), self._evaluator.count(computed)
        stored = {v.name: computed[v.name] for v in plan.variables}
        for number, numbers in zip(group, _by_device(stored, len(group)), strict=True):
            self._write(number, numbers)
        with self._lock:
            for number, news in zip(group, _by_device(parts, len(group)), strict=True):
                absorb(plan, self._state, number, news)
            if time.monotonic() > self._next:
                self.checkpoint()
        return self._tally(group, np.asarray(counts))

    def checkpoint(self) -> None:
        """Save what the reductions have found so far."""
        start = time.monotonic()
        if self._save is not None:
            self._save(self._state)
        now = time.monotonic()
        self._next = now + max(CHECKPOINT_SECONDS, 20 * (now - start))

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
