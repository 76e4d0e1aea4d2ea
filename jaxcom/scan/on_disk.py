"""Scans whose result is a Zarr store: created, shared among processes, resumed and finished."""

import contextlib
import errno
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import jax
import xarray as xr

from jaxcom.scan import checkpoints
from jaxcom.scan.disk_space import require_space
from jaxcom.scan.engine import Checkpointing, HostBlock, run
from jaxcom.scan.lock import locked, run_folder
from jaxcom.scan.plan import ScanPlan
from jaxcom.scan.processes import is_first, own_share, stage_of_all
from jaxcom.scan.state import State
from jaxcom.scan.store import (
    METADATA,
    Store,
    create,
    open_dataset,
    require_same_scan,
    restore_metadata,
)
from jaxcom.support.interruption import ending_in_order, keeping

RESUME = "continue with `resume=True`"
"""How to go on after an interruption."""


def scan_on_disk(
    plan: ScanPlan, path: Path, resume: bool, progress: bool | None, checkpoint_seconds: float
) -> xr.Dataset:
    """Run a scan into a store, or resume it; only the first process creates and finishes the store.

    Args:
        plan: plan of the scan.
        path: path of the store.
        resume: whether to continue a store that exists.
        progress: whether to show a progress bar; by default if the standard error is a terminal.
        checkpoint_seconds: minimum time between two checkpoints of the reductions, in s.

    Returns:
        The Dataset of the store.

    Raises:
        FileExistsError: the store exists and `resume` is false, or it belongs to another scan.
        BlockingIOError: another run is working on the store.
        OSError: the store cannot be written.
        RuntimeError: another process failed.
    """
    with ending_in_order(), contextlib.ExitStack() as held:
        with stage_of_all("open the store"):
            if is_first():
                _require_usable(path)
                folder = held.enter_context(locked(path))
                _prepare(plan, path, folder, resume)
        with stage_of_all("scan"), _resumable(path):
            _compute(plan, Store(plan, path), progress, checkpoint_seconds)
        with stage_of_all("finish the store"), _resumable(path):
            if is_first() and plan.reductions:
                _finish(plan, Store(plan, path))
            if is_first():
                Store(plan, path).sync()  # before the checkpoints are removed
    return open_dataset(plan, path)


def _require_usable(path: Path) -> None:
    """Raise an OSError if the path cannot be that of a store, before anything is written."""
    if not path.name:
        raise FileExistsError(errno.EEXIST, "this is the root folder; choose another", str(path))
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise FileExistsError(errno.EEXIST, "this is not a folder; choose another", str(path))


def _prepare(plan: ScanPlan, path: Path, folder: Path, resume: bool) -> None:
    """Create the store, or check and repair the existing one."""
    if path.exists():
        if not resume and (path / METADATA).is_file():
            why = "the store exists; `resume=True` (--resume) continues it"
            raise FileExistsError(errno.EEXIST, why, str(path))
        require_same_scan(plan, path)
        restore_metadata(plan, path)
        require_space(plan, path)
        Store(plan, path).repair()
    else:
        require_space(plan, path)
        checkpoints.discard(folder)
        create(plan, path, folder)
    if plan.reductions:
        checkpoints.start_generation(folder, plan)


def _compute(plan: ScanPlan, store: Store, progress: bool | None, seconds: float) -> None:
    """Compute the missing blocks in the share of this process."""
    state, checkpointing = State(plan), None
    if plan.reductions and store.lacks_reduced():
        files = checkpoints.current_generation(run_folder(store.path), plan)
        state = files.initial_state(jax.process_index())
        checkpointing = Checkpointing(partial(files.save, jax.process_index()), seconds)
    else:
        state.elsewhere[:] = True
    reduced = state.done | state.elsewhere
    own = own_share(range(plan.grid.blocks))
    blocks = [n for n in own if not reduced[n] or store.lacks(n)]
    missing = set(blocks)

    def write(number: int, block: HostBlock) -> None:
        store.write(number, block)
        missing.discard(number)

    whose = " of this process" if jax.process_count() > 1 else ""
    kept = f"{store.path} keeps {{}} of {len(own)} blocks{whose}"
    with keeping(lambda: kept.format(len(own) - len(missing)), RESUME):
        run(
            plan,
            write,
            state,
            blocks,
            progress=progress if is_first() else False,
            checkpointing=checkpointing,
        )


def _finish(plan: ScanPlan, store: Store) -> None:
    """Write the merged results of the reductions after all processes have ended."""
    if store.lacks_reduced():
        merged = checkpoints.current_generation(run_folder(store.path), plan).merged()
        if not merged.done.all():
            raise OSError(errno.EIO, "the checkpoint of a process is missing or damaged")
        store.write_reduced(merged)


@contextlib.contextmanager
def _resumable(path: Path) -> Iterator[None]:
    """Let an OSError or an interruption of the block tell that the store is kept."""
    try:
        with keeping(lambda: f"{path} keeps the finished blocks", RESUME):
            yield
    except OSError as error:
        why = error.strerror or str(error)
        what = f"{why}; the finished blocks are kept: {RESUME} (--resume)"
        raise OSError(error.errno, what, str(path)) from error
