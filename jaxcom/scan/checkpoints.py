"""What the reductions have found, on disk while a run works: one file a process, in generations.

A run starts a generation with what all processes of the one before found together. A process that
is killed leaves the file that it wrote last; no block is lost or counted twice.
"""

from pathlib import Path

from jaxcom.scan.plan import Plan
from jaxcom.scan.state import State, join, load, save


class Checkpoints:
    """The files of one run in the folder that it works in."""

    def __init__(self, folder: Path, plan: Plan, generation: int):
        self._folder, self._plan, self._generation = folder, plan, generation

    def path(self, process: int) -> Path:
        """The file of a process."""
        return self._folder / f"found-{self._generation}-{process}.npz"

    def save(self, process: int, state: State) -> None:
        """Write what a process has found, whole or not at all."""
        save(self.path(process), self._plan, state)

    def resumed(self, process: int) -> State:
        """What a process starts with: the first from what was found, others knowing of it."""
        before = load(self.path(0), self._plan) or State(self._plan)
        if process == 0:
            return before
        state = State(self._plan)
        state.elsewhere = before.done
        return state

    def joined(self) -> State:
        """What all processes of this generation have found; a damaged file counts for nothing."""
        files = self._folder.glob(f"found-{self._generation}-*.npz")
        found = [load(path, self._plan) for path in sorted(files)]
        return join(self._plan, [state for state in found if state is not None])


def begin(folder: Path, plan: Plan) -> None:
    """Start a new generation; its first file holds what the last one found."""
    last = Checkpoints(folder, plan, _latest(folder))
    new = Checkpoints(folder, plan, _latest(folder) + 1)
    new.save(0, last.joined())
    for path in folder.glob(f"found-{_latest(folder) - 1}-*.npz"):
        path.unlink()


def current(folder: Path, plan: Plan) -> Checkpoints:
    """The generation that the first process has begun."""
    return Checkpoints(folder, plan, _latest(folder))


def discard(folder: Path) -> None:
    """Remove what was found for a store that is no more."""
    for path in folder.glob("found-*.npz"):
        path.unlink()


def _latest(folder: Path) -> int:
    begun = [int(path.stem.split("-")[1]) for path in folder.glob("found-*-0.npz")]
    return max(begun, default=0)
