"""A scan whose result is a Zarr store: begun, shared out, resumed and finished."""

import contextlib
import errno
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import jax
import xarray as xr

from jaxcom.scan import checkpoints
from jaxcom.scan.claim import claimed, workshop_of
from jaxcom.scan.engine import run
from jaxcom.scan.plan import Plan
from jaxcom.scan.processes import is_first, share, together
from jaxcom.scan.state import State
from jaxcom.scan.store import Store, create, opened, require_same_scan


def scanned_on_disk(plan: Plan, path: Path, resume: bool, progress: bool | None) -> xr.Dataset:
    """Run a scan into a store, or go on with it; the first process alone creates and finishes."""
    with contextlib.ExitStack() as held:
        with together("open the store"):
            if is_first():
                workshop = held.enter_context(claimed(path))
                _prepare(plan, path, workshop, resume)
        with together("scan"), _advised(path):
            _compute(plan, Store(plan, path), workshop_of(path), progress)
        with together("finish the store"), _advised(path):
            if is_first() and plan.reductions:
                _finish(plan, Store(plan, path), workshop_of(path))
    return opened(plan, path)


def _prepare(plan: Plan, path: Path, workshop: Path, resume: bool) -> None:
    """Make the store, or see that it is one to go on with."""
    if path.exists() or path.is_symlink():
        if not resume and path.is_dir():
            raise FileExistsError(
                errno.EEXIST,
                "the store exists; `resume=True` (--resume) goes on with it",
                str(path),
            )
        require_same_scan(plan, path)
        Store(plan, path).repair()
    else:
        checkpoints.discard(workshop)
        create(plan, path, workshop)
    if plan.reductions:
        checkpoints.begin(workshop, plan)


def _compute(plan: Plan, store: Store, workshop: Path, progress: bool | None) -> None:
    """This process's share of what is missing."""
    state, save = State(plan), None
    if plan.reductions and store.lacks_findings():
        files = checkpoints.current(workshop, plan)
        state = files.resumed(jax.process_index())
        save = partial(files.save, jax.process_index())
    else:
        state.elsewhere[:] = True
    counted = state.done | state.elsewhere
    blocks = [n for n in share(range(plan.grid.blocks)) if not counted[n] or store.lacks(n)]
    run(
        plan,
        store.write,
        state,
        blocks,
        progress=progress if is_first() else False,
        checkpoint=save,
    )


def _finish(plan: Plan, store: Store, workshop: Path) -> None:
    """Write what the processes have found together, after all of them have ended."""
    if store.lacks_findings():
        found = checkpoints.current(workshop, plan).joined()
        if not found.done.all():
            raise OSError(errno.EIO, "what a process has found is missing or damaged")
        store.write_findings(found)


@contextlib.contextmanager
def _advised(path: Path) -> Iterator[None]:
    """An error of the disk with the name of the store, and what to do."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise OSError(
            error.errno,
            f"{why}; what is finished is kept: go on with `resume=True` (--resume)",
            str(path),
        ) from error
