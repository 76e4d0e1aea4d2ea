r"""First-order conditions of a maximum for a fixed active set, as equations to be continued.

Let s be the smooth part less the positive hinges, b everything that the working set keeps at 0,
Eq. (7) included, and y its multipliers. With the unknowns u off their bounds, coordinates and
mean-field shifts, and the parameter p,

$$
F(u, y; p) = (\nabla s + y \nabla b, \; b) = 0, \qquad
K = \frac{\partial F}{\partial (u, y)} = \begin{pmatrix} W & B^T \\ B & 0 \end{pmatrix},
$$

where W is the hessian of the Lagrangian L = s + y b and B = grad b. Newton's step solves
K z = -F, the tangent of the path K z = -dF/dp.
"""

from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from ..results.certificate import FLAT, SAFETY
from ..search import kkt
from ..search.curvature import curvature
from ..search.evaluation import Evaluator, Parts, dimension

UNCERTAIN = 1e-3  # relative error of a hessian
STRICT = 1e-9  # relative to the range 0..1 of a hinge's multiplier: how near an end counts as there
Vector = Float[np.ndarray, " z"]


class WorkingSet(NamedTuple):
    """Active set together with the hinges that are positive.

    Attributes:
        positive_hinges: indices of the hinges that count in full.
        active: hinges at their edge, constraints and bounds that are kept at 0.
    """

    positive_hinges: np.ndarray
    active: kkt.ActiveSet

    def equals(self, other: "WorkingSet") -> bool:
        """Whether both consist of the same terms."""
        pairs = zip(jax.tree.leaves(self), jax.tree.leaves(other), strict=True)
        return all(np.array_equal(a, b) for a, b in pairs)


class LocalModel(NamedTuple):
    """Values and derivatives of a problem at a point, for one working set.

    Attributes:
        point: coordinates in the unit cube, then mean-field shifts, shape (z,).
        dimension: number d of coordinates.
        parts: smooth part, hinges and constraints at the point.
        slopes: gradients of the parts, a row each.
        working_set: the working set.
        weights: weights of all parts in the Lagrangian; multipliers may have any sign.
        hessian: hessian of the Lagrangian, shape (z, z).
        error: estimate of its largest error.
    """

    point: Vector
    dimension: int
    parts: Parts
    slopes: Parts
    working_set: WorkingSet
    weights: Parts
    hessian: Float[np.ndarray, "z z"]
    error: float

    @property
    def unit(self) -> Float[np.ndarray, " d"]:
        """Coordinates in the unit cube."""
        return self.point[: self.dimension]

    @property
    def lagrangian_gradient(self) -> Vector:
        """Gradient of the Lagrangian: 0 along free coordinates at a maximum."""
        return weighted(self.weights, self.slopes)

    @property
    def is_uncertain(self) -> bool:
        """Whether the hessian is too uncertain to predict or to tell a maximum from a saddle."""
        return self.error > UNCERTAIN * np.abs(self.hessian).max()

    @property
    def residual(self) -> float:
        """KKT residual along the unknowns off their bounds, relative to the score."""
        free = kkt.free_coordinates(self.working_set.active, self.point.size)
        rest = np.abs(self.lagrangian_gradient[free]).max(initial=0.0)
        return float(rest) / (abs(self.parts.score) + 1e-300)

    @property
    def residuals(self) -> np.ndarray:
        """Residuals of everything that the working set keeps at 0."""
        return kkt.active_rows(self.parts, self.working_set.active)

    @property
    def curvatures(self) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n d"]]:
        """Curvatures along the directions left free, ascending, and these directions as rows."""
        active = self.working_set.active
        return kkt.reduced_curvatures(self.slopes, active, self.hessian, self.dimension)

    @property
    def excess_curvature(self) -> float:
        """Largest curvature above its error and that of flat directions: positive at a saddle."""
        curvatures, _ = self.curvatures
        flat = FLAT * np.abs(curvatures).max(initial=1.0) + SAFETY * self.error
        return float(curvatures.max(initial=-np.inf) - flat)


def working_set_at(conditions: kkt.Conditions) -> WorkingSet:
    """Working set of a point at which the conditions of a maximum hold."""
    factor, active = -conditions.weights.hinges, conditions.active
    pressed = conditions.weights.inequalities[active.inequalities] > 0
    active = active._replace(
        edges=np.flatnonzero((factor > STRICT) & (factor < 1 - STRICT)),
        inequalities=active.inequalities[pressed],
    )
    return WorkingSet(np.flatnonzero(factor >= 1 - STRICT), active)


def local_model(evaluator: Evaluator, working_set: WorkingSet, point: Vector) -> LocalModel | None:
    """Model of a problem at a point; None where the problem or its derivatives do not exist."""
    parts, slopes = evaluator(point)
    weights = _multipliers(parts, slopes, working_set, point.size)
    if weights is None or not np.isfinite(parts.score):
        return None
    found = curvature(evaluator.problem, point, weights)
    if not np.all(np.isfinite(found.hessian)):
        return None
    d = dimension(evaluator.problem)
    return LocalModel(point, d, parts, slopes, working_set, weights, found.hessian, found.error)


def newton_step(model: LocalModel) -> Vector:
    """Newton step towards the solution of the first-order conditions."""
    return _solve(model, model.lagrangian_gradient, model.residuals)


def tangent(model: LocalModel, rates: Parts, slope_rates: Parts) -> Vector:
    """Tangent du/dp of the path, from the derivatives of the parts and of their slopes by p."""
    active = model.working_set.active
    return _solve(model, weighted(model.weights, slope_rates), kkt.active_rows(rates, active))


def weighted(weights: Parts, parts: Parts) -> Any:
    """Sum of all parts (or of their derivatives) times their weights.

    Parts of weight 0 are left out, so that they may be NaN.
    """
    total = 0.0
    for weight, part in zip(weights, parts, strict=True):
        rows = np.reshape(part, (np.size(weight), *np.shape(part)[np.ndim(weight) :]))
        used = np.flatnonzero(weight)
        total = total + np.tensordot(np.ravel(weight)[used], rows[used], axes=1)
    return total


def _multipliers(parts: Parts, slopes: Parts, working_set: WorkingSet, n: int) -> Parts | None:
    """Least-squares multipliers of the working set; None where the slopes are not finite."""
    active = working_set.active
    weights = Parts(
        np.array(1.0),
        np.zeros(parts.hinges.size),
        np.zeros(parts.inequalities.size),
        np.zeros(parts.equalities.size),
    )
    weights.hinges[working_set.positive_hinges] = -1.0
    free = kkt.free_coordinates(active, n)
    B, gradient = kkt.active_rows(slopes, active)[:, free], weighted(weights, slopes)[free]
    if not np.all(np.isfinite(B)) or not np.all(np.isfinite(gradient)):
        return None
    y = np.linalg.lstsq(B.T, -gradient)[0] if B.size else np.zeros(len(B))
    sizes = [active.edges.size, active.inequalities.size]
    of_edges, of_inequalities, of_equalities = np.split(y, np.cumsum(sizes))
    weights.hinges[active.edges] = of_edges
    weights.inequalities[active.inequalities] = of_inequalities
    weights.equalities[:] = of_equalities
    return weights


def _solve(model: LocalModel, gradient: Vector, residuals: np.ndarray) -> Vector:
    """Part u of the solution of K (u, y) = -(gradient, residuals), 0 along active bounds."""
    active = model.working_set.active
    rows = kkt.active_rows(model.slopes, active)
    return kkt.solve_saddle_point(model.hessian, rows, active, gradient, residuals)
