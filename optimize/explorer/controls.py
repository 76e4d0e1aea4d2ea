"""The widgets around an explorer: sliders, a live picture, a way uphill, the design as code."""

import asyncio
import html
import json
from collections.abc import Mapping
from typing import Any

import ipywidgets
from IPython.display import Javascript, display

from jaxcom.plot.style import STYLES, Style
from jaxcom.status import Status

from ..objectives import NAMED, nonreciprocity
from .ascent import Ascent, ascent
from .explorer import Explorer
from .live import Live
from .sliders import sliders_of
from .view import SIDES, View

GOALS = (nonreciprocity, NAMED["left"], NAMED["right"])
_ENDS = (
    "no way up from here: a maximum, or no steady state in a direction that counts",
    "no small step leads higher; optimize.maximize searches the whole box",
)
START, STOP = "Improve from here", "Stop"
PAUSE = 0.02  # s between two steps uphill, in which a click on "stop" is heard


class Controls:
    """Widgets that follow an explorer, and move it.

    Attributes:
        live: sliders, the table and the figure.
        goal: what `improve` climbs.
        improve: the button that starts and stops.
        copy: the button that copies the design as code.
        said: how the last thing that was asked for went.
        root: all of them.
    """

    def __init__(self, explorer: Explorer):
        self._explorer = explorer
        self._ways: dict[str, Ascent] = {goal.name: ascent(goal) for goal in GOALS}
        self._climbing: asyncio.Future | None = None
        self.live = Live(sliders_of(explorer.box, explorer.fixed), self._moved)
        self.said = ipywidgets.HTML()
        self.goal = ipywidgets.Dropdown(options=list(self._ways), layout={"width": "9em"})
        self.improve = ipywidgets.Button(
            description=START, icon="arrow-up", layout={"width": "14em"}
        )
        self.copy = ipywidgets.Button(description="Copy as code", icon="copy")
        self._clipboard = ipywidgets.Output()
        pressed = ipywidgets.HBox([self.improve, self.goal, self.copy, self._clipboard])
        self.root = ipywidgets.VBox([pressed, self.said, self.live])
        self.improve.on_click(self._start_or_stop)
        self.copy.on_click(self._copied)
        explorer.listen(self._follow)
        self._follow()

    def mimebundle(self) -> dict[str, Any]:
        """What a notebook shows them by."""
        bundle = self.root._repr_mimebundle_() or {}
        return {kind: content for kind, content in bundle.items() if "widget-view" in kind}

    def _moved(self, values: Mapping[str, float]) -> None:
        if self._climbing is None:
            self._explorer.move(**values)

    def _follow(self) -> None:
        explorer = self._explorer
        picture = explorer.drawing.moving_picture()
        self.live.show(explorer.design, _table(explorer.view), picture)

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


def _table(view: View) -> str:
    """A row for each direction: status, entanglement, distance to instability, photon numbers."""
    heads = ("", "status", "E<sub>N</sub>", "margin / ω<sub>m</sub>", "N driven", "N reflected")
    rows = [_row(view, side) for side in range(len(SIDES))]
    lines = [f"<tr style='color:{style.colour}'>{row}</tr>" for row, style in rows]
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"


def _row(view: View, side: int) -> tuple[str, Style]:
    here, style = view.here, STYLES[SIDES[side]]
    status = Status(int(here.status[side]))
    exists = status is Status.STABLE
    cells = (
        style.label,
        status.name.lower().replace("_", " "),
        f"{here.log_negativity[side]:.4f}" if exists else "none",
        f"{-view.spectrum[side].real.max():+.4f}",
        f"{here.photons_driven[side]:.3g}",
        f"{here.photons_reflected[side]:.3g}",
    )
    return "".join(f"<td>{cell}</td>" for cell in cells), style
