"""Folder for the results of a command: created before the work, removed if it stays empty."""

import contextlib
import itertools
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from jaxcom.cli.parser import FlagContainer


def add_folder_flags(parser: FlagContainer, default: str, content: str) -> None:
    """Add the flags `--out` and `--overwrite`.

    Args:
        parser: parser, or group of flags.
        default: name of the folder if none is given.
        content: content of the folder in one word, for the help.
    """
    parser.add_argument(
        "--out", metavar="DIR",
        help=f"folder for the {content}; default {default}, or {default}-2, ... if it exists",
    )  # fmt: skip
    parser.add_argument(
        "--overwrite", action="store_true", help=f"replace the {content} in the folder of --out"
    )


@contextlib.contextmanager
def results_folder(
    out: str | None, default: str, markers: Sequence[str], overwrite: bool
) -> Iterator[Path]:
    """Writable folder for results; removed at the end of the block if it is empty.

    Args:
        out: path of the folder; if None, the first of default, default-2, ... that is free.
        default: name of the folder if no path is given.
        markers: names of files that show that the folder holds earlier results.
        overwrite: whether earlier results may be replaced.

    Raises:
        FileExistsError: the folder holds earlier results, and `overwrite` is false.
        OSError: the folder cannot be made or written.
    """
    folder = _free_folder(default) if out is None else _given_folder(Path(out), markers, overwrite)
    with tempfile.TemporaryFile(dir=folder), contextlib.suppress(OSError):
        pass
    try:
        yield folder
    finally:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _given_folder(folder: Path, markers: Sequence[str], overwrite: bool) -> Path:
    """Make the folder, unless it holds results that must not be replaced."""
    for marker in () if overwrite else markers:
        if (folder / marker).exists():
            raise FileExistsError(f"{folder} holds a {marker}; --overwrite replaces it")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _free_folder(default: str) -> Path:
    """Make the first of default, default-2, ... that does not exist."""
    for k in itertools.count(1):
        folder = Path(default if k == 1 else f"{default}-{k}")
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            return folder
    raise AssertionError("unreachable: the count has no end")
