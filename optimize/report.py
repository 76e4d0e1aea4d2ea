"""The report of a search: the design as a file, the climb as a table, and two figures."""

import csv
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from jaxcom.design_file import write_design
from jaxcom.plot import entanglement_spectrum, new_figure
from optimize.box import Box, Log
from optimize.result import History, Optimum, Side

FILES = ("design.json", "history.csv", "search.png", "entanglement.png")


def write_report(best: Optimum, folder: str | os.PathLike) -> list[Path]:
    """Write what a search has found into a folder, each file whole or not at all.

    Args:
        best: what `optimize.maximize` has returned.
        folder: made if it is not there; files of these names in it are replaced.

    Returns:
        The paths of design.json (which `jaxcom.design_file.read_design` and
        `jaxcom point --design` read), history.csv, search.png and entanglement.png.

    Raises:
        OSError: the folder cannot be made or written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as hidden:
        drafts = [Path(hidden, name) for name in FILES]
        write_design(drafts[0], best.design, search=_search(best))
        _write_history(drafts[1], best.history)
        climb_figure(best).savefig(drafts[2])
        entanglement_spectrum(best.design, mark="design found").savefig(drafts[3])
        for draft in drafts:
            os.replace(draft, folder / draft.name)
    return [folder / name for name in FILES]


def climb_figure(best: Optimum) -> Figure:
    """The score of all starts and the best of them, and the share that is feasible, by step."""
    history = best.history
    steps = np.arange(1, len(history.scores) + 1)
    figure = new_figure(7.0, 5.0)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    above.plot(steps, history.scores, color="#56B4E9", linewidth=0.6, alpha=0.5)
    above.plot([], [], color="#56B4E9", linewidth=0.6, label="each start (gaps: infeasible)")
    above.plot(steps, _finite(history.best), color="black", linewidth=1.8, label="best so far")
    above.set_ylabel(f"score, {_in_symbols(best.objective)} where positive")
    above.set_title(
        f"{history.scores.shape[1]} starts, seed {best.seed}, free: {', '.join(best.box.names)}",
        fontsize="medium",
    )
    above.legend(loc="lower right")
    below.plot(steps, history.feasible, color="black")
    below.yaxis.set_major_formatter(PercentFormatter(1.0))
    below.set_ylim(0.0, 1.05)
    below.set_ylabel("feasible starts")
    below.set_xlabel("step of the climb")
    below.set_xlim(0, len(steps) + 1)
    below.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def _in_symbols(objective: str) -> str:
    """The name of an objective with its symbols set as such."""
    return objective.replace("Delta ", r"$\Delta$").replace("E_N", "$E_N$").replace(" - ", " $-$ ")


def _search(best: Optimum) -> dict[str, Any]:
    """How the design was found, as an entry of its file."""
    steps, starts = best.history.scores.shape
    return {
        "objective": best.objective,
        "value": best.value,
        "verified_value": best.verified_value,
        "status": best.status.name.lower().replace("_", " "),
        "left": _side(best.left),
        "right": _side(best.right),
        "gradient": best.gradient,
        "active_bounds": best.active,
        "box": _box(best.box),
        "margin_asked_for": best.margin,
        "seed": best.seed,
        "starts": starts,
        "steps": steps,
    }


def _side(side: Side) -> dict[str, float]:
    return {
        "log_negativity": side.log_negativity,
        "verified_log_negativity": side.verified.log_negativity,
        "margin": side.verified.margin,
    }


def _box(box: Box) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "low": interval.low,
            "high": interval.high,
            "scale": "log" if isinstance(interval, Log) else "linear",
        }
        for name, interval in box.intervals.items()
    }


def _write_history(path: Path, history: History) -> None:
    starts = [f"start {k}" for k in range(history.scores.shape[1])]
    rows = zip(_finite(history.best), history.feasible, history.scores, strict=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["step", "best score", "feasible share", *starts])
        for step, (best, feasible, scores) in enumerate(rows, start=1):
            writer.writerow([step, *(f"{x:.10g}" for x in (best, feasible, *scores))])


def _finite(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, np.nan)
