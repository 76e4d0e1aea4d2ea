"""Browser widget of the explorer: sliders, a table and the figure."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from jaxcom.resonator import SpinningResonator

from .sliders import Slider

_HERE = Path(__file__).parent


class Live(anywidget.AnyWidget):
    """Widget with sliders, a table and a figure, which sends the moves of its sliders.

    Attributes:
        sliders: description of each slider for the browser.
        values: value of each slider, in the unit of its label.
        table: HTML below the sliders.
        picture: the figure as a PNG image.
        answered: number of moves that have been processed.
    """

    _esm = _HERE / "live.js"
    _css = _HERE / "live.css"
    sliders = traitlets.List().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    table = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Bytes().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)

    def __init__(self, sliders: list[Slider], move: Callable[[Mapping[str, float]], None]):
        super().__init__(sliders=[slider.description for slider in sliders])
        self._sliders = sliders
        self._move = move
        self.on_msg(self._on_message)

    def show(self, design: SpinningResonator, table: str, picture: bytes) -> None:
        """Show a design, its table and its figure; sent in one message."""
        with self.hold_sync():
            self.values = {s.name: s.displayed(getattr(design, s.name)) for s in self._sliders}
            self.table, self.picture = table, picture

    def _on_message(self, _: Any, values: Mapping[str, float], __: Any) -> None:
        """Process a move; failed moves are answered as well, since the browser waits."""
        with self.hold_sync():
            try:
                moved = (slider for slider in self._sliders if slider.name in values)
                self._move({s.name: s.in_si(values[s.name]) for s in moved})
            finally:
                self.answered += 1
