"""The figure of a path: the optimum's value, and where its free fields go."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from jaxcom.plot import new_figure
from jaxcom.plot.labels import axis_label, equation, factor_of, title_of
from jaxcom.resonator import PARAMETERS

from ..report.axes import in_symbols
from .path import Change, Path

BLUE, ORANGE, GREEN, VIOLET = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
LINES = {
    Change.MET: (":", BLUE, "bound, constraint or edge met"),
    Change.LEFT: ("-.", GREEN, "bound, constraint or edge left"),
    Change.TURNED: ("--", VIOLET, "a maximum no longer"),
    Change.JUMPED: ("-", ORANGE, "jump to another maximum"),
}


def path_figure(path: Path) -> Figure:
    """The optimum's score along the parameter, and below it each free field.

    Triangles mark points on a bound, squares points on the edge of a hinge or on a constraint.
    Upright lines are events, and curves break where the optimum jumps. A star is the best design of
    an independent search.
    """
    names = path.problem.box.names
    figure = new_figure(7.0, 3.2 + 1.4 * len(names))
    ratios = [2.2, *[1.0] * len(names)]
    panels = figure.subplots(1 + len(names), 1, sharex=True, height_ratios=ratios)
    _draw_scores(panels[0], path)
    for axes, name in zip(panels[1:], names, strict=True):
        _draw_field(axes, path, name)
    for axes in panels:
        _draw_events(axes, path)
    panels[0].set_title(_title(path), fontsize="medium")
    panels[-1].set_xlabel(axis_label(path.field, _fixed(path)))
    told = {label: line for axes in panels for line, label in _entries(axes)}
    figure.legend(
        list(told.values()), list(told), loc="outside lower center", ncols=2, fontsize="small"
    )
    return figure


def _title(path: Path) -> str:
    """What is fixed, and what detunings are multiples of."""
    fixed = _fixed(path)
    rate = [equation("omega_m", fixed["omega_m"], fixed)] if "omega_m" in fixed else []
    return ", ".join([told for told in [title_of(fixed)] if told] + rate)


def _draw_scores(axes: Axes, path: Path) -> None:
    x, y = _along(path), path.scores
    _draw_curve(axes, path, y, "optimum followed")
    held = np.array([any("bound of" not in what for what in p.active) for p in path.points])
    if held.any():
        axes.plot(x[held], y[held], "s", color=BLUE, markersize=5, label="on an edge or constraint")
    for rival in path.rivals:
        axes.plot(
            rival.value * factor_of(path.field, _fixed(path)), rival.score, "*", color=ORANGE,
            markeredgecolor="black", markersize=11, zorder=3, label="best of an independent search",
        )  # fmt: skip
    axes.set_ylabel(f"{in_symbols(path.problem.objective.name)}\n(score)")


def _draw_field(axes: Axes, path: Path, name: str) -> None:
    """A free field along the path; triangles where it is on a bound."""
    fixed = _fixed(path)
    x, y = _along(path), path.fields[name] * factor_of(name, fixed)
    _draw_curve(axes, path, y, "optimum followed")
    for side, marker in (("lower", "v"), ("upper", "^")):
        on = np.array([f"{side} bound of {name}" in point.active for point in path.points])
        if on.any():
            label = f"field on its {side} bound"
            axes.plot(x[on], y[on], marker, color=ORANGE, markersize=5, label=label)
    axes.set_ylim(*_window(y, path, name))
    axes.set_ylabel(_short_label(name, fixed))


def _draw_curve(axes: Axes, path: Path, y: np.ndarray, label: str) -> None:
    """A curve with a dot on each point, broken at jumps."""
    x, jumps = _along(path), {e.value for e in path.events if e.change is Change.JUMPED}
    starts = [k for k, value in enumerate(path.values) if k and value in jumps]
    for piece in np.split(np.arange(len(x)), starts):
        axes.plot(x[piece], y[piece], ".-", color="black", markersize=4, label=label)


def _draw_events(axes: Axes, path: Path) -> None:
    factor = factor_of(path.field, _fixed(path))
    for event in path.events:
        if event.change in LINES:
            style, colour, label = LINES[event.change]
            axes.axvline(
                event.value * factor, color=colour, linestyle=style, linewidth=0.9, label=label
            )


def _window(y: np.ndarray, path: Path, name: str) -> tuple[float, float]:
    """All values, and at least a tenth of the box, so that rounding does not fill a panel."""
    interval, factor = path.problem.box.intervals[name], factor_of(name, _fixed(path))
    least = 0.1 * factor * float(interval.high - interval.low)
    middle, width = (y.min() + y.max()) / 2, max(np.ptp(y), least)
    return middle - 0.6 * width, middle + 0.6 * width


def _short_label(name: str, fixed: Mapping[str, float]) -> str:
    """Name above symbol and unit; what the unit is, if it is a rate, the title tells."""
    return axis_label(name, fixed).split("   (")[0].replace(" $", "\n$", 1)


def _entries(axes: Axes):
    """Lines and their labels, for a legend."""
    return zip(*axes.get_legend_handles_labels(), strict=True)


def _along(path: Path) -> np.ndarray:
    """The parameter as the axis shows it."""
    return path.values * factor_of(path.field, _fixed(path))


def _fixed(path: Path) -> Mapping[str, float]:
    """The fields that have one value all along the path."""
    varied, resonator = {*path.problem.box.names, path.field}, path.problem.resonator
    return {name: float(getattr(resonator, name)) for name in PARAMETERS if name not in varied}
