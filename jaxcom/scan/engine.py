"""Loop over the blocks of a scan: threads evaluate groups of blocks and store the values.

While one thread stores, another computes, so that neither the devices nor the disk are idle. On a
CPU this also keeps the cores busy: XLA divides a kernel into a part for each core, and while a core
is busy with storing, it is the parts of other kernels that use the remaining ones.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxcom.scan.plan import Place, ScanPlan
from jaxcom.scan.program import BlockEvaluator
from jaxcom.scan.progress import Progress, Tally
from jaxcom.scan.state import State, add_block
from jaxcom.support.interruption import raise_if_interrupted

THREADS = 3
"""Number of groups of blocks in flight."""

GRACE_SECONDS = 0.5
"""Time that blocks in flight have to end after an interruption."""

HostBlock = Mapping[str, Mapping[Place, np.ndarray]]
"""Values of one block, by variable and place."""

WriteBlock = Callable[[int, HostBlock], None]
"""Function that stores the values of the block with a number."""


class Checkpointing(NamedTuple):
    """How and how often the state of the reductions is saved.

    Attributes:
        save: function that saves a state.
        seconds: minimum time between two calls.
    """

    save: Callable[[State], None]
    seconds: float


def run(
    plan: ScanPlan,
    write: WriteBlock,
    state: State,
    blocks: Sequence[int],
    *,
    progress: bool | None = None,
    checkpointing: Checkpointing | None = None,
) -> None:
    """Evaluate blocks on all local devices, write their values and reduce them into the state.

    An error ends the run after the blocks in flight; every block that was written is complete. An
    interruption waits for them only briefly, since XLA may be compiling; what they compute later is
    neither written nor reduced.

    Args:
        plan: plan of the scan.
        write: function that stores the values of a block.
        state: state of the reductions, which is changed.
        blocks: numbers of the blocks.
        progress: whether to show a progress bar; by default if the standard error is a terminal.
        checkpointing: how and how often the state is saved; also saved at the end.
    """
    devices = jax.local_devices()
    worker = _Worker(plan, devices, write, state, checkpointing)
    groups = [blocks[first : first + len(devices)] for first in range(0, len(blocks), len(devices))]
    threads, pending = ThreadPoolExecutor(THREADS), deque[Future[Tally]]()
    with Progress(plan, len(blocks), progress) as bar:
        try:
            for group in groups:
                raise_if_interrupted()
                if len(pending) == THREADS:
                    bar.add(pending.popleft().result())
                pending.append(threads.submit(worker.process, group))
            for last in pending:
                bar.add(last.result())
        except KeyboardInterrupt:
            threads.shutdown(wait=False)
            wait(pending, timeout=GRACE_SECONDS)
            worker.stop()
            worker.save_state()
            raise
        finally:
            threads.shutdown(wait=not worker.stopped)
    worker.save_state()


class _Worker:
    """Evaluates, stores and reduces groups of blocks; called by several threads at a time."""

    def __init__(
        self,
        plan: ScanPlan,
        devices: Sequence[Any],
        write: WriteBlock,
        state: State,
        checkpointing: Checkpointing | None,
    ):
        self._plan, self._write, self._state = plan, write, state
        self._evaluator, self._devices = BlockEvaluator(plan, devices), len(devices)
        self._checkpointing, self._lock = checkpointing, threading.Lock()
        self._next_save = time.monotonic() + (checkpointing.seconds if checkpointing else 0)
        self._storing, self.stopped = threading.Semaphore(THREADS), False

    def process(self, group: Sequence[int]) -> Tally:
        """Evaluate, store and reduce a group of blocks, one for each device."""
        with jax.enable_x64(True):  # each thread has its own setting
            return self._process(group)

    def _process(self, group: Sequence[int]) -> Tally:
        plan = self._plan
        corners = [plan.grid.corner(number) for number in group]
        corners += corners[-1:] * (self._devices - len(corners))
        computed = self._evaluator.evaluate(corners)
        reduced, counts = self._evaluator.reduce(computed), self._evaluator.count(computed)
        stored = _blocks_on_host({v.name: computed[v.name] for v in plan.variables}, len(group))
        results = _blocks_on_host(reduced, len(group))
        if not self._storing.acquire(blocking=False):  # the run was interrupted
            return Tally()
        try:
            self._store(group, stored, results)
        finally:
            self._storing.release()
        return self._tally(group, np.asarray(counts))

    def _store(self, group: Sequence[int], stored: list, results: list) -> None:
        """Write the values of a group of blocks, and reduce them into the state."""
        for number, block in zip(group, stored, strict=True):
            self._write(number, block)
        with self._lock:
            for number, result in zip(group, results, strict=True):
                add_block(self._plan, self._state, number, result)
            if time.monotonic() > self._next_save:
                self.save_state()

    def stop(self) -> None:
        """Wait for the threads that are storing, and let no other one store."""
        for _ in range(THREADS):
            self._storing.acquire()
        self.stopped = True

    def save_state(self) -> None:
        """Save the state of the reductions, and choose the time of the next save."""
        if self._checkpointing is None:
            return
        start = time.monotonic()
        self._checkpointing.save(self._state)
        now = time.monotonic()
        self._next_save = now + max(self._checkpointing.seconds, 20 * (now - start))

    def _tally(self, group: Sequence[int], counts: np.ndarray) -> Tally:
        plan = self._plan
        per_point = len(plan.directions) * len(plan.branches)
        points = sum(int(np.prod([s.stop - s.start for s in plan.grid.slices(n)])) for n in group)
        stable, entangled = counts[: len(group)].sum(axis=0).tolist()
        known = "log_negativity" in plan.computed
        return Tally(points * per_point, stable, entangled if known else None)


def _blocks_on_host(tree: Any, count: int) -> list:
    """Split a sharded pytree into one host pytree per block, without a copy on a CPU."""
    leaves, structure = jax.tree.flatten(tree)
    hosts = [[np.asarray(shard.data)[0, ...] for shard in _in_order(leaf)] for leaf in leaves]
    return [jax.tree.unflatten(structure, [host[k] for host in hosts]) for k in range(count)]


def _in_order(array: jax.Array) -> list:
    """Shards in the order of the blocks."""
    return sorted(array.addressable_shards, key=lambda shard: shard.index[0].start or 0)
