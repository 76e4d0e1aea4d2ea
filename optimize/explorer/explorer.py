"""A design that is being explored: what it is, how it is drawn, and who wants to know of it."""

from collections.abc import Callable, Collection
from typing import Any, Protocol

import numpy as np

from jaxcom.plot.labels import Fixed, title_of
from jaxcom.resonator import PARAMETERS, SpinningResonator

from ..box import Box
from .figure import ExplorerFigure
from .sliders import default_box, require_within
from .view import View, view_of

POINTS = 401  # along the detuning: one for each pixel


class Controls(Protocol):
    """Widgets around an explorer."""

    def mimebundle(self) -> dict[str, Any]:
        """What a notebook shows them by."""
        ...


class Explorer:
    """A design, its figure and, in a notebook, its sliders; `optimize.explore` makes one.

    Args:
        resonator: the design to start from.
        box: the ranges of the sliders.
        controls: makes the widgets around an explorer; raises ImportError where there are none.

    Attributes:
        design: the design as it stands.
        box: the ranges of the sliders.
        view: the numbers that are shown.
        drawing: the figure of them.
    """

    def __init__(
        self,
        resonator: SpinningResonator,
        box: Box | None = None,
        controls: "Callable[[Explorer], Controls] | None" = None,
    ):
        self.design = _as_floats(resonator)
        self.box = default_box(self.design) if box is None else box
        require_within(self.box, self.design)
        self._detunings = np.linspace(*_ends(self.design, self.box), POINTS)
        self.drawing = ExplorerFigure(self._detunings, self.box.names, self.fixed)
        self._listeners: list[Callable[[], None]] = []
        self._make_controls, self._controls = controls, None
        self.show(self.design)

    @property
    def fixed(self) -> Fixed:
        """The parameters without a slider."""
        return _values(self.design, PARAMETERS.keys() - set(self.box.names))

    @property
    def code(self) -> str:
        """The design as Python: what differs from Table I."""
        default, values = _values(SpinningResonator()), _values(self.design)
        told = [f"{name}={value!r}" for name, value in values.items() if value != default[name]]
        return f"jc.SpinningResonator({', '.join(told)})"

    def move(self, **values: float) -> None:
        """Move sliders.

        Raises:
            TypeError: a name that is no field, or a value that is no number.
            ValueError: a value outside its slider, or a field that has none.
        """
        if fixed := values.keys() - set(self.box.names) & PARAMETERS.keys():
            raise ValueError(f"Argument `{min(fixed)}` has no slider; those are {self.box.names}.")
        design = _as_floats(self.design.replace(**values))
        require_within(self.box, design)
        self._take(design)

    def show(self, design: SpinningResonator) -> None:
        """Take over a design."""
        self._take(_as_floats(design))

    def _take(self, design: SpinningResonator) -> None:
        self.design = design
        self.view: View = view_of(self.design, self._detunings, self.box)
        self.drawing.update(self.design, self.view)
        for tell in self._listeners:
            tell()

    def listen(self, tell: Callable[[], None]) -> None:
        """Have a function called whenever the design has changed."""
        self._listeners.append(tell)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Live where there are widgets; beside it, for readers without, the figure as it stands."""
        still = self.drawing.still(title_of(_values(self.design)))
        return {**self._live(), "image/png": still, "text/plain": self.code}

    def _live(self) -> dict[str, Any]:
        if self._controls is None and self._make_controls is not None:
            try:
                self._controls = self._make_controls(self)
            except ImportError:  # no anywidget
                self._make_controls = None
        return {} if self._controls is None else self._controls.mimebundle()


def _as_floats(resonator: SpinningResonator) -> SpinningResonator:
    for name in PARAMETERS:
        if shape := np.shape(getattr(resonator, name)):
            raise ValueError(f"Argument `{name}` must be one number, but has the shape {shape}.")
    return resonator.replace(**_values(resonator))


def _values(resonator: SpinningResonator, names: Collection[str] = PARAMETERS) -> dict[str, float]:
    return {name: float(getattr(resonator, name)) for name in PARAMETERS if name in names}


def _ends(design: SpinningResonator, box: Box) -> tuple[float, float]:
    """Between which detunings curves are drawn."""
    if ends := box.intervals.get("detuning"):
        return ends.low, ends.high
    own, omega_m = float(design.detuning), float(design.omega_m)
    return min(-omega_m, own), max(4 * omega_m, own)
