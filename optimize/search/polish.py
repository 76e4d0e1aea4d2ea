"""The polish: from a good start to a maximum in all digits, with all bounds and constraints met.

First sequential quadratic programming (SLSQP) over the coordinates and one more variable for each
hinge: maximise smooth - sum t with t >= 0, t >= hinge. Where that stalls at an edge of stability, a
search along it (`edge`). Then Newton's method, with exact hessians, on the conditions of Karush,
Kuhn and Tucker of what is active (`kkt`).
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from . import kkt
from .edge import along_edge
from .evaluation import Look, weighted_curvature
from .problem import Problem, within

STALLED = 1e-4  # residual of the conditions above which SLSQP has not got to a maximum
NEWTON_STEPS = 12
EDGE_RUNS = 25
REACHES = (1.0, 0.1, 0.01)  # of the unit cube, to either side: how far SLSQP may go
CUBES = 10
ROUNDING = 1e-10  # of a score
FEASIBLE = 1e-9  # violation of a constraint, of order 1, that counts as rounding


class Polished(NamedTuple):
    """A point after the polish.

    Attributes:
        unit: its coordinates.
        score: there.
        violation: of the worst constraint.
        conditions: of a maximum, as they hold there.
        evaluations: of the functions and their gradients.
    """

    unit: Float[np.ndarray, " d"]
    score: float
    violation: float
    conditions: kkt.Conditions
    evaluations: int

    @property
    def feasible(self) -> bool:
        """Does everything exist there, and every constraint hold?"""
        return bool(np.isfinite(self.score) and self.violation <= FEASIBLE)


def polish(problem: Problem, unit: Float[np.ndarray, " d"]) -> Polished:
    """The maximum that belongs to a start."""
    unit = np.clip(np.asarray(unit, float), 0.0, 1.0)
    problem = problem.facing(jnp.asarray(unit))
    look = Look(problem)
    near = kkt.snapped(_uphill(look, unit))
    if kkt.conditions(*look(near), near).residual > STALLED:
        near = _along_edge(look, near)
    found = _better(look, near, _by_newton(look, near))
    here, slopes = look(found)
    return Polished(
        found,
        here.score,
        kkt.violation(here, slopes),
        kkt.conditions(here, slopes, found),
        look.evaluations,
    )


def _better(look: Look, near: np.ndarray, found: np.ndarray) -> np.ndarray:
    """What Newton's method has found, unless it has lost height or left what was kept.

    At a fold of the mean field slopes mean little, and the last digits of coordinates much.
    """
    lost = _merit(look, found) < _merit(look, near) - ROUNDING
    left = kkt.lacking(look(found)[0]) > max(FEASIBLE, kkt.lacking(look(near)[0]))
    return near if lost or left else found


def _uphill(look: Look, unit: np.ndarray) -> np.ndarray:
    """SLSQP; where it leaps to something worse, in steps within ever smaller cubes."""
    for reach in REACHES:
        for _ in range(CUBES):
            near = _by_quadratic_programming(look, unit, reach)
            if not _merit(look, near) > _merit(look, unit):
                break
            moved, unit = np.abs(near - unit).max(), near
            if moved < 0.99 * reach:
                return unit
    return unit


def _along_edge(look: Look, unit: np.ndarray) -> np.ndarray:
    """`along_edge`, again and again as long as it gains: SLSQP ends early on a bent edge."""
    for _ in range(EDGE_RUNS):
        ahead = along_edge(look, unit)
        gain = _merit(look, ahead) - _merit(look, unit)
        unit = ahead if gain > 0 else unit
        if not gain > 1e-9 * abs(look(unit)[0].score):
            break
    return unit


def _merit(look: Look, unit: np.ndarray) -> float:
    """The score where all constraints hold, else below all scores."""
    here, slopes = look(unit)
    if not np.isfinite(here.score):
        return -np.inf
    violation = kkt.violation(here, slopes)
    return here.score if violation <= FEASIBLE else -1e6 * (1 + violation)


def _by_quadratic_programming(look: Look, unit: np.ndarray, reach: float) -> np.ndarray:
    """SLSQP; where it leaves the region in which the parts exist, its steps are halved."""
    d = unit.size
    h = look(unit)[0].hinges.size

    def loss(x):
        here = look(x[:d])[0]
        # Outside there is nothing to report: high and flat.
        return x[d:].sum() - here.smooth if np.isfinite(here.smooth) else 1e3

    def downhill(x):
        slopes = look(x[:d])[1].smooth
        return np.concatenate([-slopes, np.ones(h)]) if np.all(np.isfinite(slopes)) else 0 * x

    def inequalities(x):
        here = look(x[:d])[0]
        return np.concatenate([here.inequalities, x[d:] - here.hinges])

    def inward(x):
        slopes = look(x[:d])[1]
        of_hinges = np.concatenate([-slopes.hinges, np.eye(h)], axis=1)
        others = np.pad(slopes.inequalities, ((0, 0), (0, h)))
        return np.nan_to_num(np.concatenate([others, of_hinges]))

    constraints = [{"type": "ineq", "fun": inequalities, "jac": inward}]
    if look(unit)[0].equalities.size:
        constraints.append({
            "type": "eq",
            "fun": lambda x: look(x[:d])[0].equalities,
            "jac": lambda x: np.pad(look(x[:d])[1].equalities, ((0, 0), (0, h))),
        })  # fmt: skip
    start = np.concatenate([unit, np.maximum(look(unit)[0].hinges, 0.0)])
    found = minimize(
        loss, start, jac=downhill, method="SLSQP", constraints=constraints,
        bounds=[*within(unit, reach), *[(0.0, None)] * h], options={"ftol": 1e-13, "maxiter": 100},
    )  # fmt: skip
    return np.clip(found.x[:d], 0.0, 1.0)


def _by_newton(look: Look, unit: np.ndarray) -> np.ndarray:
    """Newton's steps, halved if need be, as long as the conditions come nearer to holding."""
    conditions = kkt.pushed(*look(unit), unit, reach=1e-6)
    for _ in range(NEWTON_STEPS):
        if conditions.off < 1e-14 or not np.isfinite(conditions.off):
            break
        curvature = weighted_curvature(look.problem, unit, conditions.weights)
        step = kkt.newton_step(*look(unit), unit, conditions, curvature)
        for share in 0.5 ** np.arange(6):
            ahead = np.clip(unit + share * step, 0.0, 1.0)
            there = kkt.pushed(*look(ahead), ahead, reach=1e-6)
            if there.off < conditions.off:
                break
        else:
            break
        unit, conditions = ahead, there
    return unit
