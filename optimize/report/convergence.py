"""Convergence figure: score of every start, best score, and share of feasible starts."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from jaxcom.plot import new_figure
from jaxcom.plot.symbols import with_symbols

from ..results.optimum import History, Optimum


def convergence_figure(best: Optimum) -> Figure:
    """Figure of the score of all starts, the best score and the share of feasible starts by step.

    The rounds of the search follow each other. The horizontal line is the value after polishing.

    Args:
        best: the optimum that `optimize.maximize` has returned.
    """
    history = best.history
    figure = new_figure(7.0, 5.0)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    steps = [np.arange(len(scores)) + 1 + begin for scores, begin in _rounds(history)]
    for x, scores in zip(steps, history.rounds, strict=True):
        above.plot(x, scores, color="#56B4E9", linewidth=0.6, alpha=0.5)
    above.plot([], [], color="#56B4E9", linewidth=0.6, label="each start (gaps: infeasible)")
    x = np.concatenate(steps)
    above.plot(x, best_so_far(history), color="black", linewidth=1.8, label="best so far")
    if np.isfinite(best.value):
        above.axhline(
            best.value, color="#D55E00", linestyle="--", linewidth=1.0,
            label=f"after polishing: {best.value:.6g}",
        )  # fmt: skip
    above.set_ylabel(f"score ({with_symbols(best.objective)} where positive)")
    above.set_title(_title(best), fontsize="medium")
    above.legend(loc="lower right", fontsize="small")
    below.plot(x, feasible_share(history), color="black")
    _label_below(below, len(x))
    for _, begin in _rounds(history)[1:]:
        for axes in (above, below):
            axes.axvline(begin + 0.5, color="0.6", linestyle=":", linewidth=1.0)
    return figure


def best_so_far(history: History) -> np.ndarray:
    """Best score up to each step of all rounds; NaN before the first feasible point."""
    peaks = [np.nan_to_num(scores, nan=-np.inf).max(axis=1) for scores in history.rounds]
    best = np.maximum.accumulate(np.concatenate(peaks))
    return np.where(np.isfinite(best), best, np.nan)


def feasible_share(history: History) -> np.ndarray:
    """Share of the starts that are feasible at each step of all rounds."""
    return np.concatenate([np.isfinite(scores).mean(axis=1) for scores in history.rounds])


def _rounds(history: History) -> list[tuple[np.ndarray, int]]:
    """Scores of each round, and the number of steps before it."""
    lengths = [len(scores) for scores in history.rounds]
    begins = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(int)
    return list(zip(history.rounds, map(int, begins), strict=True))


def _title(best: Optimum) -> str:
    rounds, starts = len(best.history.rounds), best.history.rounds[0].shape[1]
    times = "1 round" if rounds == 1 else f"{rounds} rounds"
    return f"{times} of {starts} starts, seed {best.seed}, free: {', '.join(best.box.names)}"


def _label_below(axes: Axes, steps: int) -> None:
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_ylim(0.0, 1.05)
    axes.set_ylabel("feasible starts")
    axes.set_xlabel("step (rounds in sequence)")
    axes.set_xlim(0, steps + 1)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
