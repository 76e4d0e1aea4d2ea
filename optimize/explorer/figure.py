"""Figure of the explorer; after the first drawing only the parts that move are redrawn."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox
from PIL import Image

from jaxcom.plot.labels import Fixed, factor_of
from jaxcom.resonator import SpinningResonator

from .panels import Entanglement, MeanFields, Panel, Slopes, Spectrum
from .view import View

COLORS = 32
MAX_BACKGROUNDS = 60  # in the cache, half a megabyte each
MARGINS = (0.02, 0.0, 0.96, 1.0)  # left, bottom, width, height: tick labels may grow longer


class ExplorerFigure:
    """Figure with four panels of one design, redrawn by blitting.

    A full drawing takes 0.2 s; restoring the backgrounds of the panels and drawing the lines takes
    0.01 s.

    Attributes:
        figure: the matplotlib figure; `savefig` writes its current state.
    """

    def __init__(self, detunings: np.ndarray, names: tuple[str, ...], fixed: Fixed):
        layout = ConstrainedLayoutEngine(rect=MARGINS)
        self.figure = Figure(figsize=(11.0, 6.0), dpi=90, layout=layout)
        self._canvas = FigureCanvasAgg(self.figure)
        self._factor = factor_of("detuning", fixed)
        x = detunings * self._factor
        axes = self.figure.subplot_mosaic(
            [["entanglement", "spectrum"], ["gaps", "spectrum"], ["field", "slopes"]],
            height_ratios=[8, 1.3, 8],
        )
        self._panels: tuple[Panel, ...] = (
            Entanglement(axes["entanglement"], axes["gaps"], x),
            MeanFields(axes["field"], x, fixed),
            Spectrum(axes["spectrum"]),
            Slopes(axes["slopes"], names, fixed),
        )
        self._heading = self.figure.suptitle(" ", fontsize="medium")
        self._boxes: dict[Panel, Bbox] = {}
        self._backgrounds: dict[tuple, Any] = {}  # by panel and limits
        self._palette: Image.Image | None = None  # of the first image

    def update(self, design: SpinningResonator, view: View) -> None:
        """Show another design."""
        for panel in self._panels:
            panel.update(view, float(design.detuning) * self._factor)

    def moving_picture(self) -> bytes:
        """Current figure as a PNG image with few colors.

        A Jupyter server transmits 1 MB per second and drops the rest, so images must be small.
        """
        for background in [self._background(panel) for panel in self._panels]:
            self._canvas.restore_region(background)
        for panel in self._panels:
            for artist in panel.moving:
                self.figure.draw_artist(artist)
        return self._in_few_colors()

    def _background(self, panel: Panel) -> Any:
        """Cached image of a panel without its moving artists, for its current limits."""
        if not self._boxes:
            self._lay_out()
        key = (panel, panel.limits)
        if key not in self._backgrounds:
            if len(self._backgrounds) >= MAX_BACKGROUNDS:
                oldest = next(iter(self._backgrounds))
                self._backgrounds.pop(oldest)
            self._backgrounds[key] = self._draw_background(panel)
        return self._backgrounds[key]

    def _lay_out(self) -> None:
        """Fix the position and the rectangle of each panel."""
        self._canvas.draw()
        self.figure.set_layout_engine("none")
        self._boxes = dict(zip(self._panels, _quarters(self.figure, self._panels), strict=True))

    def _draw_background(self, panel: Panel) -> Any:
        box = self._boxes[panel]
        ground = Rectangle(box.min, box.width, box.height, color=self.figure.get_facecolor())
        for artist in (ground, *panel.axes):
            self.figure.draw_artist(artist)
        return self._canvas.copy_from_bbox(box)

    def _in_few_colors(self) -> bytes:
        size, drawn = self._canvas.get_width_height(), bytes(self._canvas.buffer_rgba())
        pixels = Image.frombytes("RGB", size, drawn, "raw", "RGBX")
        if self._palette is None:
            self._palette = _with_white(pixels.quantize(COLORS, dither=Image.Dither.NONE))
        stream = io.BytesIO()
        reduced = pixels.quantize(palette=self._palette, dither=Image.Dither.NONE)
        reduced.save(stream, "png", compress_level=1)
        return stream.getvalue()

    def still(self, title: str) -> bytes:
        """Current figure with a title, as a PNG image."""
        stream = io.BytesIO()
        self._heading.set_text(title)
        self.figure.savefig(stream, format="png")
        self._heading.set_text("")
        return stream.getvalue()


def _with_white(image: Image.Image) -> Image.Image:
    """The palette with nearly white colors replaced by pure white, for a clean background."""
    colors = image.getpalette() or []
    image.putpalette([255 if share > 248 else share for share in colors])
    return image


def _quarters(figure: Figure, panels: Sequence[Panel]) -> list[Bbox]:
    """Rectangle of each panel in pixels: two on the left from top to bottom, two on the right."""
    outer = [_outer_box(panel) for panel in panels]
    edge = int(min(outer[2].x0, outer[3].x0))
    halves = int(outer[1].y1) + 1, int(outer[3].y1) + 1
    width, height = figure.bbox.max
    return [
        Bbox.from_extents(x0, y0, x1, y1)
        for (x0, x1), half in zip([(0, edge), (edge, width)], halves, strict=True)
        for y0, y1 in [(half, height), (0, half)]
    ]


def _outer_box(panel: Panel) -> Bbox:
    boxes = (axes.get_tightbbox() for axes in panel.axes)
    return Bbox.union([box for box in boxes if box is not None])
