"""Atomic writing of files: a reader finds the old file or the new one, never a part of it."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


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
        for draft in sorted(Path(hidden).iterdir()):
            os.replace(draft, Path(folder, draft.name))


def write_atomically(
    path: str | os.PathLike,
    write: Callable[[Path], object],
    *,
    draft: str | os.PathLike | None = None,
) -> Path:
    """Write a file, or a folder with its files, atomically.

    Args:
        path: path of the file; an existing file is replaced, an existing folder only if empty.
        write: called with the path of a draft to write the content.
        draft: path of the draft, on the same file system; what a killed process left there is
            removed. By default a file of the same name in a hidden folder, which takes longer.

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
    if draft is None:
        with draft_folder(path.parent) as drafts:
            write(drafts / path.name)
        return path
    with _moved_to(path, Path(draft)):
        write(Path(draft))
    return path


@contextmanager
def _moved_to(path: Path, draft: Path) -> Iterator[None]:
    """Move a draft to a path when the block ends without an error; otherwise remove it."""
    _remove(draft)
    try:
        yield
        os.replace(draft, path)
    except BaseException:
        _remove(draft)
        raise


def _remove(draft: Path) -> None:
    if draft.is_dir():
        shutil.rmtree(draft, ignore_errors=True)
    else:
        draft.unlink(missing_ok=True)
