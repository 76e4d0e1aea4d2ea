"""Style shared by all figures: colors and lines of the directions, figure size, numbers."""

import io
from typing import NamedTuple, SupportsFloat

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from jaxcom.direction import LEFT, RIGHT, Direction


class Style(NamedTuple):
    """Style of one direction of the light, distinct for the color-blind and in greyscale.

    Attributes:
        label: entry in the legend.
        color: color of lines and markers.
        line: line style of Matplotlib.
        hatch: hatching of ranges without a steady state.
        marker: marker of Matplotlib.
    """

    label: str
    color: str
    line: str
    hatch: str
    marker: str


STYLES: dict[Direction, Style] = {
    LEFT: Style("light from the left", "#0072B2", "-", "////", "o"),
    RIGHT: Style("light from the right", "#D55E00", "--", "\\\\\\\\", "s"),
}
STATIONARY_STYLE = Style("at rest (no spin)", "#555555", ":", "....", "D")


class _NotebookFigure(Figure):
    """Figure that a notebook shows as the result of a cell, without pyplot."""

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        self.savefig(stream, format="png")
        return stream.getvalue()


def new_figure(width: float = 7.0, height: float = 4.5) -> Figure:
    """Empty figure that needs no display.

    Args:
        width: width in inches.
        height: height in inches.

    >>> new_figure()._repr_png_()[1:4]
    b'PNG'
    """
    figure = _NotebookFigure(figsize=(width, height), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def in_powers(value: SupportsFloat) -> str:
    r"""Number in scientific notation, in LaTeX.

    >>> in_powers(3.2e7)
    '$3.2\\times10^{7}$'
    """
    mantissa, exponent = f"{float(value):.2e}".split("e")
    return rf"${float(mantissa):g}\times10^{{{int(exponent)}}}$"
