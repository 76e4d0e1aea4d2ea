"""Checkpoints of the reductions: a file for each process, in generations.

A run starts a new generation, from the merged states of all processes of the previous one. A
process that is killed leaves the file that it wrote last, so no block is lost or counted twice.
"""

from pathlib import Path

from jaxcom.scan.plan import ScanPlan
from jaxcom.scan.state import State, load, merge, save


class Checkpoints:
    """Checkpoint files of one run.

    Args:
        folder: folder of the files.
        plan: plan of the scan.
        generation: number of the run.
    """

    def __init__(self, folder: Path, plan: ScanPlan, generation: int):
        self._folder, self._plan, self._generation = folder, plan, generation

    def path(self, process: int) -> Path:
        """Path of the file of a process."""
        return self._folder / f"state-{self._generation}-{process}.npz"

    def save(self, process: int, state: State) -> None:
        """Write the state of a process atomically."""
        save(self.path(process), self._plan, state)

    def initial_state(self, process: int) -> State:
        """State that a process starts from.

        The first process continues from the merged state of the previous runs; the others start
        without a block, and leave the blocks of that state out.
        """
        before = load(self.path(0), self._plan) or State(self._plan)
        if process == 0:
            return before
        state = State(self._plan)
        state.elsewhere = before.done
        return state

    def merged(self) -> State:
        """Merged state of all processes of this generation; damaged files are ignored."""
        files = self._folder.glob(f"state-{self._generation}-*.npz")
        states = [load(path, self._plan) for path in sorted(files)]
        return merge(self._plan, [state for state in states if state is not None])


def start_generation(folder: Path, plan: ScanPlan) -> None:
    """Start a new generation, whose first file holds the merged state of the previous one."""
    last = Checkpoints(folder, plan, _latest(folder))
    new = Checkpoints(folder, plan, _latest(folder) + 1)
    new.save(0, last.merged())
    for path in folder.glob(f"state-{_latest(folder) - 1}-*.npz"):
        path.unlink()


def current_generation(folder: Path, plan: ScanPlan) -> Checkpoints:
    """Checkpoints of the generation that the first process has started."""
    return Checkpoints(folder, plan, _latest(folder))


def discard(folder: Path) -> None:
    """Remove the checkpoints of a store that no longer exists."""
    for path in folder.glob("state-*.npz"):
        path.unlink()


def _latest(folder: Path) -> int:
    """Number of the latest generation; 0 if there is none."""
    started = (path.stem.split("-")[1] for path in folder.glob("state-*-0.npz"))
    return max((int(number) for number in started if number.isdecimal()), default=0)
