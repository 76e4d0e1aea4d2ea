"""Disk space of a scan, looked at before it begins."""

import errno
import shutil
from pathlib import Path

from jaxcom.scan.estimate import size
from jaxcom.scan.plan import ScanPlan

COMPRESSION = 5
"""Factor by which compression usually makes the arrays of a scan smaller, at most."""


def require_space(plan: ScanPlan, store: Path) -> None:
    """Raise OSError if the disk has less space than the rest of a scan needs, well compressed.

    A disk that is full later ends the run, too; the finished blocks are kept.

    Args:
        plan: plan of the scan.
        store: path of the store, which may exist.
    """
    needed = plan.bytes_stored * _missing(plan, store) / COMPRESSION
    free = shutil.disk_usage(store.parent).free
    if free < needed:
        why = f"the scan needs about {size(needed)}, but this disk has {size(free)} free"
        raise OSError(errno.ENOSPC, why, str(store))


def _missing(plan: ScanPlan, store: Path) -> float:
    """Share of the chunks of a scan that do not exist."""
    whole = sum(len(list(plan.places(v.dims))) for v in plan.variables) * plan.grid.blocks
    there = sum(1 for v in plan.variables for _ in (store / v.name).glob("c.*"))
    return 1 - there / whole if whole else 0.0
