"""Figure of a path: score of the optimum and its free fields against the parameter."""

from collections.abc import Iterator, Mapping

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from jaxcom.plot import new_figure
from jaxcom.plot.labels import axis_label, equation, factor_of, title_of
from jaxcom.plot.symbols import with_symbols
from jaxcom.resonator import PARAMETERS

from .path import EventKind, Path

BLUE, ORANGE, GREEN, VIOLET = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
EVENT_LINES = {
    EventKind.ACTIVATED: (":", BLUE, "bound, constraint or hinge becomes active"),
    EventKind.DEACTIVATED: ("-.", GREEN, "bound, constraint or hinge becomes inactive"),
    EventKind.NO_MAXIMUM: ("--", VIOLET, "no longer a maximum"),
    EventKind.JUMPED: ("-", ORANGE, "jump to another maximum"),
}


def path_figure(path: Path) -> Figure:
    """Figure of the optimum's score along the parameter, with a panel below for each free field.

    Triangles mark fields on a bound, squares points on the edge of a hinge or on a constraint.
    Vertical lines are events, and curves are broken where the optimum jumps. A star is the best
    design of an independent search.

    Args:
        path: path of `trace` or `with_competing_optima`.

    Returns:
        Matplotlib figure; `figure.savefig(file)` writes it.
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
    entries = {label: line for axes in panels for line, label in _legend_entries(axes)}
    figure.legend(
        list(entries.values()), list(entries), loc="outside lower center", ncols=2, fontsize="small"
    )
    return figure


def _title(path: Path) -> str:
    """Fixed parameters, and the rate in whose multiples detunings are shown."""
    fixed = _fixed(path)
    rate = [equation("omega_m", fixed["omega_m"], fixed)] if "omega_m" in fixed else []
    return ", ".join([text for text in [title_of(fixed)] if text] + rate)


def _draw_scores(axes: Axes, path: Path) -> None:
    x, y = _x_values(path), path.scores
    _draw_curve(axes, path, y, "optimum followed")
    held = np.array([_is_constrained(point.active_constraints) for point in path.points])
    if held.any():
        axes.plot(x[held], y[held], "s", color=BLUE, markersize=5, label="on an edge or constraint")
    for found in path.competing_optima:
        axes.plot(
            found.parameter * factor_of(path.field, _fixed(path)), found.score, "*", color=ORANGE,
            markeredgecolor="black", markersize=11, zorder=3, label="best of an independent search",
        )  # fmt: skip
    axes.set_ylabel(f"{with_symbols(path.problem.objective.name)}\n(score)")


def _is_constrained(active: tuple[str, ...]) -> bool:
    """Whether anything but bounds is active."""
    return any("bound of" not in name for name in active)


def _draw_field(axes: Axes, path: Path, name: str) -> None:
    """Draw a free field along the path, with triangles where it lies on a bound."""
    fixed = _fixed(path)
    x, y = _x_values(path), path.fields[name] * factor_of(name, fixed)
    _draw_curve(axes, path, y, "optimum followed")
    for side, marker in (("lower", "v"), ("upper", "^")):
        bound = f"{side} bound of {name}"
        on = np.array([bound in point.active_constraints for point in path.points])
        if on.any():
            label = f"field on its {side} bound"
            axes.plot(x[on], y[on], marker, color=ORANGE, markersize=5, label=label)
    axes.set_ylim(*_y_limits(y, path, name))
    axes.set_ylabel(_short_label(name, fixed))


def _draw_curve(axes: Axes, path: Path, y: np.ndarray, label: str) -> None:
    """Draw a curve with a dot on each point, broken at jumps."""
    x = _x_values(path)
    jumps = {event.parameter for event in path.events if event.kind is EventKind.JUMPED}
    starts = [k for k, value in enumerate(path.parameters) if k and value in jumps]
    for piece in np.split(np.arange(len(x)), starts):
        axes.plot(x[piece], y[piece], ".-", color="black", markersize=4, label=label)


def _draw_events(axes: Axes, path: Path) -> None:
    factor = factor_of(path.field, _fixed(path))
    for event in path.events:
        if event.kind in EVENT_LINES:
            style, color, label = EVENT_LINES[event.kind]
            axes.axvline(
                event.parameter * factor, color=color, linestyle=style, linewidth=0.9, label=label
            )


def _y_limits(y: np.ndarray, path: Path, name: str) -> tuple[float, float]:
    """Limits that show all values and at least a tenth of the box, so that rounding stays flat."""
    interval, factor = path.problem.box.intervals[name], factor_of(name, _fixed(path))
    least = 0.1 * factor * float(interval.high - interval.low)
    middle, width = (y.min() + y.max()) / 2, max(np.ptp(y), least)
    return middle - 0.6 * width, middle + 0.6 * width


def _short_label(name: str, fixed: Mapping[str, float]) -> str:
    """Name above symbol and unit, without the value of a rate: the title has it."""
    return axis_label(name, fixed).split("   (")[0].replace(" $", "\n$", 1)


def _legend_entries(axes: Axes) -> Iterator[tuple[Artist, str]]:
    return zip(*axes.get_legend_handles_labels(), strict=True)


def _x_values(path: Path) -> np.ndarray:
    """Values of the parameter in the unit of the axis."""
    return path.parameters * factor_of(path.field, _fixed(path))


def _fixed(path: Path) -> Mapping[str, float]:
    """Fields that have one value all along the path."""
    varied, resonator = {*path.problem.box.names, path.field}, path.problem.resonator
    return {name: float(getattr(resonator, name)) for name in PARAMETERS if name not in varied}
