"""What all figures share: kinds of light, sizes, how numbers are written."""

import io
from typing import NamedTuple

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from jaxcom.direction import LEFT, RIGHT, Direction


class Style(NamedTuple):
    """How one kind of light is drawn in every figure; safe for the colour-blind and in grey."""

    label: str
    colour: str
    line: str
    hatch: str
    marker: str


STYLES: dict[Direction, Style] = {
    LEFT: Style("light from the left", "#0072B2", "-", "////", "o"),
    RIGHT: Style("light from the right", "#D55E00", "--", "\\\\\\\\", "s"),
}
STATIONARY = Style("at rest (no spin)", "#555555", ":", "....", "D")


class _Shown(Figure):
    """A figure that a notebook shows as the last line of a cell, without pyplot as well."""

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        self.savefig(stream, format="png")
        return stream.getvalue()


def new_figure(width: float = 7.0, height: float = 4.5) -> Figure:
    """An empty figure, in inches, that draws itself without a display.

    >>> new_figure()._repr_png_()[1:4]
    b'PNG'
    """
    figure = _Shown(figsize=(width, height), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def in_powers(value) -> str:
    r"""A number in powers of ten, as mathematics.

    >>> in_powers(3.2e7)
    '$3.2\\times10^{7}$'
    """
    mantissa, exponent = f"{float(value):.2e}".split("e")
    return rf"${float(mantissa):g}\times10^{{{int(exponent)}}}$"
