"""Panel of the paper: its title, its data, and how it is drawn."""

from collections.abc import Callable
from typing import NamedTuple

import xarray as xr
from matplotlib.figure import Figure

COLUMN, PAGE = 3.4, 7.0
"""Widths in inches of a column and of a page of the journal."""


class Resolution(NamedTuple):
    """Resolution and file types of panels.

    Attributes:
        curve: number of points of a curve.
        map: number of points along each axis of a map.
        dpi: dots per inch of the pictures.
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
        title: title.
        compute: function that computes the data; their coordinates contain the whole design.
        draw: function that draws the data into an empty figure.
        chosen: choices that the paper leaves open.
        size: size of the figure in inches.
    """

    name: str
    title: str
    compute: Callable[[Resolution], xr.Dataset]
    draw: Callable[[Figure, xr.Dataset], None]
    chosen: str = ""
    size: tuple[float, float] = (COLUMN, 2.7)

    @property
    def label(self) -> str:
        """Name as in the paper, such as "Fig. 2(a)"."""
        return f"Fig. {self.name[:-1]}({self.name[-1]})"
