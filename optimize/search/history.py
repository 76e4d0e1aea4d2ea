"""Scores of all climbs of a search."""

import equinox as eqx
import numpy as np
from jaxtyping import Bool, Float

CLOSE = 0.01  # relative difference from the best score within which a start has reached it


class History(eqx.Module):
    """Scores of all starts at all steps.

    Attributes:
        rounds: array of scores for each round; NaN where the design is infeasible.
    """

    rounds: list[Float[np.ndarray, "steps starts"]]

    @property
    def scores(self) -> Float[np.ndarray, "steps starts"]:
        """Scores of all rounds, concatenated along the starts."""
        return np.concatenate(self.rounds, axis=1)

    @property
    def best(self) -> Float[np.ndarray, " steps"]:
        """Best score up to each step; -inf before the first feasible design."""
        return np.maximum.accumulate(np.nan_to_num(self.scores, nan=-np.inf).max(axis=1))

    @property
    def reached(self) -> Bool[np.ndarray, " starts"]:
        """Whether each start has come within `CLOSE` of the best score."""
        peaks = np.nan_to_num(self.scores, nan=-np.inf).max(axis=0)
        return np.isfinite(peaks) & (peaks >= self.best[-1] - CLOSE * abs(self.best[-1]))

    @property
    def feasible(self) -> Float[np.ndarray, " steps"]:
        """Share of starts that are feasible, at each step."""
        return np.isfinite(self.scores).mean(axis=1)
