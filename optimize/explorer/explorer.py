"""State of the explorer: current design, its figure and its listeners."""

from collections.abc import Callable, Collection
from typing import Any, Protocol

import numpy as np

from jaxcom.plot.labels import Fixed, title_of
from jaxcom.resonator import DETUNING_WINDOW, PARAMETERS, SpinningResonator

from ..box import Box
from .figure import ExplorerFigure
from .sliders import default_box, require_within
from .view import View, view_of

POINTS = 401  # along the detuning: one per pixel


class Controls(Protocol):
    """Widgets of an explorer."""

    def mimebundle(self) -> dict[str, Any]:
        """Data by which a notebook shows the widgets, by MIME type."""
        ...


class Explorer:
    """A design, its figure and, in a notebook, its sliders; created by `optimize.explore`.

    Args:
        resonator: the design to start from.
        box: ranges of the sliders; None for the default.
        controls: function that creates the widgets of an explorer; raises ImportError without the
            packages it needs.

    Attributes:
        design: the current design.
        box: ranges of the sliders.
        view: the numbers that the figure shows.
        drawing: the figure.
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
        self._detunings = np.linspace(*_detuning_range(self.design, self.box), POINTS)
        self.drawing = ExplorerFigure(self._detunings, self.box.names, self.fixed)
        self._callbacks: list[Callable[[], None]] = []
        self._make_controls, self._controls = controls, None
        self.show(self.design)

    @property
    def fixed(self) -> Fixed:
        """Values of the parameters without a slider."""
        return _values(self.design, PARAMETERS.keys() - set(self.box.names))

    @property
    def code(self) -> str:
        """The design as Python code, with the fields that differ from Table I."""
        default, values = _values(SpinningResonator()), _values(self.design)
        given = [f"{name}={value!r}" for name, value in values.items() if value != default[name]]
        return f"jc.SpinningResonator({', '.join(given)})"

    def move(self, **values: float) -> None:
        """Move sliders.

        Args:
            **values: new values of fields that have a slider, in SI units.

        Raises:
            TypeError: a name is no field, or a value is no number.
            ValueError: a value is outside the range of its slider, or a field has no slider.
        """
        if fixed := values.keys() - set(self.box.names) & PARAMETERS.keys():
            sliders = ", ".join(self.box.names)
            raise ValueError(f"Argument `{min(fixed)}` has no slider; there are {sliders}.")
        design = _as_floats(self.design.replace(**values))
        require_within(self.box, design)
        self._take(design)

    def show(self, design: SpinningResonator) -> None:
        """Replace the design by another one, which may lie outside the sliders."""
        self._take(_as_floats(design))

    def _take(self, design: SpinningResonator) -> None:
        self.design = design
        self.view: View = view_of(self.design, self._detunings, self.box)
        self.drawing.update(self.design, self.view)
        for callback in self._callbacks:
            callback()

    def listen(self, callback: Callable[[], None]) -> None:
        """Register a callback for changes of the design."""
        self._callbacks.append(callback)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Widgets if available, and the current figure for viewers without widgets."""
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


def _detuning_range(design: SpinningResonator, box: Box) -> tuple[float, float]:
    """Range of the detuning axis, in rad/s: that of the slider, if there is one."""
    if interval := box.intervals.get("detuning"):
        return interval.low, interval.high
    own, omega_m = float(design.detuning), float(design.omega_m)
    low, high = (bound * omega_m for bound in DETUNING_WINDOW)
    return min(low, own), max(high, own)
