"""Table of the score of every start at every step: history.csv."""

import csv
from pathlib import Path

import numpy as np

from ..results.optimum import History
from .convergence import best_so_far, feasible_share


def write_history(path: Path, history: History) -> None:
    """Write a row per step: round, step, best score so far, feasible share, score of each start."""
    starts = [f"start {k}" for k in range(history.rounds[0].shape[1])]
    places = [
        (r, s) for r, scores in enumerate(history.rounds, 1) for s in range(1, len(scores) + 1)
    ]
    numbers = np.column_stack(
        [best_so_far(history), feasible_share(history), np.concatenate(history.rounds)]
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["round", "step", "best score", "feasible share", *starts])
        for place, row in zip(places, numbers, strict=True):
            writer.writerow([*place, *(f"{x:.10g}" for x in row)])
