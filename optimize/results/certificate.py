"""What speaks for an optimum: conditions, curvatures, prices, and the starts that reached it."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from ..search import kkt
from ..search.edge import curvature_along, profile_at
from ..search.evaluation import Look, weighted_curvature
from ..search.polish import Polished
from ..search.problem import Problem

BALANCED = 1e-5  # relative residual of the conditions up to which they count as holding
UNRESOLVED = 1e9  # of the score: curvatures above leave nothing of those along the edge
FLAT = 1e-7  # of the steepest curvature (or the score): below it a direction counts as a ridge


class Certificate(eqx.Module):
    """What is known of an optimum beside its value.

    Attributes:
        residual: of the conditions of Karush, Kuhn and Tucker, relative to what they balance.
        violation: of the worst constraint, in its own numbers of order 1.
        curvatures: eigenvalues of the hessian along what active bounds and constraints leave free,
            in the coordinates of the unit cube: all negative at a strict maximum.
        directions: their directions in the unit cube, a row each.
        prices: of each active constraint the gain in the objective for a unit of its residual.
        disagreement: between the value and an independent evaluation; NaN where there is none.
        reached: of the starts, that came within 1 % of the best score.
        starts: their number.
        agreeing: of the polished points, that agree with the best to 1e-6.
        polished: their number.
    """

    residual: float
    violation: float
    curvatures: Float[np.ndarray, " n"]
    directions: Float[np.ndarray, "n d"]
    prices: dict[str, float]
    disagreement: float
    reached: int
    starts: int
    agreeing: int
    polished: int

    @property
    def holds(self) -> bool:
        """Do the conditions of a maximum hold, in first and second order?"""
        return bool(self.residual <= BALANCED and self.curvatures.max(initial=-1.0) <= self.flat)

    @property
    def flat(self) -> float:
        """The size of curvature below which the optimum is a ridge, not a peak."""
        return FLAT * float(np.abs(self.curvatures).max(initial=1.0))

    @property
    def ridges(self) -> int:
        """How many directions there are along which the objective does not change."""
        return int((np.abs(self.curvatures) <= self.flat).sum())


def certify(
    problem: Problem, best: Polished, *, disagreement: float, reached: int, starts: int, others
) -> Certificate:
    """The certificate of a polished point."""
    unit = jnp.asarray(best.unit)
    problem = problem.facing(unit)
    values, vectors = _curvatures(Look(problem), best)
    agreeing = [abs(each.score - best.score) <= 1e-6 * abs(best.score) for each in others]
    return Certificate(
        residual=best.conditions.residual,
        violation=best.violation,
        curvatures=values,
        directions=vectors,
        prices=_prices(problem, best),
        disagreement=disagreement,
        reached=reached,
        starts=starts,
        agreeing=sum(agreeing),
        polished=len(agreeing),
    )


def _curvatures(look: Look, best: Polished):
    """Of the Lagrangian; at a fold, where nothing is left of them in rounding, of the profile."""
    slopes = look(best.unit)[1]
    curvature = weighted_curvature(look.problem, best.unit, best.conditions.weights)
    profile = profile_at(look, best.unit)
    if profile is None or np.abs(curvature).max() < UNRESOLVED * abs(best.score):
        return kkt.reduced_curvatures(slopes, best.conditions, curvature)
    free = np.delete(np.arange(best.unit.size), profile.pivot)
    free = free[best.conditions.bounds[free] == 0]
    values, vectors = np.linalg.eigh(curvature_along(profile, best.unit, free))
    return values, vectors.T @ np.eye(best.unit.size)[free]


def _prices(problem: Problem, best: Polished) -> dict[str, float]:
    """The multipliers of the constraints that are active, by their names."""
    weights, active = best.conditions.weights, best.conditions.active
    if not active.inequalities.size + weights.equalities.size:
        return {}
    inequalities, equalities = problem.names()
    prices = {inequalities[k]: float(weights.inequalities[k]) for k in active.inequalities}
    return prices | dict(zip(equalities, map(float, weights.equalities), strict=True))
