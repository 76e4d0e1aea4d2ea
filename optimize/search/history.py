"""The scores of a search as it climbed."""

import equinox as eqx
import numpy as np
from jaxtyping import Bool, Float

CLOSE = 0.01  # of the best score: how near it a start counts as having reached it


class History(eqx.Module):
    """The climb of all starts.

    Attributes:
        rounds: of each round the scores of each start at each step; NaN where the design was
            infeasible.
    """

    rounds: list[Float[np.ndarray, "steps starts"]]

    @property
    def scores(self) -> Float[np.ndarray, "steps starts"]:
        """Those of all rounds, side by side."""
        return np.concatenate(self.rounds, axis=1)

    @property
    def best(self) -> Float[np.ndarray, " steps"]:
        """The best score up to each step; -inf before anything feasible was met."""
        return np.maximum.accumulate(np.nan_to_num(self.scores, nan=-np.inf).max(axis=1))

    @property
    def reached(self) -> Bool[np.ndarray, " starts"]:
        """Which starts have come within `CLOSE` of the best score."""
        peaks = np.nan_to_num(self.scores, nan=-np.inf).max(axis=0)
        return np.isfinite(peaks) & (peaks >= self.best[-1] - CLOSE * abs(self.best[-1]))

    @property
    def feasible(self) -> Float[np.ndarray, " steps"]:
        """The share of starts that are feasible, at each step."""
        return np.isfinite(self.scores).mean(axis=1)
