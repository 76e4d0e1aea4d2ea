"""Contact sheet: all panels on one page."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.image
from matplotlib.figure import Figure

from jaxcom.plot import new_figure

_COLUMNS = 5
_WIDE = 1.8  # ratio of width to height from which a picture takes two columns


def contact_sheet(pictures: Sequence[Path]) -> Figure:
    """Figure with pictures in rows of five columns; a wide picture takes two columns."""
    images = [matplotlib.image.imread(picture) for picture in pictures]
    cells = _cells([image.shape[1] > _WIDE * image.shape[0] for image in images])
    rows = cells[-1][0] + 1
    figure = new_figure(3.0 * _COLUMNS, 2.6 * rows)
    grid = figure.add_gridspec(rows, _COLUMNS)
    for image, (row, columns) in zip(images, cells, strict=True):
        axes = figure.add_subplot(grid[row, columns])
        axes.imshow(image)
        axes.set_axis_off()
    return figure


def _cells(wide: Sequence[bool]) -> list[tuple[int, slice]]:
    """Row and columns of each picture.

    >>> _cells([False] * 4 + [True])
    [(0, slice(0, 1, None)), ..., (0, slice(3, 4, None)), (1, slice(0, 2, None))]
    """
    cells, row, column = [], 0, 0
    for is_wide in wide:
        if column + 1 + is_wide > _COLUMNS:
            row, column = row + 1, 0
        cells.append((row, slice(column, column + 1 + is_wide)))
        column += 1 + is_wide
    return cells
