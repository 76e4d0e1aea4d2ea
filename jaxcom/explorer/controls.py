"""The widgets around an explorer: sliders, a live picture, a way uphill, the design as code."""

import asyncio
import html
import json
from functools import partial
from typing import Any

import ipywidgets
from IPython.display import Javascript, display

from jaxcom.explorer.ascent import Ascent, ascent
from jaxcom.explorer.explorer import Explorer
from jaxcom.explorer.sliders import Slider, sliders_of
from jaxcom.explorer.view import SIDES, View
from jaxcom.plot.style import STYLES, Style
from jaxcom.status import Status
from optimize import objectives

GOALS = (objectives.nonreciprocity, objectives.NAMED["left"], objectives.NAMED["right"])
_ENDS = (
    "no way up from here: a maximum, or no steady state in a direction that counts",
    "no small step leads higher; optimize.maximize searches the whole box",
)
START, STOP = "Improve from here", "Stop"
_APART = "style='padding-right:1.5em'"
PAUSE = 0.02  # s between two steps uphill, in which a click on "stop" is heard


class Controls:
    """Widgets that follow an explorer, and move it.

    Attributes:
        sliders: by field.
        picture: the figure, live.
        goal: what `improve` climbs.
        improve: the button that starts and stops.
        copy: the button that copies the design as code.
        root: all of them.
    """

    def __init__(self, explorer: Explorer):
        self._explorer = explorer
        self._described = {s.name: s for s in sliders_of(explorer.box, explorer.fixed)}
        self._ways: dict[str, Ascent] = {goal.name: ascent(goal) for goal in GOALS}
        self._climbing: asyncio.Future | None = None
        self._following = False
        self.sliders = {name: _slider(s) for name, s in self._described.items()}
        self.picture = ipywidgets.Image(format="png", layout={"max_width": "1100px"})
        self.words, self.said = ipywidgets.HTML(), ipywidgets.HTML()
        self.goal = ipywidgets.Dropdown(options=list(self._ways), layout={"width": "9em"})
        self.improve = ipywidgets.Button(
            description=START, icon="arrow-up", layout={"width": "14em"}
        )
        self.copy = ipywidgets.Button(description="Copy as code", icon="copy")
        self._clipboard = ipywidgets.Output()
        self.root = self._arranged()
        self._connect()
        self._follow()

    def mimebundle(self) -> dict[str, Any]:
        """What a notebook shows them by."""
        bundle = self.root._repr_mimebundle_() or {}
        return {kind: content for kind, content in bundle.items() if "widget-view" in kind}

    def _arranged(self) -> ipywidgets.VBox:
        columns = "repeat(auto-fit, minmax(24em, 1fr))"
        layout = {"grid_template_columns": columns, "max_width": "1100px"}
        turned = ipywidgets.GridBox(list(self.sliders.values()), layout=layout)
        pressed = ipywidgets.HBox([self.improve, self.goal, self.copy, self._clipboard])
        return ipywidgets.VBox([turned, pressed, self.said, self.words, self.picture])

    def _connect(self) -> None:
        for name, slider in self.sliders.items():
            slider.add_class(f"jaxcom-{name}")
            slider.observe(partial(self._slid, name), "value")
        self.improve.on_click(self._start_or_stop)
        self.copy.on_click(self._copied)
        self._explorer.listen(self._follow)

    def _slid(self, name: str, change: Any) -> None:
        if not self._following and self._climbing is None:
            value = self._described[name].nearest(change["new"] / self._described[name].factor)
            if value != self._described[name].nearest(getattr(self._explorer.design, name)):
                self._explorer.move(**{name: self._within(name, value)})

    def _within(self, name: str, value: float) -> float:
        """Without the rounding of units."""
        ends = self._explorer.box.intervals[name]
        return min(max(float(f"{value:.12g}"), ends.low), ends.high)

    def _follow(self) -> None:
        """Show the design as it stands, sliders at their nearest positions.

        Between two positions a browser would move them there itself, and say so.
        """
        self._following = True
        for name, slider in self.sliders.items():
            described = self._described[name]
            nearest = described.nearest(getattr(self._explorer.design, name))
            slider.value = nearest * described.factor
        self._following = False
        self.words.value = _table(self._explorer.view)
        self.picture.value = self._explorer.drawing.moving_picture()

    def _copied(self, _: Any) -> None:
        code = self._explorer.code
        self._say(f"<code>{html.escape(code)}</code>")
        with self._clipboard:
            self._clipboard.clear_output()
            display(Javascript(f"navigator.clipboard.writeText({json.dumps(code)})"))

    def _start_or_stop(self, _: Any) -> None:
        if self._climbing is not None:
            self._climbing.cancel()
            return
        try:
            self._climbing = asyncio.get_running_loop().create_task(self._climb())
        except RuntimeError:  # no loop: not in a notebook
            asyncio.run(self._climb())

    async def _climb(self) -> None:
        goal = str(self.goal.value)
        self.improve.set_trait("description", STOP)
        self._say(f"following the gradient of {goal}; the first time it is compiled ...")
        try:
            steps = await self._climbed(goal)
            self._say(f"{goal}: {_ENDS[steps > 0]}")
        except asyncio.CancelledError:
            self._say(f"{goal}: stopped on the way")
        finally:
            self.improve.set_trait("description", START)
            self._climbing = None

    async def _climbed(self, goal: str) -> int:
        """Follow the gradient up to where it ends; the number of steps."""
        await asyncio.sleep(PAUSE)  # so that what was said is seen
        steps = 0
        for design in self._ways[goal](self._explorer.design, self._explorer.box):
            self._explorer.show(design)
            steps += 1
            await asyncio.sleep(PAUSE)
        return steps

    def _say(self, words: str) -> None:
        self.said.value = f"<small>{words}</small>"


def _slider(slider: Slider) -> ipywidgets.FloatSlider | ipywidgets.FloatLogSlider:
    kind = ipywidgets.FloatLogSlider if slider.logarithmic else ipywidgets.FloatSlider
    low, high = slider.ends
    return kind(
        min=low, max=high, step=slider.step, description=slider.label,
        readout_format=".3g" if slider.logarithmic else ".4g",
        style={"description_width": "7em"}, layout={"width": "98%"},
    )  # fmt: skip


def _table(view: View) -> str:
    """A row for each direction: status, entanglement, distance to instability, photon numbers."""
    heads = ("", "status", "E<sub>N</sub>", "margin / ω<sub>m</sub>", "N driven", "N reflected")
    rows = [_row(view, side) for side in range(len(SIDES))]
    lines = [f"<tr style='color:{style.colour}'>{row}</tr>" for row, style in rows]
    head = "".join(f"<th {_APART}>{name}</th>" for name in heads)
    return f"<table style='text-align:left'><tr>{head}</tr>{''.join(lines)}</table>"


def _row(view: View, side: int) -> tuple[str, Style]:
    here, style = view.here, STYLES[SIDES[side]]
    status = Status(int(here.status[side]))
    exists = status is Status.STABLE
    cells = (
        style.label,
        status.name.lower().replace("_", " "),
        f"{here.log_negativity[side]:.4f}" if exists else "none",
        f"{-view.spectrum[side].real.max():+.4f}",
        f"{here.photons[side]:.3g}",
        f"{here.photons_reflected[side]:.3g}",
    )
    return "".join(f"<td {_APART}>{cell}</td>" for cell in cells), style
