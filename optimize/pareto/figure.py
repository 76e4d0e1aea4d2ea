"""Figure of a Pareto front."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from jaxcom.plot import new_figure
from jaxcom.plot.labels import axis_label, factor_of
from jaxcom.plot.symbols import with_symbols
from jaxcom.resonator import PARAMETERS

from .front import Front

BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
HALF_LENGTH = 0.05  # of the axes: half the length of the lines that show a slope


def front_figure(front: Front) -> Figure:
    """Figure of the first objective against the second, with the slope at each point.

    The shaded area is the hypervolume: all pairs above the reference point that a design of the
    front dominates. The best designs for either objective are marked.

    Args:
        front: front of `pareto_front`.

    Returns:
        Matplotlib figure; `figure.savefig(file)` writes it.

    Raises:
        ValueError: the front has no points.
    """
    if not front.points:
        raise ValueError("Argument `front` must have points, but has none: nothing was feasible.")
    figure = new_figure()
    axes = figure.subplots()
    factor = _factor(front)
    x, y = front.second * factor, front.scores
    _shade(axes, front, x, y)
    _draw_slopes(axes, x, y, front.slopes / factor)
    axes.plot(x, y, "o", color=BLUE, markersize=5, label="front and its slope")
    if front.dominated:
        dominated = [(p.second * factor, p.score) for p in front.dominated]
        axes.plot(*np.transpose(dominated), "x", color="0.5", label="dominated")
    name = with_symbols(front.problem.objective.name)
    _mark(axes, x[0], y[0], "D", ORANGE, f"largest {name}: {y[0]:.4g}")
    wish = "largest" if front.second_objective.sign > 0 else "smallest"
    _mark(axes, x[-1], y[-1], "s", GREEN, f"{wish} {_short_name(front)}: {x[-1]:.4g}")
    axes.set(xlabel=_label(front), ylabel=name)
    axes.legend(fontsize="small")
    return figure


def _shade(axes: Axes, front: Front, x: np.ndarray, y: np.ndarray) -> None:
    order, second = np.argsort(x), front.second_objective
    unit = f" {second.unit}" if second.unit else ""
    axes.fill_between(
        x[order], front.reference[0], y[order], step="pre" if second.sign > 0 else "post",
        color=BLUE, alpha=0.12, linewidth=0.0, label=f"hypervolume {front.hypervolume:.4g}{unit}",
    )  # fmt: skip
    worst, least = front.reference
    axes.plot(least * _factor(front), worst, "k+", markersize=9, label="reference point")


def _draw_slopes(axes: Axes, x: np.ndarray, y: np.ndarray, slopes: np.ndarray) -> None:
    """Draw a short line at each point, all of the same length on paper."""
    width, height = max(np.ptp(x), 1e-300), max(np.ptp(y), 1e-300)
    across = HALF_LENGTH / np.hypot(1.0, slopes * width / height)
    for dx, x_k, y_k, slope in zip(across * width, x, y, slopes, strict=True):
        ends = np.array([-dx, dx])
        axes.plot(x_k + ends, y_k + slope * ends, color=BLUE, linewidth=1.5)


def _mark(axes: Axes, x: float, y: float, marker: str, color: str, label: str) -> None:
    axes.plot(x, y, marker, color=color, markeredgecolor="black", label=label, zorder=3)


def _fixed(front: Front) -> Mapping[str, float]:
    """Fields that the box does not free, and their values."""
    free, resonator = front.problem.box.names, front.problem.resonator
    return {name: float(getattr(resonator, name)) for name in PARAMETERS if name not in free}


def _factor(front: Front) -> float:
    """Factor from SI units to those of the horizontal axis."""
    name = front.second_objective.name
    return factor_of(name, _fixed(front)) if name in PARAMETERS else 1.0


def _label(front: Front) -> str:
    name = front.second_objective.name
    return axis_label(name, _fixed(front)) if name in PARAMETERS else with_symbols(name)


def _short_name(front: Front) -> str:
    name = front.second_objective.name
    return PARAMETERS[name].meaning if name in PARAMETERS else with_symbols(name)
