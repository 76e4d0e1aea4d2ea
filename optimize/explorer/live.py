"""What is live in a notebook: sliders, words and a picture, in the browser."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from jaxcom.resonator import SpinningResonator

from .sliders import Slider

_HERE = Path(__file__).parent


class Live(anywidget.AnyWidget):
    """Sliders, words and a picture.

    Attributes:
        sliders: how each slider looks.
        values: where each slider stands, in the units of its label.
        words: HTML under the sliders.
        picture: a PNG.
        answered: how many moves of sliders have been answered.
    """

    _esm = _HERE / "live.js"
    _css = _HERE / "live.css"
    sliders = traitlets.List().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Bytes().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)

    def __init__(self, sliders: list[Slider], move: Callable[[Mapping[str, float]], None]):
        super().__init__(sliders=[slider.described for slider in sliders])
        self._sliders = sliders
        self._move = move
        self.on_msg(self._moved)

    def show(self, design: SpinningResonator, words: str, picture: bytes) -> None:
        """Take over a design, words and a picture, in one message."""
        with self.hold_sync():
            self.values = {s.name: s.shown(getattr(design, s.name)) for s in self._sliders}
            self.words, self.picture = words, picture

    def _moved(self, _: Any, values: Mapping[str, float], __: Any) -> None:
        """Answer even what can't be done: the browser waits for it."""
        with self.hold_sync():
            try:
                moved = (slider for slider in self._sliders if slider.name in values)
                self._move({s.name: s.value(values[s.name]) for s in moved})
            finally:
                self.answered += 1
