"""What a scan will take: points, memory, disk, and time from a short measurement."""

import resource
import sys
import time
from typing import NamedTuple

import jax
import numpy as np

from jaxcom.scan.engine import THREADS
from jaxcom.scan.plan import Plan
from jaxcom.scan.program import Evaluator
from jaxcom.scan.state import State
from jaxcom.support.tables import table


class Estimate(NamedTuple):
    """What a scan takes.

    Attributes:
        points: of the grid.
        evaluations: points times directions times branches.
        blocks: the parts in which it is computed.
        disk: bytes of the arrays of all points; compressed, some 2 to 5 times less.
        memory: bytes that the process will hold, on the host.
        compilation: seconds, measured.
        seconds: for all blocks on the devices of all processes, by the time of one; without disk.
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
            *([("disk", f"{size(self.disk)}, less what compression saves")] * (self.disk > 0)),
            ("memory", size(self.memory)),
            ("compilation", duration(self.compilation)),
            ("computation", f"{duration(self.seconds)}, by the time of one block"),
        ]
        return table("What the scan takes", [rows])


def estimate(plan: Plan, stored: bool = True) -> Estimate:
    """Evaluate one block for each device, three times, and extrapolate; to disk or in memory."""
    devices = jax.local_devices()
    evaluator = Evaluator(plan, devices)

    def seconds() -> float:
        start = time.perf_counter()
        blocks = evaluator.evaluate([plan.grid.corner(0)] * len(devices))
        jax.block_until_ready((blocks, evaluator.reduce(blocks), evaluator.count(blocks)))
        return time.perf_counter() - start

    first, again = seconds(), min(seconds(), seconds())
    groups = -(-plan.grid.blocks // (len(devices) * jax.process_count()))
    return Estimate(
        points=plan.grid.points,
        evaluations=plan.values,
        blocks=plan.grid.blocks,
        disk=plan.bytes_stored if stored else 0,
        memory=_resident()
        + _in_flight(plan) * len(devices)
        + _state(plan)
        + (0 if stored else plan.bytes_stored),
        compilation=first - again,
        seconds=again * groups,
    )


def size(count: float | int) -> str:
    """A number of bytes for people.

    >>> size(3 * 2**30), size(100)
    ('3 GiB', '100 B')
    """
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if count < 1024 or unit == "TiB":
            break
        count /= 1024
    return f"{count:.3g} {unit}"


def duration(seconds: float | int) -> str:
    """A time for people.

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


def _resident() -> int:
    """The most memory that this process has held so far; with everything loaded and compiled."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _in_flight(plan: Plan) -> int:
    """The blocks of a device that wait to be stored."""
    bytes_of_point = (plan.bytes_stored or plan.values * 9) / plan.grid.points
    return round(THREADS * bytes_of_point * np.prod(plan.grid.block))


def _state(plan: Plan) -> int:
    """What the reductions hold; the grid itself where nothing is stored without a store."""
    found = State(plan).found
    return sum(
        a.nbytes for places in found for numbers in places.values() for a in numbers.values()
    )
