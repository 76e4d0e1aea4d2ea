"""Evidence for an optimum: KKT conditions, curvatures, multipliers, and agreeing starts."""

from collections.abc import Sequence

import equinox as eqx
import numpy as np
from jaxtyping import Float

from ..search import kkt
from ..search.curvature import curvature
from ..search.evaluation import Evaluator, dimension
from ..search.polish import Polished
from ..search.problem import Problem

BALANCED = 1e-5  # KKT residual up to which the conditions count as satisfied
SAFETY = 10  # factor on the estimated error of a curvature
FLAT = 1e-7  # curvature, relative to the largest one or 1, below which a direction is a ridge


class Certificate(eqx.Module):
    """Evidence for an optimum.

    Attributes:
        residual: residual of the KKT conditions, relative to the score.
        violation: largest violation of a constraint, as a residual of order 1.
        curvatures: eigenvalues of the hessian in the null space of active bounds and constraints,
            in the coordinates of the unit cube: all negative at a strict maximum.
        directions: eigenvectors in the unit cube, as rows.
        shadow_prices: Lagrange multipliers of the active constraints by name: the gain in the
            objective per unit of residual, to first order.
        disagreement: difference between the value and the verified value; NaN if there is none.
        reached: number of starts that came within 1 % of the best score.
        starts: number of starts.
        agreeing: number of polished points whose score agrees with the best to 1e-6.
        polished: number of polished points.
        curvature_error: estimate of the error of the curvatures; large near the edge of stability.
    """

    residual: float
    violation: float
    curvatures: Float[np.ndarray, " n"]
    directions: Float[np.ndarray, "n d"]
    shadow_prices: dict[str, float]
    disagreement: float
    reached: int
    starts: int
    agreeing: int
    polished: int
    curvature_error: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether the first- and second-order conditions of a maximum are satisfied.

        A curvature counts as positive if it is so beyond its error.
        """
        positive = self.curvatures.max(initial=-1.0) > self.flat + SAFETY * self.curvature_error
        return bool(self.residual <= BALANCED and not positive)

    @property
    def flat(self) -> float:
        """Absolute curvature below which a direction counts as a ridge."""
        return FLAT * float(np.abs(self.curvatures).max(initial=1.0))

    @property
    def ridges(self) -> int:
        """Number of directions along which the objective does not change, to second order."""
        return int((np.abs(self.curvatures) <= self.flat).sum())


def certify(
    problem: Problem,
    best: Polished,
    *,
    disagreement: float,
    reached: int,
    starts: int,
    others: Sequence[Polished],
) -> Certificate:
    """Certificate of a polished point.

    Args:
        problem: problem of the search.
        best: point to certify.
        disagreement: difference between the value and the verified value.
        reached: number of starts that came within 1 % of the best score.
        starts: number of starts.
        others: all polished points.
    """
    values, vectors, error = _curvatures(problem, best)
    agreeing = [abs(each.score - best.score) <= 1e-6 * abs(best.score) for each in others]
    return Certificate(
        residual=best.conditions.residual,
        violation=best.violation,
        curvatures=values,
        directions=vectors,
        shadow_prices=_shadow_prices(problem, best),
        disagreement=disagreement,
        reached=reached,
        starts=starts,
        agreeing=sum(agreeing),
        polished=len(agreeing),
        curvature_error=error,
    )


def _curvatures(
    problem: Problem, best: Polished
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n d"], float]:
    """Curvatures of the Lagrangian along the directions left free, these, and their error."""
    slopes = Evaluator(problem)(best.point)[1]
    (values, vectors), (others, _) = (
        kkt.reduced_curvatures(slopes, best.conditions.active, hessian, dimension(problem))
        for hessian in curvature(problem, best.point, best.conditions.weights)
    )
    return values, vectors, float(np.abs(values - others).max(initial=0.0))


def _shadow_prices(problem: Problem, best: Polished) -> dict[str, float]:
    """Lagrange multipliers of the active constraints by name; that of Eq. (7) is no price."""
    weights, active = best.conditions.weights, best.conditions.active
    names, (inequalities, equalities) = problem.row_names(), problem.names()
    prices: dict[str, float] = {}
    for k in active.inequalities:
        if names[k] in inequalities:
            prices[names[k]] = prices.get(names[k], 0.0) + float(weights.inequalities[k])
    constrained = weights.equalities[: len(equalities)]
    return prices | dict(zip(equalities, map(float, constrained), strict=True))
