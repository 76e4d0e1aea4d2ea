"""The folder that a command fills: made before the work, removed if nothing came to be in it."""

import argparse
import contextlib
import itertools
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path


def add_folder(parser: argparse._ActionsContainer, default: str, what: str) -> None:
    """Add the flags that name the folder and allow to replace what it holds."""
    parser.add_argument(
        "--out", metavar="DIR",
        help=f"folder of the {what}; default {default}, or if taken {default}-2, ...",
    )  # fmt: skip
    parser.add_argument(
        "--overwrite", action="store_true", help=f"replace the {what} that --out holds"
    )


@contextlib.contextmanager
def folder_of_results(
    out: str | None, default: str, marks: Sequence[str], overwrite: bool
) -> Iterator[Path]:
    """A folder for results, that can be written.

    Args:
        out: as the user names it; without a name the first free one of default, default-2, ...
        default: how a folder is called that the user does not name.
        marks: the files by which an earlier result is known.
        overwrite: may that be replaced?

    Raises:
        FileExistsError: the folder holds an earlier result, and `overwrite` is false.
        OSError: the folder cannot be made or written.
    """
    folder = _free(default) if out is None else _named(Path(out), marks, overwrite)
    with tempfile.TemporaryFile(dir=folder), contextlib.suppress(OSError):
        pass
    try:
        yield folder
    finally:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _named(folder: Path, marks: Sequence[str], overwrite: bool) -> Path:
    for mark in () if overwrite else marks:
        if (folder / mark).exists():
            raise FileExistsError(f"{folder} holds a {mark}; --overwrite replaces it")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _free(default: str) -> Path:
    """Make the first free one of default, default-2, ..."""
    for k in itertools.count(1):
        folder = Path(default if k == 1 else f"{default}-{k}")
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            return folder
    raise AssertionError("counting has no end")
