"""Progress bar of a scan: points, speed, remaining time, and counts of stable points."""

from typing import NamedTuple

from tqdm import tqdm

from jaxcom.scan.plan import ScanPlan
from jaxcom.scan.processes import own_share


class Tally(NamedTuple):
    """Counts over some evaluations.

    Attributes:
        evaluations: number of evaluations.
        stable: number of stable ones.
        entangled: number of entangled ones; None if E_N is not computed.
    """

    evaluations: int = 0
    stable: int = 0
    entangled: int | None = None

    def __str__(self) -> str:
        if not self.evaluations:
            return ""
        stable = f"{self.stable / self.evaluations:.1%} stable"
        if self.entangled is None:
            return stable
        return f"{stable}, {self.entangled / self.evaluations:.1%} entangled"


def combined(one: Tally, other: Tally) -> Tally:
    """Sum of two tallies.

    >>> print(combined(Tally(10, 5, 1), Tally(10, 10, 2)))
    75.0% stable, 15.0% entangled
    """
    entangled = None if other.entangled is None else (one.entangled or 0) + other.entangled
    return Tally(one.evaluations + other.evaluations, one.stable + other.stable, entangled)


class Progress:
    """Progress bar on the standard error.

    Args:
        plan: plan of the scan.
        blocks: number of blocks that this process has yet to compute.
        shown: whether to show the bar; None for only if the standard error is a terminal.
    """

    def __init__(self, plan: ScanPlan, blocks: int, shown: bool | None):
        own = len(own_share(range(plan.grid.blocks)))
        per_block = plan.evaluations / plan.grid.blocks
        self._tally = Tally()
        self._bar = tqdm(
            total=round(per_block * own),
            initial=round(per_block * (own - blocks)),
            disable=None if shown is None else not shown,
            desc="scan",
            unit=" points",
            unit_scale=True,
            dynamic_ncols=True,
        )

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *failure: object) -> None:
        self._bar.close()

    def add(self, tally: Tally) -> None:
        """Add evaluations that have been finished."""
        self._tally = combined(self._tally, tally)
        self._bar.set_postfix_str(str(self._tally), refresh=False)
        self._bar.update(tally.evaluations)
