"""All panels on one page."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.image
from matplotlib.figure import Figure

from jaxcom.plot import new_figure

_COLUMNS, _WIDE = 5, 1.8


def contact_sheet(pictures: Sequence[Path]) -> Figure:
    """The pictures in rows of five; a wide one takes two places."""
    images = [matplotlib.image.imread(picture) for picture in pictures]
    places = _places([image.shape[1] > _WIDE * image.shape[0] for image in images])
    rows = places[-1][0] + 1
    figure = new_figure(3.0 * _COLUMNS, 2.6 * rows)
    grid = figure.add_gridspec(rows, _COLUMNS)
    for image, (row, columns) in zip(images, places, strict=True):
        axes = figure.add_subplot(grid[row, columns])
        axes.imshow(image)
        axes.set_axis_off()
    return figure


def _places(wide: Sequence[bool]) -> list[tuple[int, slice]]:
    """The row and the columns of each picture.

    >>> _places([False] * 4 + [True])
    [(0, slice(0, 1, None)), ..., (0, slice(3, 4, None)), (1, slice(0, 2, None))]
    """
    places, row, column = [], 0, 0
    for each in wide:
        if column + 1 + each > _COLUMNS:
            row, column = row + 1, 0
        places.append((row, slice(column, column + 1 + each)))
        column += 1 + each
    return places
