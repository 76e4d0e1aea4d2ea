"""Polish: refinement of a good start to a maximum in all digits that satisfies all constraints.

The mean-field shifts are unknowns beside the free coordinates, and Eq. (7) is an equality
constraint. At a fold of the mean field the shift has an infinite slope as a function of the design;
as functions of design and shift together all terms are smooth there, so that a maximum at a fold is
one like any other.

First sequential quadratic programming (SLSQP) over the unknowns and one slack variable t for each
hinge: maximize smooth - sum t subject to t >= 0 and t >= hinge. Then Newton's method solves the KKT
conditions of the active set (`kkt`).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from . import kkt
from .curvature import curvature
from .evaluation import Evaluator, Parts, dimension, on_lowest_branch
from .problem import Problem, within
from .ranking import Rank, loss_beyond

NEWTON_STEPS = 12
SHORTEST = 1e-3  # smallest radius of the trust region, a change of a coordinate
ENOUGH = 500  # evaluations after which no other refinement begins
ROUNDING = 1e-10  # error of a score
FEASIBLE = 1e-7  # violation of a constraint, of order 1, that counts as rounding
LOSS = 1e-6  # of score that a refinement may cost: its start may violate a constraint slightly
STALLED, PATIENCE = 1e-10, 10  # SLSQP ends after so many steps in a row that are that short
SAME_SHIFT = 1e-6  # difference of shifts, in omega_m, that counts as rounding; at a fold it is 1e-8

Vector = Float[np.ndarray, " z"]


class Polished(NamedTuple):
    """Point found by the polish.

    Attributes:
        unit: coordinates in the unit cube.
        shifts: mean-field shifts in units of omega_m, for each direction that is needed.
        score: score of the objective.
        violation: largest violation of a constraint; inf if a shift is not that of the lowest
            branch.
        conditions: KKT conditions at the point.
        evaluations: number of evaluations of the functions and their gradients.
    """

    unit: Float[np.ndarray, " d"]
    shifts: Float[np.ndarray, " k"]
    score: float
    violation: float
    conditions: kkt.Conditions
    evaluations: int

    @property
    def feasible(self) -> bool:
        """Whether the score is finite and all constraints are satisfied."""
        return bool(np.isfinite(self.score) and self.violation <= FEASIBLE)

    @property
    def point(self) -> Vector:
        """All unknowns: coordinates and shifts."""
        return np.concatenate([self.unit, self.shifts])


def polish(problem: Problem, unit: Float[np.ndarray, " d"]) -> Polished:
    """Local maximum reached from a start on the lowest branch."""
    unit = np.clip(np.asarray(unit, float), 0.0, 1.0)
    evaluator = Evaluator(problem)
    start = on_lowest_branch(problem, unit[None])[0]
    return polished_at(evaluator, _refined(evaluator, start))


def polished_at(evaluator: Evaluator, point: Vector) -> Polished:
    """Point as the result of a polish."""
    d = dimension(evaluator.problem)
    here, slopes = evaluator(point)
    lowest = on_lowest_branch(evaluator.problem, point[None, :d])[0]
    is_lowest = np.abs(point - lowest).max(initial=0.0) <= SAME_SHIFT
    return Polished(
        point[:d],
        point[d:],
        here.score,
        kkt.violation(here) if is_lowest else np.inf,
        kkt.conditions(here, slopes, point[:d]),
        evaluator.evaluations,
    )


def _refined(evaluator: Evaluator, point: Vector) -> Vector:
    """Maximum near a start, by steps within a trust region that shrinks after a worse result."""
    reach = 1.0
    while reach >= SHORTEST and evaluator.evaluations < ENOUGH:
        near = _snapped(evaluator, _by_quadratic_programming(evaluator, point, reach))
        change = np.abs(near - point)[: dimension(evaluator.problem)].max()
        at_edge = 0.999 * reach <= change and reach < 1
        found = near if at_edge else _better(evaluator, near, _by_newton(evaluator, near))
        after = _rank(evaluator, found)
        if _rank(evaluator, point).exceeds(after._replace(score=after.score + LOSS)):
            reach /= 10
        elif at_edge:
            point = found
        else:
            return found
    return point


def _better(evaluator: Evaluator, near: Vector, found: Vector) -> Vector:
    """Result of Newton's method, or its start if the result is worse."""
    rank = _rank(evaluator, found)
    worse = _rank(evaluator, near).exceeds(rank._replace(score=rank.score + ROUNDING))
    return near if worse else found


def _rank(evaluator: Evaluator, point: Vector) -> Rank:
    """Rank of a point, with violations up to `FEASIBLE` counted as rounding."""
    here, _ = evaluator(point)
    violation = kkt.violation(here)
    if not np.isfinite(here.score + violation):
        return Rank(violation=np.inf, score=-np.inf)
    return Rank(violation=0.0 if violation <= FEASIBLE else violation, score=here.score)


def _snapped(evaluator: Evaluator, point: Vector) -> Vector:
    """Point whose coordinates within rounding of a bound are moved onto it."""
    d = dimension(evaluator.problem)
    return np.concatenate([kkt.snapped(np.clip(point[:d], 0.0, 1.0)), point[d:]])


class _Program(NamedTuple):
    """Nonlinear program in the unknowns y = (z, t), t one slack variable for each hinge."""

    evaluator: Evaluator
    n: int  # number of unknowns z
    hinges: int
    scales: np.ndarray  # of the inequalities, the same for all points
    beyond: float  # loss where a term is undefined

    def loss(self, y: Vector) -> float:
        """Negative of the smooth part less the slack variables."""
        here = self._defined(y)
        return self.beyond if here is None else float(y[self.n :].sum() - here[0].smooth)

    def downhill(self, y: Vector) -> Vector:
        """Gradient of the loss."""
        here = self._defined(y)
        if here is None:
            return 0 * y
        return np.concatenate([-here[1].smooth, np.ones(self.hinges)])

    def inequalities(self, y: Vector) -> np.ndarray:
        """Residuals of the inequalities and of t >= hinge; negative where they are undefined."""
        here, _ = self.evaluator(y[: self.n], self.scales)
        rows = np.concatenate([here.inequalities, y[self.n :] - here.hinges])
        return np.nan_to_num(rows, nan=-1.0)

    def inward(self, y: Vector) -> np.ndarray:
        """Slopes of `inequalities`."""
        _, slopes = self.evaluator(y[: self.n], self.scales)
        of_hinges = np.concatenate([-slopes.hinges, np.eye(self.hinges)], axis=1)
        return np.nan_to_num(np.concatenate([self._padded(slopes.inequalities), of_hinges]))

    def equalities(self, y: Vector) -> np.ndarray:
        """Residuals of the equalities."""
        return np.nan_to_num(self.evaluator(y[: self.n])[0].equalities, nan=1.0)

    def along(self, y: Vector) -> np.ndarray:
        """Slopes of `equalities`."""
        return np.nan_to_num(self._padded(self.evaluator(y[: self.n])[1].equalities))

    def _defined(self, y: Vector) -> tuple[Parts, Parts] | None:
        """Parts and slopes; None if the smooth part is undefined."""
        here, slopes = self.evaluator(y[: self.n])
        defined = np.isfinite(here.smooth) and np.all(np.isfinite(slopes.smooth))
        return (here, slopes) if defined else None

    def _padded(self, rows: np.ndarray) -> np.ndarray:
        return np.pad(rows, ((0, 0), (0, self.hinges)))


def _by_quadratic_programming(evaluator: Evaluator, start: Vector, reach: float) -> Vector:
    """Result of SLSQP, whose line search backtracks into the region where all terms are finite."""
    here, d = evaluator(start)[0], dimension(evaluator.problem)
    beyond = loss_beyond(np.nan_to_num(here.smooth))
    program = _Program(evaluator, start.size, here.hinges.size, evaluator.scales(start), beyond)
    constraints = [_constraint("ineq", program.inequalities, program.inward)]
    if here.equalities.size:
        constraints.append(_constraint("eq", program.equalities, program.along))
    unbounded = [(0.0, None)] * (start.size - d + here.hinges.size)
    begin = np.concatenate([start, np.maximum(here.hinges, 0.0)])
    found = minimize(
        program.loss, begin, jac=program.downhill, method="SLSQP", constraints=constraints,
        bounds=[*within(start[:d], reach), *unbounded], callback=_stop_if_stalled(begin),
        options={"ftol": 1e-14, "maxiter": 200},
    )  # fmt: skip
    return found.x[: start.size]


def _stop_if_stalled(begin: Vector) -> Callable[[Vector], None]:
    """Callback that ends a minimization whose steps have become too short, as in rounding."""
    last, short = begin, 0

    def callback(x: Vector) -> None:
        nonlocal last, short
        short = short + 1 if np.abs(x - last).max() <= STALLED else 0
        last = x.copy()
        if short >= PATIENCE:
            raise StopIteration

    return callback


def _constraint(kind: str, function: Callable, slopes: Callable) -> dict:
    return {"type": kind, "fun": function, "jac": slopes}


def _by_newton(evaluator: Evaluator, point: Vector) -> Vector:
    """Result of Newton steps with backtracking, as long as the KKT residual decreases."""
    d = dimension(evaluator.problem)
    conditions = kkt.pushed(*evaluator(point), point[:d], reach=1e-6)
    for _ in range(NEWTON_STEPS):
        if conditions.off < 1e-14 or not np.isfinite(conditions.off):
            break
        hessian = curvature(evaluator.problem, point, conditions.weights).hessian
        step = kkt.newton_step(*evaluator(point), conditions, hessian)
        for share in 0.5 ** np.arange(6):
            ahead = point + share * step
            ahead[:d] = np.clip(ahead[:d], 0.0, 1.0)
            there = kkt.pushed(*evaluator(ahead), ahead[:d], reach=1e-6)
            if there.off < conditions.off:
                break
        else:
            break
        point, conditions = ahead, there
    return point
