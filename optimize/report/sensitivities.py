"""Sensitivities figure: the objective along each free field, the others at the optimum."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from jaxcom.plot import new_figure
from jaxcom.plot.labels import equation
from jaxcom.plot.symbols import with_symbols

from ..results.optimum import Optimum
from .axes import fixed_fields
from .landscape import along, landscape

NEAR = 0.02  # half width of the right panel, as a share of the box
POINTS = 301
LINE_STYLES = [
    ("#0072B2", "-"), ("#D55E00", "--"), ("#009E73", "-."), ("#CC79A7", ":"),
    ("#E69F00", (0, (5, 1))), ("#56B4E9", (0, (3, 1, 1, 1))), ("#000000", (0, (1, 1))),
]  # fmt: skip


def sensitivities_figure(best: Optimum) -> Figure:
    """Figure of the objective, relative to the optimum, along each free field.

    The left panel shows the whole box, the right one the neighborhood of the optimum. A line ends
    where the objective is undefined or the field reaches a bound, and is pale where a constraint
    fails.

    Args:
        best: the optimum that `optimize.maximize` has returned.
    """
    figure = new_figure(9.0, 4.5)
    whole, near = figure.subplots(1, 2, width_ratios=[3, 2])
    for k in range(len(best.box.names)):
        _draw(whole, best, k, np.linspace(0.0, 1.0, POINTS))
        inside = np.clip(best.unit[k] + NEAR * np.linspace(-1.0, 1.0, POINTS), 0.0, 1.0)
        _draw(near, best, k, np.unique(inside), since=float(best.unit[k]))
    for axes in (whole, near):
        axes.axhline(1.0, color="0.6", linewidth=0.6)
        axes.axhline(0.99, color="0.6", linewidth=0.6, linestyle=":")
    whole.set_ylabel(f"{with_symbols(best.objective)} / {best.value:.6g}")
    whole.set_xlabel("coordinate in the box (bounds: 0 and 1)")
    near.set_xlabel("distance from the optimum (box = 1)")
    near.set_ylim(*_window(near))
    near.set_title("near the optimum; dotted: 1 % lower", fontsize="medium")
    whole.set_title("other fields at the optimum; pale: a constraint fails", fontsize="medium")
    figure.legend(
        *whole.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize="small"
    )
    return figure


def _draw(axes: Axes, best: Optimum, k: int, line: np.ndarray, since: float = 0.0) -> None:
    """Draw the objective along one field, including the optimum itself."""
    line = np.union1d(line, best.unit[k])
    land = landscape(best.problem, along(best.unit, k, line))
    values = land.value / best.value
    color, style = LINE_STYLES[k % len(LINE_STYLES)]
    name = best.box.names[k]
    label = equation(name, getattr(best.design, name), fixed_fields(best))
    axes.plot(line - since, values, color=color, linestyle=style, alpha=0.35)
    allowed = np.where(land.allowed, values, np.nan)
    axes.plot(line - since, allowed, color=color, linestyle=style, label=label)
    axes.plot(best.unit[k] - since, 1.0, "o", color=color, markeredgecolor="black", zorder=3)


def _window(axes: Axes) -> tuple[float, float]:
    """Limits of the relative value near 1, even if a line falls far below."""
    low, high = axes.get_ylim()
    return max(low, 0.8), min(high, 1.05)
