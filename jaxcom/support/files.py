"""Files that are written whole or not at all."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def write_whole(path: str | os.PathLike, write: Callable[[Path], object]) -> Path:
    """Write a file through a draft beside it, so that a reader finds the old one or the new.

    Args:
        path: of the file; one that is there is replaced.
        write: called with the path of the draft, which has the same name.

    Raises:
        OSError: the file cannot be written.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(folder + "/note.txt", lambda draft: draft.write_text("kept")).read_text()
    'kept'
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path} cannot be written: there is no folder {path.parent}")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as hidden:
        draft = Path(hidden, path.name)
        write(draft)
        os.replace(draft, path)
    return path
