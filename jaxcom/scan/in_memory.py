"""Scans whose result is held in memory."""

import jax
import numpy as np
import xarray as xr

from jaxcom.scan.dataset import assemble, selection, shape_of
from jaxcom.scan.engine import HostBlock, run
from jaxcom.scan.plan import ScanPlan
from jaxcom.scan.state import State

MAX_BYTES = 4 * 2**30
"""Maximum size of the result of a scan without a store."""


def scan_in_memory(plan: ScanPlan, progress: bool | None) -> xr.Dataset:
    """Run a scan and return its Dataset.

    Args:
        plan: plan of the scan.
        progress: whether to show a progress bar; by default if the standard error is a terminal.

    Raises:
        ValueError: the scan needs a store.
    """
    require_fits_memory(plan)
    arrays, state = _Arrays(plan), State(plan)
    run(plan, arrays.write, state, range(plan.grid.blocks), progress=progress)
    return assemble(plan, arrays.by_name, state)


def require_fits_memory(plan: ScanPlan) -> None:
    """Raise ValueError if a scan needs a store: it is large, or runs in several processes."""
    if plan.bytes_stored > MAX_BYTES:
        raise ValueError(
            f"Argument `store` must be a path for a scan of {plan.bytes_stored / 2**30:.3g} GiB, "
            f"because at most {MAX_BYTES / 2**30:g} GiB are held in memory; alternatively, "
            "request `reductions`."
        )
    if jax.process_count() > 1:
        raise ValueError("Argument `store` must be a path for a scan by several processes.")


class _Arrays:
    """Arrays of a scan that hold a value for every point."""

    def __init__(self, plan: ScanPlan):
        self._plan = plan
        self.by_name = {v.name: np.empty(shape_of(plan, v), v.dtype) for v in plan.variables}

    def write(self, number: int, block: HostBlock) -> None:
        """Copy the values of a block into the arrays."""
        grid = self._plan.grid
        for v in self._plan.variables:
            for place, values in block[v.name].items():
                where = (*selection(self._plan, v.dims, place), *grid.slices(number))
                self.by_name[v.name][where] = values[grid.inside(number)]
