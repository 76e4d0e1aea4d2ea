"""A scan whose result is held in memory."""

import jax
import numpy as np
import xarray as xr

from jaxcom.scan.dataset import assemble, selection, shape_of
from jaxcom.scan.engine import Numbers, run
from jaxcom.scan.plan import Plan
from jaxcom.scan.state import State

LIMIT = 4 * 2**30
"""The most bytes that a scan without a store may return."""


def scanned_in_memory(plan: Plan, progress: bool | None) -> xr.Dataset:
    """Run a scan and return all of it."""
    require_fit(plan)
    memory, state = _Memory(plan), State(plan)
    run(plan, memory.write, state, range(plan.grid.blocks), progress=progress)
    return assemble(plan, memory.arrays, state)


def require_fit(plan: Plan) -> None:
    """Raise ValueError where a scan needs a store: it is large, or of several processes."""
    if plan.bytes_stored > LIMIT:
        raise ValueError(
            f"Argument `store` must be a path for a scan of {plan.bytes_stored / 2**30:.3g} GiB, "
            f"since at most {LIMIT / 2**30:g} GiB are returned without; or ask for `reductions`."
        )
    if jax.process_count() > 1:
        raise ValueError("Argument `store` must be a path where several processes scan together.")


class _Memory:
    """The arrays of a scan."""

    def __init__(self, plan: Plan):
        self._plan = plan
        self.arrays = {v.name: np.empty(shape_of(plan, v), v.dtype) for v in plan.variables}

    def write(self, number: int, numbers: Numbers) -> None:
        """Put the numbers of a block in their place."""
        grid = self._plan.grid
        for v in self._plan.variables:
            for place, block in numbers[v.name].items():
                where = (*selection(self._plan, v.dims, place), *grid.slices(number))
                self.arrays[v.name][where] = block[grid.inside(number)]
