"""Karush-Kuhn-Tucker (KKT) conditions for a maximum under constraints.

At a maximum the gradient of the smooth part s is balanced by those of the active terms:

    grad s - sum theta_j grad h_j + sum lambda_i grad c_i + sum nu_k grad e_k + bounds = 0

with theta_j = 0 where a hinge h_j < 0, 1 where h_j > 0 and 0 <= theta_j <= 1 where h_j = 0, with
lambda_i >= 0 for inequalities c_i = 0, any nu_k for equalities, and multipliers of active bounds.

Gradients are by all unknowns z = (u, x): the coordinates u of the free fields in the unit cube,
which have bounds, and the mean-field shifts x, whose equations are among the equalities.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import eigh, null_space
from scipy.optimize import lsq_linear

from .evaluation import Parts

ON_BOUND = 1e-9  # distance from a bound of the unit cube below which a coordinate is on it
ACTIVE = 1e-6  # residual, of order 1, below which a constraint counts as active


class ActiveSet(NamedTuple):
    """Active set of a point, as indices.

    Attributes:
        edges: hinges that are 0.
        inequalities: inequalities that are 0.
        lower: coordinates on their lower bound.
        upper: coordinates on their upper bound.
    """

    edges: np.ndarray
    inequalities: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


class Conditions(NamedTuple):
    """KKT conditions at a point.

    Attributes:
        residual: KKT residual, relative to the score and the rounding of the gradients.
        violation: largest distance of an active term from 0.
        active: active set.
        weights: factors of all terms in the Lagrangian: 1, -theta, lambda, nu.
        bounds: multipliers of the bounds, one for each coordinate.
    """

    residual: float
    violation: float
    active: ActiveSet
    weights: Parts
    bounds: Float[np.ndarray, " d"]

    @property
    def off(self) -> float:
        """KKT residual plus violation."""
        return self.residual + self.violation


def snapped(unit: Float[np.ndarray, " d"]) -> Float[np.ndarray, " d"]:
    """Coordinates, moved onto a bound if within rounding of it."""
    return np.where(unit < ON_BOUND, 0.0, np.where(unit > 1 - ON_BOUND, 1.0, unit))


def active_at(here: Parts, unit: Float[np.ndarray, " d"]) -> ActiveSet:
    """Active set of a point."""
    return ActiveSet(
        edges=np.flatnonzero(np.abs(here.hinges) < ACTIVE),
        inequalities=np.flatnonzero(np.abs(here.inequalities) < ACTIVE),
        lower=np.flatnonzero(unit < ON_BOUND),
        upper=np.flatnonzero(unit > 1 - ON_BOUND),
    )


def conditions(here: Parts, slopes: Parts, unit: Float[np.ndarray, " d"]) -> Conditions:
    """KKT conditions with the multipliers that minimize the residual.

    Args:
        here: parts at the point.
        slopes: their slopes by all unknowns.
        unit: coordinates of the point, the first of the unknowns.
    """
    active = active_at(here, unit)
    slope = uphill(here, slopes)
    if not np.all(np.isfinite(slope)):
        return _nowhere(here, active, unit)
    columns, low, high = _pushes(slopes, active)
    factors, rest = _balanced(columns, slope, low, high)
    theta, pressure, tension, below, above = _split(factors, active, here.equalities.size)
    weights = Parts(
        np.array(1.0),
        -(_on(here) + _placed(theta, active.edges, here.hinges.size)),
        _placed(pressure, active.inequalities, here.inequalities.size),
        tension,
    )
    bounds = _placed(below, active.lower, unit.size) - _placed(above, active.upper, unit.size)
    size = abs(here.score) + 1e-300
    return Conditions(float(np.abs(rest).max()) / size, _gap(here, active), active, weights, bounds)


def violation(here: Parts) -> float:
    """Largest violation of a constraint; 0 if all are satisfied."""
    return float(np.max([0.0, *-here.inequalities, *np.abs(here.equalities)]))


def uphill(here: Parts, slopes: Parts) -> Float[np.ndarray, " z"]:
    """Gradient of the score: of the smooth part minus that of the positive hinges."""
    return slopes.smooth - _on(here) @ slopes.hinges


def newton_step(
    here: Parts, slopes: Parts, conditions: Conditions, curvature: Float[np.ndarray, "z z"]
) -> Float[np.ndarray, " z"]:
    """Newton step on the KKT conditions of the active set, along the active bounds.

    See `solve_saddle_point` for the linear system.
    """
    active = conditions.active
    return solve_saddle_point(
        curvature,
        active_rows(slopes, active),
        active,
        uphill(here, slopes),
        active_rows(here, active),
    )


def solve_saddle_point(
    hessian: Float[np.ndarray, "z z"],
    constraint_slopes: Float[np.ndarray, "k z"],
    active: ActiveSet,
    gradient: Float[np.ndarray, " z"],
    residuals: Float[np.ndarray, " k"],
) -> Float[np.ndarray, " z"]:
    """Step z of the KKT system W z + B^T y = -gradient, B z = -residuals, 0 along active bounds.

    W is the hessian of the Lagrangian, B holds the slopes of the active terms, y their multipliers.
    If there are several solutions, the shortest is returned.
    """
    free = free_coordinates(active, gradient.size)
    B = constraint_slopes[:, free]
    scale = np.maximum(np.abs(B).max(axis=1, initial=0.0), 1e-300)
    B, k = B / scale[:, None], len(B)
    system = np.block([[hessian[np.ix_(free, free)], B.T], [B, np.zeros((k, k))]])
    right = -np.concatenate([gradient[free], residuals / scale])
    step = np.zeros(gradient.size)
    if free.size and np.all(np.isfinite(system)) and np.all(np.isfinite(right)):
        step[free] = np.linalg.lstsq(system, right, rcond=1e-13)[0][: free.size]
    return step


def free_coordinates(active: ActiveSet, dimension: int) -> np.ndarray:
    """Indices of the unknowns off their bounds."""
    return np.setdiff1d(np.arange(dimension), np.concatenate([active.lower, active.upper]))


def active_rows(parts: Parts, active: ActiveSet) -> np.ndarray:
    """Values or slopes of all active terms, concatenated."""
    rows = parts.hinges[active.edges], parts.inequalities[active.inequalities], parts.equalities
    return np.concatenate(rows)


def pushed(
    here: Parts, slopes: Parts, unit: Float[np.ndarray, " d"], reach: float = 0.1
) -> Conditions:
    """KKT conditions with every inequality treated as active that could be 0 within `reach`.

    The distance is estimated to first order. Only inequalities with a positive multiplier are kept.
    """
    size = np.maximum(np.linalg.norm(slopes.inequalities, axis=1), 1e-300)
    near = here._replace(
        inequalities=np.where(here.inequalities / size < reach, 0.0, here.inequalities)
    )
    found = conditions(near, slopes, unit)
    held = found.active.inequalities[found.weights.inequalities[found.active.inequalities] > 0]
    active = found.active._replace(inequalities=held)
    return found._replace(active=active, violation=_gap(here, active))


def reduced_curvatures(
    slopes: Parts, active: ActiveSet, curvature: Float[np.ndarray, "z z"], dimension: int
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n d"]]:
    """Curvatures of the Lagrangian in the null space of the active constraints, ascending.

    At a strict maximum all are negative; where one is 0, the optimum is a ridge. Lengths are
    measured in the unit cube: the shifts follow.

    Args:
        slopes: slopes of the parts by all unknowns.
        active: active set.
        curvature: hessian of the Lagrangian.
        dimension: number d of coordinates, the first of the unknowns.

    Returns:
        Eigenvalues of the reduced hessian, and their directions in the unit cube as rows.
    """
    bounds = np.eye(curvature.shape[0])[np.concatenate([active.lower, active.upper])]
    kept = np.concatenate([active_rows(slopes, active), bounds])
    kept = kept / np.maximum(np.linalg.norm(kept, axis=1, keepdims=True), 1e-300)
    free = null_space(kept) if len(kept) else np.eye(curvature.shape[0])
    along = free[:dimension]
    if not free.shape[1]:
        return np.zeros(0), np.zeros((0, dimension))
    values, vectors = eigh(free.T @ curvature @ free, along.T @ along)
    return values, (along @ vectors).T


def _on(here: Parts) -> Float[np.ndarray, " h"]:
    """1 for each positive hinge, else 0."""
    return (here.hinges >= ACTIVE).astype(float)


def _pushes(slopes: Parts, active: ActiveSet):
    """Slopes of all active terms as columns, and the bounds of their multipliers."""
    identity = np.eye(slopes.smooth.size)
    groups = [
        (-slopes.hinges[active.edges], 0.0, 1.0),
        (slopes.inequalities[active.inequalities], 0.0, np.inf),
        (slopes.equalities, -np.inf, np.inf),
        (identity[active.lower], 0.0, np.inf),
        (-identity[active.upper], 0.0, np.inf),
    ]
    columns = np.concatenate([np.reshape(group, (-1, len(identity))) for group, _, _ in groups]).T
    low = np.concatenate([np.full(len(group), low) for group, low, _ in groups])
    high = np.concatenate([np.full(len(group), high) for group, _, high in groups])
    return columns, low, high


def _balanced(columns, uphill, low, high):
    """Bounded factors that minimize |uphill + columns @ factors|, and the remainder."""
    if not columns.shape[1] or not np.all(np.isfinite(columns)):
        return np.zeros(columns.shape[1]), uphill
    size = np.maximum(np.linalg.norm(columns, axis=0), 1e-300)
    found = lsq_linear(columns / size, -uphill, (low * size, high * size), method="bvls", tol=1e-15)
    return found.x / size, uphill + columns @ (found.x / size)


def _split(factors, active: ActiveSet, equalities: int):
    """Factors split by the group of terms they belong to."""
    sizes = [len(active.edges), len(active.inequalities), equalities, len(active.lower)]
    return np.split(factors, np.cumsum(sizes))


def _gap(here: Parts, active: ActiveSet) -> float:
    """Largest distance of an active term from 0."""
    return float(np.abs(active_rows(here, active)).max(initial=0.0))


def _placed(values, places, size: int):
    whole = np.zeros(size)
    whole[places] = values
    return whole


def _nowhere(here: Parts, active: ActiveSet, unit) -> Conditions:
    """Conditions with infinite residuals, for a point where slopes do not exist."""
    sizes = (here.hinges.size, here.inequalities.size, here.equalities.size)
    weights = Parts(np.array(1.0), *map(np.zeros, sizes))
    return Conditions(np.inf, np.inf, active, weights, 0 * unit)
