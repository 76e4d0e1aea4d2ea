"""The conditions of Karush, Kuhn and Tucker for a maximum under constraints.

At a maximum the slope of the smooth part is balanced by those of what is active there:

    grad s - sum theta_j grad h_j + sum lambda_i grad c_i + sum nu_k grad e_k + bounds = 0

with theta_j = 0 where a hinge h_j < 0, 1 where h_j > 0 and 0 <= theta_j <= 1 at its edge, with
lambda_i >= 0 for inequalities c_i = 0, any nu_k for equalities, and bounds that push inwards.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import null_space
from scipy.optimize import lsq_linear

from .problem import Parts

ON_BOUND = 1e-9  # of the width of its interval: how near a bound a coordinate counts as on it
ACTIVE = 1e-6  # the residual, of order 1, below which a constraint counts as active

ROUNDING = 1e-9  # of slopes; at a fold of the mean field they are large and little else


class Active(NamedTuple):
    """What is active at a point, as indices.

    Attributes:
        edges: hinges at their edge.
        inequalities: those that are 0.
        lower: coordinates on their lower bound.
        upper: coordinates on their upper bound.
    """

    edges: np.ndarray
    inequalities: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


class Conditions(NamedTuple):
    """How well the conditions of a maximum hold at a point.

    Attributes:
        residual: of the balance, over the score and the rounding of what it balances.
        violation: of the worst constraint that is active.
        active: what is active.
        weights: of all parts in the Lagrangian: 1, -theta, lambda, nu.
        bounds: the push of the bounds on each coordinate.
    """

    residual: float
    violation: float
    active: Active
    weights: Parts
    bounds: Float[np.ndarray, " d"]

    @property
    def off(self) -> float:
        """How far they are from holding, in one number."""
        return self.residual + self.violation


def snapped(unit: Float[np.ndarray, " d"]) -> Float[np.ndarray, " d"]:
    """Coordinates within rounding of a bound, on it."""
    return np.where(unit < ON_BOUND, 0.0, np.where(unit > 1 - ON_BOUND, 1.0, unit))


def active_at(here: Parts, unit: Float[np.ndarray, " d"]) -> Active:
    """What is active at a point."""
    return Active(
        edges=np.flatnonzero(np.abs(here.hinges) < ACTIVE),
        inequalities=np.flatnonzero(np.abs(here.inequalities) < ACTIVE),
        lower=np.flatnonzero(unit < ON_BOUND),
        upper=np.flatnonzero(unit > 1 - ON_BOUND),
    )


def conditions(here: Parts, slopes: Parts, unit: Float[np.ndarray, " d"]) -> Conditions:
    """The multipliers that balance the slopes best, and what is left of them."""
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
    size = abs(here.score) + ROUNDING * float(np.abs(slopes.smooth).max()) + 1e-300
    return Conditions(float(np.abs(rest).max()) / size, _gap(here, active), active, weights, bounds)


def lacking(here: Parts) -> float:
    """By how much the worst constraint fails; 0 if none does."""
    return float(np.max([0.0, *-here.inequalities, *np.abs(here.equalities)]))


def violation(here: Parts, slopes: Parts) -> float:
    """By how much the worst constraint fails, beyond what the rounding of coordinates does to it.

    At a fold of the mean field that is much: slopes of residuals are 1e10 there.
    """
    failing = np.concatenate([-here.inequalities, np.abs(here.equalities)])
    steepness = np.concatenate([slopes.inequalities, slopes.equalities])
    rounding = 4 * np.finfo(float).eps * np.abs(steepness).sum(axis=1)
    return float(np.max(failing - np.nan_to_num(rounding), initial=0.0))


def uphill(here: Parts, slopes: Parts) -> Float[np.ndarray, " d"]:
    """The slope of the score beside its edges: that of the smooth part, less the hinges' on."""
    return slopes.smooth - _on(here) @ slopes.hinges


def newton_step(
    here: Parts,
    slopes: Parts,
    unit: Float[np.ndarray, " d"],
    conditions: Conditions,
    curvature: Float[np.ndarray, "d d"],
) -> Float[np.ndarray, " d"]:
    """Newton's step, along the bounds that are active.

    The step z and new multipliers solve W z + B^T y = -uphill, B z = -b, where W is the hessian of
    the Lagrangian and B holds the slopes of all that must stay 0; the least z where many do.
    """
    active, d = conditions.active, unit.size
    free = np.setdiff1d(np.arange(d), np.concatenate([active.lower, active.upper]))
    zeros = _rows_kept(here, active)
    B = _rows_kept(slopes, active)[:, free]
    scale = np.maximum(np.abs(B).max(axis=1, initial=0.0), 1e-300)
    B, zeros = B / scale[:, None], zeros / scale
    W = curvature[np.ix_(free, free)]
    k = len(B)
    system = np.block([[W, B.T], [B, np.zeros((k, k))]])
    right = -np.concatenate([uphill(here, slopes)[free], zeros])
    step = np.zeros(d)
    if np.all(np.isfinite(system)) and free.size:
        step[free] = np.linalg.lstsq(system, right, rcond=1e-13)[0][: free.size]
    return step


def pushed(
    here: Parts, slopes: Parts, unit: Float[np.ndarray, " d"], reach: float = 0.1
) -> Conditions:
    """The conditions as if inequalities that are 0 within reach, to first order, were active.

    Those that the objective does not push against have the multiplier 0.
    """
    size = np.maximum(np.linalg.norm(slopes.inequalities, axis=1), 1e-300)
    near = here._replace(
        inequalities=np.where(here.inequalities / size < reach, 0.0, here.inequalities)
    )
    found = conditions(near, slopes, unit)
    held = found.active.inequalities[found.weights.inequalities[found.active.inequalities] > 0]
    return found._replace(active=found.active._replace(inequalities=held))


def reduced_curvatures(
    slopes: Parts, conditions: Conditions, curvature: Float[np.ndarray, "d d"]
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n d"]]:
    """Curvatures of the Lagrangian along what the active constraints leave free, steepest first.

    At a strict maximum all are negative; where one is 0, the optimum is a ridge.

    Returns:
        The eigenvalues of the hessian there, and their directions, a row each.
    """
    active = conditions.active
    bounds = np.eye(curvature.shape[0])[np.concatenate([active.lower, active.upper])]
    kept = np.concatenate([_rows_kept(slopes, active), bounds])
    kept = kept / np.maximum(np.linalg.norm(kept, axis=1, keepdims=True), 1e-300)
    free = null_space(kept) if len(kept) else np.eye(curvature.shape[0])
    values, vectors = np.linalg.eigh(free.T @ curvature @ free)
    return values, (free @ vectors).T


def _on(here: Parts) -> Float[np.ndarray, " h"]:
    """1 for each hinge that counts."""
    return (here.hinges >= ACTIVE).astype(float)


def _pushes(slopes: Parts, active: Active):
    """The slopes of all that is active as columns, each with the range of its factor."""
    d = slopes.smooth.size
    identity = np.eye(d)
    groups = [
        (-slopes.hinges[active.edges], 0.0, 1.0),
        (slopes.inequalities[active.inequalities], 0.0, np.inf),
        (slopes.equalities, -np.inf, np.inf),
        (identity[active.lower], 0.0, np.inf),
        (-identity[active.upper], 0.0, np.inf),
    ]
    columns = np.concatenate([np.reshape(group, (-1, d)) for group, _, _ in groups]).T
    low = np.concatenate([np.full(len(group), low) for group, low, _ in groups])
    high = np.concatenate([np.full(len(group), high) for group, _, high in groups])
    return columns, low, high


def _balanced(columns, uphill, low, high):
    """Factors in their ranges for which uphill + columns @ factors is least, and that rest."""
    if not columns.shape[1] or not np.all(np.isfinite(columns)):
        return np.zeros(columns.shape[1]), uphill
    size = np.maximum(np.linalg.norm(columns, axis=0), 1e-300)
    found = lsq_linear(columns / size, -uphill, (low * size, high * size), method="bvls", tol=1e-15)
    return found.x / size, uphill + columns @ (found.x / size)


def _split(factors, active: Active, equalities: int):
    """The factors by what they belong to."""
    sizes = [len(active.edges), len(active.inequalities), equalities, len(active.lower)]
    return np.split(factors, np.cumsum(sizes))


def _rows_kept(parts: Parts, active: Active):
    """Of values or slopes: those of all that must stay 0."""
    kept = parts.hinges[active.edges], parts.inequalities[active.inequalities], parts.equalities
    return np.concatenate(kept)


def _gap(here: Parts, active: Active) -> float:
    """The worst distance from 0 of all that must stay 0."""
    return float(np.abs(_rows_kept(here, active)).max(initial=0.0))


def _placed(values, places, size: int):
    whole = np.zeros(size)
    whole[places] = values
    return whole


def _nowhere(here: Parts, active: Active, unit) -> Conditions:
    """Where slopes do not exist, no condition holds."""
    weights = Parts(
        np.array(1.0), -0 * here.hinges, 0 * here.inequalities, np.zeros(here.equalities.size)
    )
    return Conditions(np.inf, np.inf, active, weights, 0 * unit)
