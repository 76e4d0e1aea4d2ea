"""The explorer's figure: drawn once, then only what moves."""

import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from jaxcom.explorer.panels import Entanglement, MeanFields, Slopes, Spectrum
from jaxcom.explorer.view import View
from jaxcom.plot.labels import Fixed, factor_of
from jaxcom.resonator import SpinningResonator

COLOURS = 32


class ExplorerFigure:
    """Four panels of one design, of which only the moving parts are drawn anew.

    Drawing all of it takes a tenth of a second; restoring the rest from a picture and drawing the
    lines, a hundredth.

    Attributes:
        figure: the matplotlib figure; `savefig` writes it as it stands.
    """

    def __init__(self, detunings: np.ndarray, names: tuple[str, ...], fixed: Fixed):
        self.figure = Figure(figsize=(11.0, 6.0), dpi=90, layout="constrained")
        self._canvas = FigureCanvasAgg(self.figure)
        self._factor = factor_of("detuning", fixed)
        x = detunings * self._factor
        panels = self.figure.subplot_mosaic(
            [["entanglement", "spectrum"], ["gaps", "spectrum"], ["field", "slopes"]],
            height_ratios=[8, 1.3, 8],
        )
        self._entanglement = Entanglement(panels["entanglement"], panels["gaps"], x)
        self._field = MeanFields(panels["field"], x, fixed)
        self._spectrum = Spectrum(panels["spectrum"])
        self._slopes = Slopes(panels["slopes"], names, fixed)
        self._heading = self.figure.suptitle(" ", fontsize="medium")
        self._background = None  # a picture of all that does not move
        self._palette: Image.Image | None = None  # of the first picture

    def update(self, design: SpinningResonator, view: View) -> None:
        """Take over another design."""
        place = float(design.detuning) * self._factor
        moved = [
            self._entanglement.update(view, place),
            self._field.update(view, place),
            self._spectrum.update(view),
            self._slopes.update(view),
        ]
        if any(moved):
            self._background = None

    def moving_picture(self) -> bytes:
        """The figure as it stands, as a PNG of few colours.

        Jupyter's server passes on 1 MB a second and drops the rest: a picture must be small.
        """
        if self._background is None:
            self._canvas.draw()  # leaves out what is animated
            self.figure.set_layout_engine("none")  # panels stay where they are from now on
            self._background = self._canvas.copy_from_bbox(self.figure.bbox)
        self._canvas.restore_region(self._background)
        for part in (self._entanglement, self._field, self._spectrum, self._slopes):
            for artist in part.moving:
                self.figure.draw_artist(artist)
        return self._in_few_colours()

    def _in_few_colours(self) -> bytes:
        pixels = Image.fromarray(np.asarray(self._canvas.buffer_rgba())).convert("RGB")
        if self._palette is None:
            self._palette = pixels.quantize(COLOURS, dither=Image.Dither.NONE)
        stream = io.BytesIO()
        reduced = pixels.quantize(palette=self._palette, dither=Image.Dither.NONE)
        reduced.save(stream, "png", compress_level=4)
        return stream.getvalue()

    def still(self, title: str) -> bytes:
        """The figure as it stands, as PNG, under a title."""
        stream = io.BytesIO()
        self._heading.set_text(title)
        self.figure.savefig(stream, format="png")
        self._heading.set_text("")
        return stream.getvalue()
