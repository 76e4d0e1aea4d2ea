"""Files that are whole: written atomically and durably, and read only if they are plain files."""

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def draft_folder(folder: str | os.PathLike) -> Iterator[Path]:
    """Hidden folder whose files are moved into `folder` when the block ends without an error.

    Each file appears under its final name at once and complete; a file of that name is replaced.
    After an error nothing in `folder` has changed.

    Args:
        folder: existing folder for the files.

    Raises:
        OSError: the folder does not exist or cannot be written.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with draft_folder(folder) as drafts:
    ...         _ = (drafts / "note.txt").write_text("kept")
    ...     Path(folder, "note.txt").read_text()
    'kept'
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".draft-") as hidden:
        yield Path(hidden)
        sync(Path(hidden))
        for draft in sorted(Path(hidden).iterdir()):
            os.replace(draft, Path(folder, draft.name))
        _sync_one(Path(folder))


def write_atomically(
    path: str | os.PathLike,
    write: Callable[[Path], object],
    *,
    draft: str | os.PathLike | None = None,
    durable: bool = True,
) -> Path:
    """Write a file, or a folder with its files, atomically: the old content or the new one stays.

    That also holds after a power cut, since the content is on the disk before it gets its name.

    Args:
        path: path of the file; an existing file is replaced, an existing folder only if empty, and
            a device or pipe never.
        write: called with the path of a draft to write the content.
        draft: path of the draft, on the same file system; what a killed process left there is
            removed. By default a file of the same name in a hidden folder, which takes longer.
        durable: whether to wait for the disk. Without, a power cut may leave a damaged file.

    Returns:
        The path.

    Raises:
        OSError: the file cannot be written; no draft remains.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(folder + "/note.txt", lambda draft: draft.write_text("a")).read_text()
    'a'
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path} cannot be written: there is no folder {path.parent}")
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise FileExistsError(errno.EEXIST, "this is a device or a pipe, not a file", str(path))
    if draft is None:
        with draft_folder(path.parent) as drafts:
            write(drafts / path.name)
        return path
    with _moved_to(path, Path(draft), durable):
        write(Path(draft))
    return path


def open_file(path: str | os.PathLike) -> IO[bytes]:
    """File opened for reading, unless it is a folder, a device or a pipe.

    Raises:
        OSError: the file cannot be read, or is something else.
    """
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would block here
    mode = os.fstat(opened).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(opened, "rb")
    os.close(opened)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    raise OSError(errno.EINVAL, "this is a device or a pipe", os.fspath(path))


def read_file(path: str | os.PathLike, most: int) -> bytes:
    """Content of a file.

    Args:
        path: path of the file.
        most: maximum size in bytes.

    Raises:
        OSError: the file cannot be read, or is a folder, a device or a pipe.
        ValueError: the file is larger.
    """
    with open_file(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"it is larger than {most:,} bytes")
    return content


def sync(path: Path) -> None:
    """Wait until a file, or a folder with all that is in it, is on the disk.

    Threads wait together, since the file system serves many at once: 0.04 instead of 0.7 s for the
    200 files of a store.
    """
    with ThreadPoolExecutor(16) as threads:
        for _ in threads.map(_sync_one, [path, *path.rglob("*")]):
            pass


def _sync_one(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _moved_to(path: Path, draft: Path, durable: bool) -> Iterator[None]:
    """Move a draft to a path when the block ends without an error; otherwise remove it."""
    _remove(draft)
    try:
        yield
        if durable:
            sync(draft)
        os.replace(draft, path)
        if durable:
            _sync_one(path.parent)
    except BaseException:
        _remove(draft)
        raise


def _remove(draft: Path) -> None:
    if draft.is_dir():
        shutil.rmtree(draft, ignore_errors=True)
    else:
        draft.unlink(missing_ok=True)
