"""The conditions of a maximum with a fixed set of active constraints: equations to be followed.

Let s be the smooth part less the hinges that count, b all that must stay 0, and y its multipliers.
Along the coordinates u that are off their bounds, and with the parameter p,

    F(u, y; p) = (grad s + y grad b, b) = 0,    K = dF/d(u, y) = [[W, B^T], [B, 0]],

where W is the hessian of the Lagrangian L = s + y b and B = grad b. Newton's step solves
K z = -F, and the tangent of the path K z = -dF/dp.
"""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from ..results.certificate import FLAT
from ..search import kkt
from ..search.evaluation import Look, weighted_curvature
from ..search.problem import Parts

STRICT = 1e-9  # of the range 0..1 of a hinge's factor: how near an end counts as at it
Vector = Float[np.ndarray, " d"]


class Regime(NamedTuple):
    """Which hinges count in full, and what is active."""

    on: np.ndarray
    active: kkt.Active


class Local(NamedTuple):
    """A problem at a point, seen from a regime: all that the equations are made of.

    Attributes:
        unit: the point.
        here: the parts there.
        slopes: their slopes.
        regime: the one it is seen from.
        weights: of all parts in the Lagrangian; the multipliers may have any sign.
        curvature: the hessian of the Lagrangian.
    """

    unit: Vector
    here: Parts
    slopes: Parts
    regime: Regime
    weights: Parts
    curvature: Float[np.ndarray, "d d"]

    @property
    def uphill(self) -> Vector:
        """The slope of the Lagrangian: 0 along free coordinates at a maximum."""
        return weighted(self.weights, self.slopes)

    @property
    def gaps(self) -> np.ndarray:
        """All that must stay 0."""
        return _kept(self.here, self.regime)

    @property
    def curvatures(self) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n d"]]:
        """Along what the regime leaves free, ascending, and their directions, a row each."""
        seen = kkt.Conditions(0.0, 0.0, self.regime.active, self.weights, -self.uphill)
        return kkt.reduced_curvatures(self.slopes, seen, self.curvature)

    @property
    def rise(self) -> float:
        """The largest curvature above what counts as flat: positive at a saddle."""
        curvatures, _ = self.curvatures
        flat = FLAT * np.abs(curvatures).max(initial=1.0)
        return float(curvatures.max(initial=-np.inf) - flat)


def regime_at(conditions: kkt.Conditions) -> Regime:
    """The regime of a point at which the conditions of a maximum hold."""
    factor, active = -conditions.weights.hinges, conditions.active
    pressed = conditions.weights.inequalities[active.inequalities] > 0
    active = active._replace(
        edges=np.flatnonzero((factor > STRICT) & (factor < 1 - STRICT)),
        inequalities=active.inequalities[pressed],
    )
    return Regime(np.flatnonzero(factor >= 1 - STRICT), active)


def local(look: Look, regime: Regime, unit: Vector) -> Local | None:
    """A problem at a point, seen from a regime; None where it does not exist."""
    here, slopes = look(unit)
    weights = _multipliers(here, slopes, regime, unit.size)
    if weights is None or not np.isfinite(here.score):
        return None
    curvature = weighted_curvature(look.problem, unit, weights)
    if not np.all(np.isfinite(curvature)):
        return None
    return Local(unit, here, slopes, regime, weights, curvature)


def newton_step(seen: Local) -> Vector:
    """The step to where the equations hold."""
    return _solved(seen, seen.uphill, seen.gaps)


def tangent(seen: Local, moved: Parts, turned: Parts) -> Vector:
    """du/dp along the path, from the derivatives of the parts and of their slopes by p."""
    return _solved(seen, weighted(seen.weights, turned), _kept(moved, seen.regime))


def weighted(weights: Parts, parts: Parts) -> Any:
    """The sum of all parts, or their derivatives, times those of their weights that are not 0."""
    total = 0.0
    for weight, part in zip(weights, parts, strict=True):
        rows = np.reshape(part, (np.size(weight), *np.shape(part)[np.ndim(weight) :]))
        used = np.flatnonzero(weight)
        total = total + np.tensordot(np.ravel(weight)[used], rows[used], axes=1)
    return total


def _multipliers(here: Parts, slopes: Parts, regime: Regime, d: int) -> Parts | None:
    """The weights of all parts that balance the slopes best; None where these do not exist."""
    edges, inequalities = regime.active.edges, regime.active.inequalities
    weights = Parts(
        np.array(1.0),
        np.zeros(here.hinges.size),
        np.zeros(here.inequalities.size),
        np.zeros(here.equalities.size),
    )
    weights.hinges[regime.on] = -1.0
    free = _free(regime, d)
    B, uphill = _kept(slopes, regime)[:, free], weighted(weights, slopes)[free]
    if not np.all(np.isfinite(B)) or not np.all(np.isfinite(uphill)):
        return None
    y = np.linalg.lstsq(B.T, -uphill)[0] if B.size else np.zeros(len(B))
    of_edges, pressure, tension = np.split(y, np.cumsum([edges.size, inequalities.size]))
    weights.hinges[edges] = of_edges
    weights.inequalities[inequalities] = pressure
    weights.equalities[:] = tension
    return weights


def _solved(seen: Local, rest: Vector, gaps: np.ndarray) -> Vector:
    """The u of K (u, y) = -(rest, gaps), 0 along bounds; the least where there are many."""
    free = _free(seen.regime, seen.unit.size)
    B = _kept(seen.slopes, seen.regime)[:, free]
    scale = np.maximum(np.abs(B).max(axis=1, initial=0.0), 1e-300)[:, None]
    W = seen.curvature[np.ix_(free, free)]
    K = np.block([[W, (B / scale).T], [B / scale, np.zeros((len(B), len(B)))]])
    right = -np.concatenate([rest[free], gaps / scale[:, 0]])
    u = np.zeros(seen.unit.size)
    if free.size and np.all(np.isfinite(right)):
        u[free] = np.linalg.lstsq(K, right, rcond=1e-13)[0][: free.size]
    return u


def _free(regime: Regime, d: int) -> np.ndarray:
    """The coordinates off their bounds, as indices."""
    return np.setdiff1d(np.arange(d), np.concatenate([regime.active.lower, regime.active.upper]))


def _kept(parts: Parts, regime: Regime) -> np.ndarray:
    """Of values or derivatives: those of all that must stay 0."""
    active = regime.active
    kept = parts.hinges[active.edges], parts.inequalities[active.inequalities], parts.equalities
    return np.concatenate(kept)
