"""Ranks of points: stable before unstable, then by smaller violation, then by higher score."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

PENALTY = 1e100  # above any score; its square does not overflow
MOST_PENALTIES = 1e3  # loss of an unstable point, in units of the penalty


class Rank(NamedTuple):
    """Ranks of points, compared lexicographically: the violation first, then the score.

    Attributes:
        violation: largest violation of a constraint; 0 where it is within tolerance, inf where the
            point is unstable.
        score: score of the objective; -inf where the point is unstable.
    """

    violation: Any
    score: Any

    def exceeds(self, other: "Rank") -> Any:
        """Whether each rank is higher than another one, elementwise."""
        higher = (self.violation == other.violation) & (self.score > other.score)
        return (self.violation < other.violation) | higher

    @property
    def best_first(self) -> Int[np.ndarray, " n"]:
        """Indices in descending order of the rank.

        >>> print(Rank(np.array([np.inf, 0.5, 0.0]), np.array([-np.inf, 3.0, -2e6])).best_first)
        [2 1 0]
        """
        return np.lexsort([-np.asarray(self.score), np.asarray(self.violation)])

    @property
    def feasible(self) -> Bool[Array, "..."]:
        """Whether each point is stable and satisfies all constraints within tolerance."""
        return jnp.asarray(self.violation) == 0

    @property
    def feasible_score(self) -> Float[Array, "..."]:
        """Scores; -inf where infeasible."""
        return jnp.where(self.feasible, self.score, -jnp.inf)

    @property
    def loss(self) -> Float[Array, "..."]:
        """Numbers in the opposite order, for minimizers that compare numbers.

        The negative score where feasible, otherwise a multiple of `PENALTY` that grows with the
        violation.
        """
        penalties = jnp.minimum(1 + jnp.asarray(self.violation), MOST_PENALTIES)
        return jnp.where(self.feasible, -jnp.asarray(self.score), PENALTY * penalties)


def loss_beyond(score: Any) -> Any:
    """Finite loss for points where the score is undefined, far above the loss of a known point.

    A line search that meets it takes its shortest step.

    Args:
        score: score of the known point.
    """
    return 1e3 * (1 + abs(score))
