"""The figure of a Pareto front."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from jaxcom.plot import new_figure
from jaxcom.plot.labels import axis_label, factor_of
from jaxcom.resonator import PARAMETERS

from ..report.axes import in_symbols
from .front import Front

BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
STROKE = 0.05  # of the axes: half the length of the lines that show a slope


def front_figure(front: Front) -> Figure:
    """One number against the other, with both ends and the slope at each point.

    What is shaded is the hypervolume: all that lies above the reference point and is beaten in both
    numbers by a design of the front.

    Raises:
        ValueError: the front has no points.
    """
    if not front.points:
        raise ValueError("Argument `front` must have points, but nothing was feasible.")
    figure = new_figure()
    axes = figure.subplots()
    factor = _factor(front)
    x, y = front.second * factor, front.first
    _shade(axes, front, x, y)
    _draw_slopes(axes, x, y, front.rates / factor)
    axes.plot(x, y, "o", color=BLUE, markersize=5, label="front and its slope")
    if front.dominated:
        beaten = [(p.second * factor, p.first) for p in front.dominated]
        axes.plot(*np.transpose(beaten), "x", color="0.5", label="dominated")
    name = in_symbols(front.problem.objective.name)
    _mark(axes, x[0], y[0], "D", ORANGE, f"largest {name}: {y[0]:.4g}")
    wish = "largest" if front.aim.sign > 0 else "least"
    _mark(axes, x[-1], y[-1], "s", GREEN, f"{wish} {_symbols(front)}: {x[-1]:.4g}")
    axes.set(xlabel=_label(front), ylabel=name)
    axes.legend(fontsize="small")
    return figure


def _shade(axes: Axes, front: Front, x: np.ndarray, y: np.ndarray) -> None:
    order = np.argsort(x)
    unit = f" {front.aim.unit}" if front.aim.unit else ""
    axes.fill_between(
        x[order], front.reference[0], y[order], step="pre" if front.aim.sign > 0 else "post",
        color=BLUE, alpha=0.12, linewidth=0.0, label=f"hypervolume {front.hypervolume:.4g}{unit}",
    )  # fmt: skip
    worst, least = front.reference
    axes.plot(least * _factor(front), worst, "k+", markersize=9, label="reference point")


def _draw_slopes(axes: Axes, x: np.ndarray, y: np.ndarray, rates: np.ndarray) -> None:
    """A short line at each point, as long on paper for each."""
    width, height = max(np.ptp(x), 1e-300), max(np.ptp(y), 1e-300)
    across = STROKE / np.hypot(1.0, rates * width / height)
    for dx, place, level, rate in zip(across * width, x, y, rates, strict=True):
        ends = np.array([-dx, dx])
        axes.plot(place + ends, level + rate * ends, color=BLUE, linewidth=1.5)


def _mark(axes: Axes, x: float, y: float, marker: str, colour: str, label: str) -> None:
    axes.plot(x, y, marker, color=colour, markeredgecolor="black", label=label, zorder=3)


def _fixed(front: Front) -> Mapping[str, float]:
    free, resonator = front.problem.box.names, front.problem.resonator
    return {name: float(getattr(resonator, name)) for name in PARAMETERS if name not in free}


def _factor(front: Front) -> float:
    """What the second number is multiplied by for the figure."""
    return factor_of(front.aim.name, _fixed(front)) if front.aim.name in PARAMETERS else 1.0


def _label(front: Front) -> str:
    name = front.aim.name
    return axis_label(name, _fixed(front)) if name in PARAMETERS else in_symbols(name)


def _symbols(front: Front) -> str:
    name = front.aim.name
    return PARAMETERS[name].meaning if name in PARAMETERS else in_symbols(name)
