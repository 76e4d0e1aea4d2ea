"""One run at a time: a folder beside a store for what is needed only while a run works on it."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

DRAFT = "draft"
"""The name in that folder of a store that is being made."""


@contextlib.contextmanager
def claimed(store: Path) -> Iterator[Path]:
    """The hidden folder beside a store, held by this run alone; removed if the run succeeds.

    The operating system lets go of the lock when the process ends, in whatever way.

    Raises:
        BlockingIOError: another run works on the store.
        OSError: the folder cannot be made.
    """
    if not store.parent.is_dir():
        raise FileNotFoundError(f"{store} cannot be written: there is no folder {store.parent}")
    folder = workshop_of(store)
    lock = _lock(folder, store)
    succeeded = False
    try:
        yield folder
        succeeded = True
    finally:
        _clear(folder, everything=succeeded)
        lock.close()


def workshop_of(store: Path) -> Path:
    """The hidden folder beside a store."""
    return store.with_name(f".{store.name}.scan")


def _clear(folder: Path, everything: bool) -> None:
    """Remove what a run leaves, at last the lock: who opened it meanwhile sees that it is gone."""
    shutil.rmtree(folder / DRAFT, ignore_errors=True)
    rest = [path for path in folder.iterdir() if path.name != "lock"]
    if rest and not everything:
        return
    for path in rest:
        path.unlink(missing_ok=True)
    (folder / "lock").unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # the next run may have made its lock
        folder.rmdir()


def _lock(folder: Path, store: Path) -> IO[bytes]:
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
        if _is_file(lock, folder / "lock"):
            return lock
        lock.close()


def _is_file(file: IO[bytes], path: Path) -> bool:
    """Is this open file still the one at the path?"""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
