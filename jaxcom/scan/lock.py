"""Lock of a store: a hidden folder next to it, held by one run at a time."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

DRAFT = "draft"
"""Name in that folder of a store that is being created."""


@contextlib.contextmanager
def locked(store: Path) -> Iterator[Path]:
    """Hidden folder next to a store, locked for this run; removed if the run succeeds.

    The operating system releases the lock when the process ends, even if it is killed.

    Raises:
        BlockingIOError: another run works on the store.
        OSError: the folder cannot be created.
    """
    if not store.parent.is_dir():
        raise FileNotFoundError(f"{store} cannot be written: there is no folder {store.parent}")
    folder = run_folder(store)
    lock = _acquire(folder, store)
    succeeded = False
    try:
        yield folder
        succeeded = True
    finally:
        _clear(folder, everything=succeeded)
        lock.close()


def run_folder(store: Path) -> Path:
    """Path of the hidden folder next to a store."""
    return store.with_name(f".{store.name}.scan")


def _clear(folder: Path, everything: bool) -> None:
    """Remove the files of a run, and last the lock; keep checkpoints unless `everything`.

    A process that has opened the lock in the meantime finds that the file is gone.
    """
    shutil.rmtree(folder / DRAFT, ignore_errors=True)
    rest = [path for path in folder.iterdir() if path.name != "lock"]
    if rest and not everything:
        return
    for path in rest:
        path.unlink(missing_ok=True)
    (folder / "lock").unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # the next run may have created its lock
        folder.rmdir()


def _acquire(folder: Path, store: Path) -> IO[bytes]:
    """Open and lock the file in the folder, which is created if it does not exist."""
    while True:
        folder.mkdir(exist_ok=True)
        try:
            lock = (folder / "lock").open("ab")
        except FileNotFoundError:  # a run that ended has just removed the folder
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise BlockingIOError(f"{store}: another run is working on this store") from None
        except OSError as error:
            lock.close()
            why = f"this file system does not lock files ({error.strerror}); choose another folder"
            raise OSError(error.errno, why, str(store)) from error
        if _is_file_at(lock, folder / "lock"):
            return lock
        lock.close()


def _is_file_at(file: IO[bytes], path: Path) -> bool:
    """Whether an open file is the one at the path."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
