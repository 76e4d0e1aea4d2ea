"""The figure of a robust design: what devices of both designs deliver, and what costs how much."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from jaxcom.plot import new_figure

from .budget import Budget
from .robust import Candidate, RobustDesign

BINS = 80


class Look(NamedTuple):
    """How one of the designs is drawn; told apart in grey, too."""

    label: str
    colour: str
    line: str
    hatch: str
    marker: str


LOOKS = (
    Look("nominal optimum", "#E69F00", "--", "////", "s"),
    Look("robust optimum", "#0072B2", "-", "", "o"),
)


def robustness_figure(found: RobustDesign) -> Figure:
    """What the devices of both designs deliver, above; what each tolerance costs, below.

    Devices without a steady state are counted in the panel on the left, not in the histogram.
    Below, bars are Taylor's series and marks are samples in which one field deviates. A bar that
    is off the scale has its value beside it: there the series says nothing.
    """
    figure = new_figure(8.0, 6.5)
    rows = figure.add_gridspec(2, 1, height_ratios=[3, 2])
    above, below = rows[0].subgridspec(1, 2, width_ratios=[1, 6]), rows[1].subgridspec(1, 2)
    _draw_unstable(figure.add_subplot(above[0]), found)
    _draw_delivered(figure.add_subplot(above[1]), found)
    objective = _in_symbols(found.nominal.evaluation.objective)
    deviation = figure.add_subplot(below[0])
    shift = figure.add_subplot(below[1], sharey=deviation)
    shift.tick_params(labelleft=False)
    budgets = [found.nominal.budget, found.robust.budget]
    _draw_bars(deviation, budgets, [b.deviations for b in budgets], "deviation")
    _draw_bars(shift, budgets, [b.shifts for b in budgets], "shift")
    deviation.set_xlabel(f"standard deviation of {objective}")
    shift.set_xlabel(f"shift of the mean of {objective}")
    figure.supxlabel("bars: Taylor's series, marks: sampled", fontsize="small")
    return figure


def _draw_unstable(axes: Axes, found: RobustDesign) -> None:
    for k, (candidate, look) in enumerate(_both(found)):
        share = candidate.evaluation.unstable
        axes.bar(k, share.value, color=look.colour, hatch=look.hatch, edgecolor="black")
        axes.text(k, share.value, f"{share.value:.2%}", ha="center", va="bottom", fontsize="small")
    axes.set_xticks([])
    axes.set_ylim(0.0, max(1e-2, 1.2 * max(c.evaluation.unstable.value for c, _ in _both(found))))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("no steady\nstate")
    axes.set_ylabel("share of devices")


def _draw_delivered(axes: Axes, found: RobustDesign) -> None:
    ranges = [c.evaluation.values[np.isfinite(c.evaluation.values)] for c, _ in _both(found)]
    edges = np.histogram_bin_edges(np.concatenate(ranges), BINS).tolist()
    for (candidate, look), values in zip(_both(found), ranges, strict=True):
        weights = np.full(values.size, 1 / candidate.evaluation.values.size)
        axes.hist(
            values, edges, weights=weights, histtype="stepfilled", facecolor=f"{look.colour}60",
            edgecolor=look.colour, hatch=look.hatch, linestyle=look.line, label=look.label,
        )  # fmt: skip
        _draw_numbers(axes, found, candidate, look)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel(_in_symbols(found.nominal.evaluation.objective))
    axes.set_ylabel("share of devices per bin")
    axes.legend(fontsize="small", ncols=2, loc="lower center", bbox_to_anchor=(0.45, 1.0))


def _draw_numbers(axes: Axes, found: RobustDesign, candidate: Candidate, look: Look) -> None:
    """Lines at the value as designed and at the measure, if it is one of values."""
    evaluation = candidate.evaluation
    axes.axvline(
        evaluation.value, color=look.colour, linestyle=":", linewidth=1.5,
        label=f"as designed: {evaluation.value:.4f}",
    )  # fmt: skip
    label = _in_symbols(found.measure.label(evaluation.objective))
    estimate = evaluation.estimate(found.measure)
    axes.plot([], [], " ", label=f"{label}: {estimate.value:.4f}")


def _draw_bars(
    axes: Axes, budgets: list[Budget], predicted: list[Float[np.ndarray, " d"]], sampled: str
) -> None:
    names = budgets[0].tolerances.names
    marks = [getattr(budget.alone, sampled) for budget in budgets]
    low, high = _limits(marks, predicted[1])
    for k, look in enumerate(LOOKS):
        rows = np.arange(len(names)) + 0.4 * k - 0.2
        axes.barh(
            rows, predicted[k], 0.36, color=f"{look.colour}60", hatch=look.hatch,
            edgecolor=look.colour,
        )  # fmt: skip
        axes.plot(marks[k], rows, look.marker, color=look.colour, markeredgecolor="black")
        for row, value in zip(rows, predicted[k], strict=True):
            if not low <= value <= high:
                _write_beside(axes, row, f"{value:.3g}")
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlim(low, high)
    axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)


def _write_beside(axes: Axes, row: float, text: str) -> None:
    """Right of the axes, at a row."""
    axes.text(
        1.01, row, text, transform=axes.get_yaxis_transform(), ha="left", va="center",
        fontsize="x-small",
    )  # fmt: skip


def _limits(marks: list[Float[np.ndarray, " d"]], robust: Float[np.ndarray, " d"]):
    """A range for all samples and for the series of the robust design, with room beside."""
    shown = np.concatenate([[0.0], *marks, robust])
    shown = shown[np.isfinite(shown)]
    room = 0.1 * np.ptp(shown) or 1e-12
    return shown.min() - room * (shown.min() < 0), shown.max() + room


def _both(found: RobustDesign):
    return list(zip((found.nominal, found.robust), LOOKS, strict=True))


def _in_symbols(text: str) -> str:
    """The name of an objective with its symbols set as such."""
    return text.replace("Delta ", r"$\Delta$").replace("E_N", "$E_N$").replace(" - ", " $-$ ")
