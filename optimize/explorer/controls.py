"""Widgets of an explorer: sliders, a live figure, gradient ascent, and the design as code."""

import asyncio
import html
import json
from collections.abc import Mapping
from typing import Any

import ipywidgets
from IPython.display import Javascript, display

from jaxcom.direction import BOTH, Direction
from jaxcom.plot.style import STYLES, Style
from jaxcom.status import Status

from ..objectives import NAMED, abs_nonreciprocity
from .ascent import Ascent, ascent
from .explorer import Explorer
from .live import Live
from .sliders import sliders_of
from .view import View

OBJECTIVES = (abs_nonreciprocity, NAMED["left"], NAMED["right"])
START, STOP = "Improve from here", "Stop"
COMPILING = "following the gradient; the first run compiles the objective, please wait ..."
CANNOT_IMPROVE = (
    "cannot be improved from here: a local maximum, or no steady state in a direction that counts"
)
IMPROVED = "no small step improves it further; optimize.maximize searches the whole box"
STOPPED = "stopped"
PAUSE = 0.02  # s between two steps, in which a click on "Stop" is received


class Controls:
    """Widgets that show an explorer and change its design.

    Attributes:
        live: sliders, table and figure.
        objective: menu of the objectives that `improve` can increase.
        improve: button that starts and stops the gradient ascent.
        copy: button that copies the design as code.
        status: line with the result of the last action.
        root: container of all widgets.
    """

    def __init__(self, explorer: Explorer):
        self._explorer = explorer
        self._ascents: dict[str, Ascent] = {each.name: ascent(each) for each in OBJECTIVES}
        self._running: asyncio.Future | None = None
        self.live = Live(sliders_of(explorer.box, explorer.fixed), self._on_move)
        self.status = ipywidgets.HTML()
        self.objective = ipywidgets.Dropdown(options=list(self._ascents), layout={"width": "9em"})
        self.improve = ipywidgets.Button(
            description=START, icon="arrow-up", layout={"width": "14em"}
        )
        self.copy = ipywidgets.Button(description="Copy as code", icon="copy")
        self._clipboard = ipywidgets.Output()
        buttons = ipywidgets.HBox([self.improve, self.objective, self.copy, self._clipboard])
        self.root = ipywidgets.VBox([buttons, self.status, self.live])
        self.improve.on_click(self._on_improve)
        self.copy.on_click(self._on_copy)
        explorer.listen(self._update)
        self._update()

    def mimebundle(self) -> dict[str, Any]:
        """Data by which a notebook shows the widgets, by MIME type."""
        bundle = self.root._repr_mimebundle_() or {}
        return {kind: content for kind, content in bundle.items() if "widget-view" in kind}

    def _on_move(self, values: Mapping[str, float]) -> None:
        if self._running is None:
            self._explorer.move(**values)

    def _update(self) -> None:
        explorer = self._explorer
        picture = explorer.drawing.moving_picture()
        self.live.show(explorer.design, _table(explorer.view), picture)

    def _on_copy(self, _: Any) -> None:
        code = self._explorer.code
        self._show_status(f"<code>{html.escape(code)}</code>")
        with self._clipboard:
            self._clipboard.clear_output()
            display(Javascript(f"navigator.clipboard.writeText({json.dumps(code)})"))

    def _on_improve(self, _: Any) -> None:
        """Start the ascent, or stop the one that is running."""
        if self._running is not None:
            self._running.cancel()
            return
        try:
            self._running = asyncio.get_running_loop().create_task(self._improve())
        except RuntimeError:  # no event loop: not in a notebook
            asyncio.run(self._improve())

    async def _improve(self) -> None:
        name = str(self.objective.value)
        self.improve.set_trait("description", STOP)
        self._show_status(f"{name}: {COMPILING}")
        try:
            steps = await self._follow_gradient(name)
            self._show_status(f"{name}: {IMPROVED if steps else CANNOT_IMPROVE}")
        except asyncio.CancelledError:
            self._show_status(f"{name}: {STOPPED}")
        finally:
            self.improve.set_trait("description", START)
            self._running = None

    async def _follow_gradient(self, name: str) -> int:
        """Show the designs of an ascent until it ends and return the number of steps."""
        await asyncio.sleep(PAUSE)  # the browser shows the status line first
        steps = 0
        for design in self._ascents[name](self._explorer.design, self._explorer.box):
            self._explorer.show(design)
            steps += 1
            await asyncio.sleep(PAUSE)
        return steps

    def _show_status(self, text: str) -> None:
        self.status.value = f"<small>{text}</small>"


def _table(view: View) -> str:
    """HTML table of status, E_N, stability margin and photon numbers, a row per direction."""
    heads = ("", "status", "E<sub>N</sub>", "margin / ω<sub>m</sub>", "N driven", "N reflected")
    rows = [_row(view, k, side) for k, side in enumerate(BOTH)]
    lines = [f"<tr style='color:{style.color}'>{row}</tr>" for row, style in rows]
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"


def _row(view: View, k: int, side: Direction) -> tuple[str, Style]:
    here, style = view.here, STYLES[side]
    status = Status(int(here.status[k]))
    exists = status is Status.STABLE
    cells = (
        style.label,
        status.name.lower().replace("_", " "),
        f"{here.log_negativity[k]:.4f}" if exists else "none",
        f"{-view.spectrum[k].real.max():+.4f}",
        f"{here.photons_driven[k]:.3g}",
        f"{here.photons_reflected[k]:.3g}",
    )
    return "".join(f"<td>{cell}</td>" for cell in cells), style
