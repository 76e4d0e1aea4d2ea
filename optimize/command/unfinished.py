"""An unfinished run in its folder: the problem that it searches, and how far it has come."""

import contextlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from jaxcom.support.files import write_whole

from ..search.checkpoint import Checkpoint

FOLDER, PROBLEM = "unfinished", "problem.toml"


class Unfinished(Checkpoint):
    """The folder `unfinished` in that of a report, with a checkpoint for each search of a run.

    Args:
        report: the folder of the report.
        problem: the text of the problem file, versions included: what must be the same to go on.
        resume: go on with what is there.
        overwrite: begin anew, whatever is there.
        every: seconds between two writings.

    Raises:
        FileExistsError: there is an unfinished run, not to be resumed or overwritten, or
            its problem is another.
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
        super().__init__(report / FOLDER, resume=resume, every=every)
        self._checkpoints: dict[str, Checkpoint] = {}
        if self.path.exists() and overwrite:
            self.remove()
        if self.path.exists():
            _require_same(self.path, problem, resume)
        self.path.mkdir(exist_ok=True)
        write_whole(self.path / PROBLEM, lambda draft: draft.write_text(problem, "utf-8"))

    def load(self, fingerprint: str) -> list[np.ndarray]:
        """The leaves of the state of a search; none if it has not begun."""
        return self._of(fingerprint).load(fingerprint)

    def save(self, state: Any, fingerprint: str) -> None:
        """Write the leaves of the state, if the last writing is long enough ago."""
        self._of(fingerprint).save(state, fingerprint)

    def remove(self) -> None:
        """Delete the folder: the run has ended."""
        shutil.rmtree(self.path)

    def remove_if_fresh(self) -> None:
        """Delete the folder unless there is something in it to go on from."""
        with contextlib.suppress(OSError):
            if [path.name for path in self.path.iterdir()] == [PROBLEM]:
                self.remove()

    def _of(self, fingerprint: str) -> Checkpoint:
        """The checkpoint of one search."""
        if fingerprint not in self._checkpoints:
            path = self.path / f"{fingerprint[:16]}.npz"
            checkpoint = Checkpoint(path, resume=self.resume, every=self.every)
            self._checkpoints[fingerprint] = checkpoint
        return self._checkpoints[fingerprint]


def problem_left_in(report: Path) -> Path | None:
    """The problem file of the unfinished run in the folder of a report, if there is one."""
    path = report / FOLDER / PROBLEM
    return path if path.is_file() else None


def _require_same(folder: Path, problem: str, resume: bool) -> None:
    if not resume:
        raise FileExistsError(
            f"{folder.parent} holds an unfinished search; --resume goes on with it, --overwrite "
            "begins anew"
        )
    path = folder / PROBLEM
    if path.is_file() and path.read_text("utf-8") != problem:
        raise FileExistsError(
            f"{path} is another problem, or of other versions; --overwrite begins anew"
        )
