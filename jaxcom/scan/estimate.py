"""Estimate of the size, memory, disk space and time of a scan, from a short measurement."""

import resource
import sys
import time
from typing import NamedTuple

import jax
import numpy as np

from jaxcom.scan.engine import THREADS
from jaxcom.scan.plan import ScanPlan
from jaxcom.scan.program import BlockEvaluator
from jaxcom.scan.state import State
from jaxcom.support.tables import table


class Estimate(NamedTuple):
    """Size, memory, disk space and time of a scan.

    Attributes:
        points: number of points of the grid.
        evaluations: points times directions times branches.
        blocks: number of blocks.
        disk: size of the arrays with a value for every point, in bytes; compression makes them
            2 to 5 times smaller.
        memory: memory of the process on the host, in bytes.
        compilation: measured time of the compilation, in s.
        seconds: computing time of all blocks on the devices of all processes, in s, extrapolated
            from one block; without the writing.
    """

    points: int
    evaluations: int
    blocks: int
    disk: int
    memory: int
    compilation: float
    seconds: float

    def __str__(self) -> str:
        rows = [
            ("points", f"{self.points:,}"),
            ("evaluations", f"{self.evaluations:,}"),
            ("blocks", f"{self.blocks:,}"),
            *([("disk", f"{size(self.disk)} before compression")] * (self.disk > 0)),
            ("memory", size(self.memory)),
            ("compilation", duration(self.compilation)),
            ("computation", f"{duration(self.seconds)}, extrapolated from one block"),
        ]
        return table("Estimate of the scan", [rows])


def estimate(plan: ScanPlan, stored: bool = True) -> Estimate:
    """Estimate of a scan, from three evaluations of one block for each device.

    Args:
        plan: plan of the scan.
        stored: whether the result goes to a store, not to memory.
    """
    devices = jax.local_devices()
    evaluator = BlockEvaluator(plan, devices)

    def seconds() -> float:
        start = time.perf_counter()
        blocks = evaluator.evaluate([plan.grid.corner(0)] * len(devices))
        jax.block_until_ready((blocks, evaluator.reduce(blocks), evaluator.count(blocks)))
        return time.perf_counter() - start

    first, again = seconds(), min(seconds(), seconds())
    groups = -(-plan.grid.blocks // (len(devices) * jax.process_count()))
    return Estimate(
        points=plan.grid.points,
        evaluations=plan.evaluations,
        blocks=plan.grid.blocks,
        disk=plan.bytes_stored if stored else 0,
        memory=_bytes_resident()
        + _bytes_in_flight(plan) * len(devices)
        + _bytes_of_state(plan)
        + (0 if stored else plan.bytes_stored),
        compilation=first - again,
        seconds=again * groups,
    )


def size(count: float | int) -> str:
    """Number of bytes as text.

    >>> size(3 * 2**30), size(100)
    ('3 GiB', '100 B')
    """
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if count < 1024 or unit == "TiB":
            break
        count /= 1024
    return f"{count:.3g} {unit}"


def duration(seconds: float | int) -> str:
    """Duration as text.

    >>> duration(0.25), duration(90), duration(4e5)
    ('0.25 s', '1 min 30 s', '4 d 15 h')
    """
    if seconds < 60:
        return f"{seconds:.2g} s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 3600:
        return f"{minutes:.0f} min {seconds % 60:.0f} s"
    if seconds < 86400:
        return f"{hours:.0f} h {minutes % 60:.0f} min"
    return f"{days:.0f} d {hours % 24:.0f} h"


def _bytes_resident() -> int:
    """Peak memory of this process so far, with everything loaded and compiled."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _bytes_in_flight(plan: ScanPlan) -> int:
    """Size of the blocks of a device that are in flight."""
    bytes_per_point = (plan.bytes_stored or plan.evaluations * 9) / plan.grid.points
    return round(THREADS * bytes_per_point * np.prod(plan.grid.block))


def _bytes_of_state(plan: ScanPlan) -> int:
    """Size of the partial results of the reductions."""
    partial = State(plan).partial
    return sum(
        a.nbytes for places in partial for result in places.values() for a in result.values()
    )
