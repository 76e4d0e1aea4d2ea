"""A panel of the paper: what it shows, its data, and how it is drawn."""

from collections.abc import Callable
from typing import NamedTuple

import xarray as xr
from matplotlib.figure import Figure

COLUMN, PAGE = 3.4, 7.0
"""Widths in inches of a column and of a page of the journal."""


class Resolution(NamedTuple):
    """How fine panels are, and as what they are drawn.

    Attributes:
        curve: points of a curve.
        map: points along each axis of a map.
        dpi: dots per inch of paper.
        kinds: suffixes of the pictures.
    """

    curve: int
    map: int
    dpi: int
    kinds: tuple[str, ...]


PUBLICATION = Resolution(curve=1001, map=301, dpi=300, kinds=("png", "pdf"))
QUICK = Resolution(curve=201, map=61, dpi=120, kinds=("png",))


class Panel(NamedTuple):
    """One panel of one figure.

    Attributes:
        name: figure and letter, such as "3f" or "S2a".
        title: what is shown.
        compute: its data; coordinates tell the whole design of every number.
        draw: puts them into an empty figure.
        chosen: what the paper leaves open, and what was taken for it.
        size: of the figure in inches.
    """

    name: str
    title: str
    compute: Callable[[Resolution], xr.Dataset]
    draw: Callable[[Figure, xr.Dataset], None]
    chosen: str = ""
    size: tuple[float, float] = (COLUMN, 2.7)

    @property
    def label(self) -> str:
        """As the paper calls it: Fig. 2(a)."""
        return f"Fig. {self.name[:-1]}({self.name[-1]})"
