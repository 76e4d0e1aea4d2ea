"""Polish: refinement of a good start to a maximum in all digits that satisfies all constraints.

First sequential quadratic programming (SLSQP) over the coordinates and one slack variable t for
each hinge: maximize smooth - sum t subject to t >= 0 and t >= hinge. If that stalls at an edge of
stability, an ascent along the edge follows (`edge`). Finally Newton's method with exact hessians
solves the KKT conditions of the active set (`kkt`).
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from . import kkt
from .edge import along_edge
from .evaluation import Evaluator, weighted_curvature
from .problem import Problem, within
from .ranking import Rank, loss_beyond

STALLED = 1e-4  # KKT residual above which SLSQP has not reached a maximum
NEWTON_STEPS = 12
EDGE_RUNS = 25
REACHES = (1.0, 0.1, 0.01)  # largest steps of SLSQP, to either side, in the unit cube
CUBES = 10
ROUNDING = 1e-10  # error of a score
FEASIBLE = 1e-9  # violation of a constraint, of order 1, that counts as rounding


class Polished(NamedTuple):
    """Point found by the polish.

    Attributes:
        unit: coordinates in the unit cube.
        score: score of the objective.
        violation: largest violation of a constraint, beyond rounding.
        conditions: KKT conditions at the point.
        evaluations: number of evaluations of the functions and their gradients.
    """

    unit: Float[np.ndarray, " d"]
    score: float
    violation: float
    conditions: kkt.Conditions
    evaluations: int

    @property
    def feasible(self) -> bool:
        """Whether the score is finite and all constraints are satisfied."""
        return bool(np.isfinite(self.score) and self.violation <= FEASIBLE)


def polish(problem: Problem, unit: Float[np.ndarray, " d"]) -> Polished:
    """Local maximum reached from a start."""
    unit = np.clip(np.asarray(unit, float), 0.0, 1.0)
    problem = problem.active_piece(jnp.asarray(unit))
    evaluator = Evaluator(problem)
    near = kkt.snapped(_uphill(evaluator, unit))
    if kkt.conditions(*evaluator(near), near).residual > STALLED:
        near = _along_edge(evaluator, near)
    found = _better(evaluator, near, _by_newton(evaluator, near))
    here, slopes = evaluator(found)
    return Polished(
        found,
        here.score,
        kkt.violation(here, slopes),
        kkt.conditions(here, slopes, found),
        evaluator.evaluations,
    )


def _better(evaluator: Evaluator, near: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Result of Newton's method, or its start if the result is worse or violates more.

    At a fold of the mean field the last digits of the coordinates matter, and slopes are huge.
    """
    rank = _rank(evaluator, found)
    lost = _rank(evaluator, near).exceeds(rank._replace(score=rank.score + ROUNDING))
    left = kkt.lacking(evaluator(found)[0]) > max(FEASIBLE, kkt.lacking(evaluator(near)[0]))
    return near if lost or left else found


def _uphill(evaluator: Evaluator, unit: np.ndarray) -> np.ndarray:
    """Maximum found by SLSQP, within smaller and smaller cubes where it jumps to worse points."""
    for reach in REACHES:
        for _ in range(CUBES):
            near = _by_quadratic_programming(evaluator, unit, reach)
            if not _rank(evaluator, near).exceeds(_rank(evaluator, unit)):
                break
            moved, unit = np.abs(near - unit).max(), near
            if moved < 0.99 * reach:
                return unit
    return unit


def _along_edge(evaluator: Evaluator, unit: np.ndarray) -> np.ndarray:
    """Maximum found by repeated `along_edge`: SLSQP ends early on a curved edge."""
    for _ in range(EDGE_RUNS):
        ahead = along_edge(evaluator, unit)
        before, after = _rank(evaluator, unit), _rank(evaluator, ahead)
        if not after.exceeds(before):
            break
        unit, gain = ahead, after.score - before.score
        if after.violation == before.violation and gain <= 1e-9 * abs(after.score):
            break
    return unit


def _rank(evaluator: Evaluator, unit: np.ndarray) -> Rank:
    """Rank of a point, with violations up to `FEASIBLE` counted as rounding."""
    here, slopes = evaluator(unit)
    if not np.isfinite(here.score):
        return Rank(violation=np.inf, score=-np.inf)
    violation = kkt.violation(here, slopes)
    return Rank(violation=0.0 if violation <= FEASIBLE else violation, score=here.score)


def _by_quadratic_programming(evaluator: Evaluator, unit: np.ndarray, reach: float) -> np.ndarray:
    """Result of SLSQP, whose line search backtracks into the region where all terms are finite."""
    d = unit.size
    h = evaluator(unit)[0].hinges.size
    beyond = loss_beyond(np.nan_to_num(evaluator(unit)[0].smooth))

    def loss(x):
        here = evaluator(x[:d])[0]
        return x[d:].sum() - here.smooth if np.isfinite(here.smooth) else beyond

    def downhill(x):
        slopes = evaluator(x[:d])[1].smooth
        return np.concatenate([-slopes, np.ones(h)]) if np.all(np.isfinite(slopes)) else 0 * x

    def inequalities(x):
        here = evaluator(x[:d])[0]
        return np.concatenate([here.inequalities, x[d:] - here.hinges])

    def inward(x):
        slopes = evaluator(x[:d])[1]
        of_hinges = np.concatenate([-slopes.hinges, np.eye(h)], axis=1)
        others = np.pad(slopes.inequalities, ((0, 0), (0, h)))
        return np.nan_to_num(np.concatenate([others, of_hinges]))

    constraints = [{"type": "ineq", "fun": inequalities, "jac": inward}]
    if evaluator(unit)[0].equalities.size:
        constraints.append({
            "type": "eq",
            "fun": lambda x: evaluator(x[:d])[0].equalities,
            "jac": lambda x: np.pad(evaluator(x[:d])[1].equalities, ((0, 0), (0, h))),
        })  # fmt: skip
    start = np.concatenate([unit, np.maximum(evaluator(unit)[0].hinges, 0.0)])
    found = minimize(
        loss, start, jac=downhill, method="SLSQP", constraints=constraints,
        bounds=[*within(unit, reach), *[(0.0, None)] * h], options={"ftol": 1e-13, "maxiter": 100},
    )  # fmt: skip
    return np.clip(found.x[:d], 0.0, 1.0)


def _by_newton(evaluator: Evaluator, unit: np.ndarray) -> np.ndarray:
    """Result of Newton steps with backtracking, as long as the KKT residual decreases."""
    conditions = kkt.pushed(*evaluator(unit), unit, reach=1e-6)
    for _ in range(NEWTON_STEPS):
        if conditions.off < 1e-14 or not np.isfinite(conditions.off):
            break
        curvature = weighted_curvature(evaluator.problem, unit, conditions.weights)
        step = kkt.newton_step(*evaluator(unit), unit, conditions, curvature)
        for share in 0.5 ** np.arange(6):
            ahead = np.clip(unit + share * step, 0.0, 1.0)
            there = kkt.pushed(*evaluator(ahead), ahead, reach=1e-6)
            if there.off < conditions.off:
                break
        else:
            break
        unit, conditions = ahead, there
    return unit
