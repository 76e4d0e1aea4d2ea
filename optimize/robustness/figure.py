"""Figure of a robust design: values of the devices of both designs, and their budgets."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from jaxcom.plot import new_figure
from jaxcom.plot.symbols import with_symbols

from .budget import Budget
from .robust import Candidate, RobustDesign

BINS = 80


class DesignStyle(NamedTuple):
    """Appearance of one of the designs, distinct in greyscale as well."""

    label: str
    color: str
    line: str
    hatch: str
    marker: str


DESIGN_STYLES = (
    DesignStyle("nominal optimum", "#E69F00", "--", "////", "s"),
    DesignStyle("robust optimum", "#0072B2", "-", "", "o"),
)


def robustness_figure(found: RobustDesign) -> Figure:
    """Figure of the values of random devices (above) and the sensitivity budgets (below).

    Devices without a steady state are counted in the panel on the left and are not in the
    histogram. Below, bars are the Taylor series and markers are samples in which one field
    deviates. A bar that exceeds the axis has its value next to it: the series fails there.

    Args:
        found: result of `robust_design`.

    Returns:
        Matplotlib figure; `figure.savefig(file)` writes it.
    """
    figure = new_figure(8.0, 6.5)
    rows = figure.add_gridspec(2, 1, height_ratios=[3, 2])
    above, below = rows[0].subgridspec(1, 2, width_ratios=[1, 6]), rows[1].subgridspec(1, 2)
    _draw_unstable(figure.add_subplot(above[0]), found)
    _draw_values(figure.add_subplot(above[1]), found)
    objective = with_symbols(found.nominal.evaluation.objective)
    deviation = figure.add_subplot(below[0])
    shift = figure.add_subplot(below[1], sharey=deviation)
    shift.tick_params(labelleft=False)
    budgets = [found.nominal.budget, found.robust.budget]
    _draw_bars(deviation, budgets, [b.deviations for b in budgets], "deviation")
    _draw_bars(shift, budgets, [b.shifts for b in budgets], "shift")
    deviation.set_xlabel(f"standard deviation of {objective}")
    shift.set_xlabel(f"shift of the mean of {objective}")
    figure.supxlabel("bars: Taylor series, markers: samples", fontsize="small")
    return figure


def _draw_unstable(axes: Axes, found: RobustDesign) -> None:
    for k, (candidate, style) in enumerate(_styled(found)):
        share = candidate.evaluation.unstable
        axes.bar(k, share.value, color=style.color, hatch=style.hatch, edgecolor="black")
        axes.text(k, share.value, f"{share.value:.2%}", ha="center", va="bottom", fontsize="small")
    axes.set_xticks([])
    largest = max(candidate.evaluation.unstable.value for candidate, _ in _styled(found))
    axes.set_ylim(0.0, max(1e-2, 1.2 * largest))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("no steady\nstate")
    axes.set_ylabel("share of devices")


def _draw_values(axes: Axes, found: RobustDesign) -> None:
    finite = [c.evaluation.values[np.isfinite(c.evaluation.values)] for c, _ in _styled(found)]
    edges = np.histogram_bin_edges(np.concatenate(finite), BINS).tolist()
    for (candidate, style), values in zip(_styled(found), finite, strict=True):
        weights = np.full(values.size, 1 / candidate.evaluation.values.size)
        axes.hist(
            values, edges, weights=weights, histtype="stepfilled", facecolor=f"{style.color}60",
            edgecolor=style.color, hatch=style.hatch, linestyle=style.line, label=style.label,
        )  # fmt: skip
        _draw_nominal(axes, found, candidate, style)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel(with_symbols(found.nominal.evaluation.objective))
    axes.set_ylabel("share of devices per bin")
    axes.legend(fontsize="small", ncols=2, loc="lower center", bbox_to_anchor=(0.45, 1.0))


def _draw_nominal(
    axes: Axes, found: RobustDesign, candidate: Candidate, style: DesignStyle
) -> None:
    """Draw a line at the value as designed, and list the measure in the legend."""
    evaluation = candidate.evaluation
    axes.axvline(
        evaluation.value, color=style.color, linestyle=":", linewidth=1.5,
        label=f"as designed: {evaluation.value:.4f}",
    )  # fmt: skip
    label = with_symbols(found.measure.label(evaluation.objective))
    estimate = evaluation.estimate(found.measure)
    axes.plot([], [], " ", label=f"{label}: {estimate.value:.4f}")


def _draw_bars(
    axes: Axes, budgets: list[Budget], predicted: list[Float[np.ndarray, " d"]], sampled: str
) -> None:
    names = budgets[0].tolerances.names
    marks = [getattr(budget.alone, sampled) for budget in budgets]
    low, high = _limits(marks, predicted[1])
    for k, style in enumerate(DESIGN_STYLES):
        rows = np.arange(len(names)) + 0.4 * k - 0.2
        axes.barh(
            rows, predicted[k], 0.36, color=f"{style.color}60", hatch=style.hatch,
            edgecolor=style.color,
        )  # fmt: skip
        axes.plot(marks[k], rows, style.marker, color=style.color, markeredgecolor="black")
        for row, value in zip(rows, predicted[k], strict=True):
            if not low <= value <= high:
                _write_at_right(axes, row, f"{value:.3g}")
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlim(low, high)
    axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)


def _write_at_right(axes: Axes, row: float, text: str) -> None:
    """Write a text to the right of the axes, at a row."""
    axes.text(
        1.01, row, text, transform=axes.get_yaxis_transform(), ha="left", va="center",
        fontsize="x-small",
    )  # fmt: skip


def _limits(
    marks: list[Float[np.ndarray, " d"]], robust: Float[np.ndarray, " d"]
) -> tuple[float, float]:
    """Limits that include all samples and the series of the robust design, with some padding."""
    shown = np.concatenate([[0.0], *marks, robust])
    shown = shown[np.isfinite(shown)]
    padding = 0.1 * np.ptp(shown) or 1e-12
    return float(shown.min() - padding * (shown.min() < 0)), float(shown.max() + padding)


def _styled(found: RobustDesign) -> list[tuple[Candidate, DesignStyle]]:
    return list(zip((found.nominal, found.robust), DESIGN_STYLES, strict=True))
