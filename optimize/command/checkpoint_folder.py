"""Checkpoints of an unfinished run, in a folder within that of its report."""

import contextlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from jaxcom.cli import InputError
from jaxcom.support.files import read_file, write_atomically

from ..search.checkpoint import Checkpoint

FOLDER, PROBLEM = "unfinished", "problem.toml"


class CheckpointFolder:
    """Folder `unfinished` with the problem file of a run and a `Checkpoint` for each search of it.

    A run has several searches if the problem has tolerances.

    Args:
        report: folder of the report.
        problem: text of the problem file, versions included; to resume, it must be unchanged.
        resume: whether to resume the unfinished run in the folder, if there is one.
        overwrite: whether to discard an unfinished run in the folder.
        every: minimum number of seconds between two writes of a checkpoint.

    Raises:
        FileExistsError: there is an unfinished run, and neither `resume` nor `overwrite` is true,
            or its problem is another one.
        OSError: the folder cannot be made or written.
    """

    def __init__(
        self,
        report: Path,
        problem: str,
        *,
        resume: bool = False,
        overwrite: bool = False,
        every: float = 5.0,
    ):
        self.path, self.resume, self.every = report / FOLDER, resume, every
        self._checkpoints: dict[str, Checkpoint] = {}
        if self.path.exists() and overwrite:
            self.remove()
        if self.path.exists():
            _require_same(self.path, problem, resume)
        self.path.mkdir(exist_ok=True)
        write_atomically(self.path / PROBLEM, lambda draft: draft.write_text(problem, "utf-8"))

    def load(self, fingerprint: str) -> list[np.ndarray]:
        """Leaves of the state of a search; an empty list if the search has not begun.

        Raises:
            InputError: the file is damaged.
        """
        try:
            return self._checkpoint(fingerprint).load(fingerprint)
        except ValueError as error:
            raise InputError(f"{error}; --overwrite starts the search again") from None

    def save(self, state: Any, fingerprint: str, *, at_once: bool = False) -> None:
        """Write the leaves of a state; unless `at_once`, at most once in `every` seconds."""
        self._checkpoint(fingerprint).save(state, fingerprint, at_once=at_once)

    def remove(self) -> None:
        """Delete the folder, once the run has ended."""
        shutil.rmtree(self.path)

    @property
    def is_empty(self) -> bool:
        """Whether there is no checkpoint to resume from."""
        return not any(self.path.glob("*.npz"))

    def summary(self) -> str:
        """What an interruption leaves besides the steps of a search; an empty text for nothing."""
        return "" if self.is_empty else f"{self.path} keeps the search"

    def remove_if_empty(self) -> None:
        """Delete the folder unless it holds a checkpoint to resume from."""
        with contextlib.suppress(OSError):
            if self.is_empty:
                self.remove()

    def _checkpoint(self, fingerprint: str) -> Checkpoint:
        if fingerprint not in self._checkpoints:
            path = self.path / f"{fingerprint[:16]}.npz"
            checkpoint = Checkpoint(path, resume=self.resume, every=self.every)
            self._checkpoints[fingerprint] = checkpoint
        return self._checkpoints[fingerprint]


def unfinished_problem(report: Path) -> Path | None:
    """Problem file of the unfinished run in the folder of a report; None if there is none."""
    path = report / FOLDER / PROBLEM
    return path if path.is_file() else None


def _holds(path: Path, text: str) -> bool:
    """Whether a file has this text."""
    content = text.encode("utf-8")
    try:
        return read_file(path, len(content)) == content
    except ValueError:  # it is longer
        return False


def _require_same(folder: Path, problem: str, resume: bool) -> None:
    """Raise FileExistsError unless the run in the folder is to be resumed and has this problem."""
    if not resume:
        raise FileExistsError(
            f"{folder.parent} holds an unfinished search; --resume continues it, --overwrite "
            "discards it"
        )
    path = folder / PROBLEM
    if path.exists() and not _holds(path, problem):
        raise FileExistsError(
            f"{path} is another problem, or was run with other versions; --overwrite discards it"
        )
