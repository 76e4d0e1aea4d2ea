"""How far a scan is: points, speed, time left, and what was found so far."""

from typing import NamedTuple

from tqdm import tqdm

from jaxcom.scan.plan import Plan
from jaxcom.scan.processes import share


class Tally(NamedTuple):
    """What some evaluations came to; `entangled` is None where E_N is not computed."""

    evaluations: int = 0
    stable: int = 0
    entangled: int | None = None

    def __str__(self) -> str:
        if not self.evaluations:
            return ""
        told = f"{self.stable / self.evaluations:.1%} stable"
        if self.entangled is None:
            return told
        return f"{told}, {self.entangled / self.evaluations:.1%} entangled"


def joined(one: Tally, other: Tally) -> Tally:
    """Both together.

    >>> print(joined(Tally(10, 5, 1), Tally(10, 10, 2)))
    75.0% stable, 15.0% entangled
    """
    entangled = None if other.entangled is None else (one.entangled or 0) + other.entangled
    return Tally(one.evaluations + other.evaluations, one.stable + other.stable, entangled)


class Progress:
    """A line on the standard error; by default only where that is a terminal."""

    def __init__(self, plan: Plan, blocks: int, shown: bool | None):
        mine = len(share(range(plan.grid.blocks)))
        each = plan.values / plan.grid.blocks
        self._tally = Tally()
        self._bar = tqdm(
            total=round(each * mine),
            initial=round(each * (mine - blocks)),
            disable=None if shown is None else not shown,
            desc="scan",
            unit=" points",
            unit_scale=True,
            dynamic_ncols=True,
        )

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *failure) -> None:
        self._bar.close()

    def add(self, tally: Tally) -> None:
        """Show that these points are done, too."""
        self._tally = joined(self._tally, tally)
        self._bar.set_postfix_str(str(self._tally), refresh=False)
        self._bar.update(tally.evaluations)
