"""Terms of a problem and their slopes by the free coordinates and the mean-field shifts.

The unknowns of a problem are the coordinates u of the free fields in the unit cube, and the shift x
of each mean field that its terms depend on; z = (u, x). What takes long to compile is shared by all
problems (`tables`); only the terms as functions of a table, and their slopes, are compiled for each
objective and set of constraints. The chain rule connects both.
"""

import functools
import itertools
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float

from jaxcom.direction import BOTH

from ..operating_point import Tabulated
from .problem import Problem, Terms
from .tables import (
    BLOCK,
    FIELDS,
    LARGE_BLOCK,
    in_blocks,
    lowest_shifts,
    tables,
    tables_with_slopes,
)

STEPS = (1e-4, 1e-5, 1e-6, 1e-7)
"""Steps of the differences of slopes, in the unit cube and in omega_m for the shifts."""

Vector = Float[np.ndarray, " z"]


class Linearization(NamedTuple):
    """Terms at several points along the first axis, and their slopes along the last.

    Attributes:
        terms: values.
        by_unit: slopes by the coordinates of the free fields, at fixed shifts.
        by_shift: slopes by the mean-field shifts.
    """

    terms: Terms
    by_unit: Terms
    by_shift: Terms


class Parts(NamedTuple):
    """Terms of a problem at one point as the conditions of a maximum see them, or their slopes.

    Attributes:
        smooth: smooth part of the score.
        hinges: hinges, which are subtracted from it where they are positive.
        inequalities: smooth functions that must be at least 0: margins, constraints, clearances.
        equalities: residuals that must be 0: constraints, then imbalances.
    """

    smooth: Any
    hinges: Any
    inequalities: Any
    equalities: Any

    @property
    def score(self) -> float:
        """Score: the smooth part minus the positive hinges."""
        return float(self.smooth - np.maximum(self.hinges, 0.0).sum())


class Evaluator:
    """Cached evaluation of the parts of a problem and their slopes, at points z = (u, x).

    Attributes:
        problem: problem that is evaluated.
        evaluations: number of evaluations that were not in the cache.
    """

    def __init__(self, problem: Problem):
        self.problem, self.evaluations = problem, 0
        self._cached = functools.lru_cache(maxsize=4)(self._evaluate)

    def __call__(self, point: Vector, scales: np.ndarray | None = None) -> tuple[Parts, Parts]:
        """Parts at a point, and their slopes, a row for each part.

        Args:
            point: point z.
            scales: numbers that inequalities are divided by; by default `scales` at the point, so
                that inequalities are residuals of order 1 near 0.
        """
        parts, slopes, own = self._cached(*map(float, point))
        scales = own if scales is None else scales
        return scaled(parts, scales), scaled(slopes, scales[:, None])

    def scales(self, point: Vector) -> np.ndarray:
        """Scales of the inequalities at a point."""
        return self._cached(*map(float, point))[2]

    def _evaluate(self, *point: float) -> tuple[Parts, Parts, np.ndarray]:
        self.evaluations += 1
        found = parts_with_slopes(self.problem, np.array([point]))
        return jax.tree.map(lambda leaf: leaf[0], found)


def dimension(problem: Problem) -> int:
    """Number of free coordinates, which come first among the unknowns."""
    return len(problem.box.names)


def on_lowest_branch(problem: Problem, units: Float[np.ndarray, "n d"]) -> np.ndarray:
    """Points z = (u, x) with the shifts of the lowest branch, shape (n, z)."""
    rows = [BOTH.index(direction) for direction in problem.mean_fields]
    return np.concatenate([units, lowest_shifts(designs(problem, units))[:, rows]], axis=1)


def parts_with_slopes(
    problem: Problem, points: Float[np.ndarray, "n z"]
) -> tuple[Parts, Parts, Float[np.ndarray, "n m"]]:
    """Parts of a problem at several points, slopes by all unknowns, and scales of inequalities."""
    d = dimension(problem)
    found = linearize(problem, points[:, :d], points[:, d:])
    slopes = jax.tree.map(
        lambda u, x: np.concatenate([u, x], axis=-1), found.by_unit, found.by_shift
    )
    return _parts(found.terms), _parts(slopes), found.terms.rows.scales


class Curvature(NamedTuple):
    """Hessian of a Lagrangian in all unknowns, by differences with two steps.

    Attributes:
        hessian: hessian by the larger step.
        other: hessian by the smaller step.
    """

    hessian: Float[np.ndarray, "z z"]
    other: Float[np.ndarray, "z z"]

    @property
    def error(self) -> float:
        """Estimate of the largest error of the hessian: the difference between both."""
        return float(np.abs(self.hessian - self.other).max(initial=0.0))


def curvature(problem: Problem, point: Vector, weights: Parts) -> Curvature:
    """Hessian of the Lagrangian, the sum of all parts times their weights.

    Central differences of exact slopes for all `STEPS`; of two neighboring steps that agree best,
    the larger one counts. Near the edge of stability E_N has structure as fine as 1e-6 and slopes
    with a rounding of 1e-7, so that no single step is right everywhere. Where a coordinate is
    closer to a bound than a step, the hessian is that of the point one step inside.

    Args:
        problem: the problem.
        point: point z.
        weights: weights of the parts, of inequalities over their scales at the point.
    """
    found = [_differences(problem, point, weights, step) for step in STEPS]
    pairs = [Curvature(*pair) for pair in itertools.pairwise(found)]
    return min(pairs, key=lambda pair: np.nan_to_num(pair.error, nan=np.inf))


def _differences(
    problem: Problem, point: Vector, weights: Parts, step: float
) -> Float[np.ndarray, "z z"]:
    d, n = dimension(problem), point.size
    inside = np.concatenate([np.clip(point[:d], step, 1 - step), point[d:]])
    steps = step * np.eye(n)
    places = np.concatenate([point[None], inside + steps, inside - steps])
    _, slopes, scales = parts_with_slopes(problem, places)
    slopes = jax.tree.map(lambda rows: rows[1:], slopes)
    gradients = weighted(weights, scaled(slopes, scales[:1, :, None]))
    hessian = (gradients[:n] - gradients[n:]) / (2 * step)
    return (hessian + hessian.T) / 2


def weighted(weights: Parts, slopes: Parts) -> np.ndarray:
    """Slopes of the Lagrangian at several points; parts of weight 0 may be NaN."""
    points, n = slopes.smooth.shape
    total = np.zeros((points, n))
    for weight, rows in zip(weights, slopes, strict=True):
        rows = rows.reshape(points, np.size(weight), n)
        used = np.flatnonzero(weight)
        total = total + np.tensordot(np.ravel(weight)[used], rows[:, used], axes=(0, 1))
    return total


def evaluate(
    problem: Problem, units: Float[np.ndarray, "n d"]
) -> tuple[Float[np.ndarray, " n"], Terms, Float[np.ndarray, "n 2 columns"]]:
    """Values of the objective on the lowest branch, NaN where unstable, all terms, and tables."""
    table = tables(designs(problem, units))
    program = functools.partial(_values, problem)
    return (*in_blocks(program, LARGE_BLOCK, units, table), table)


def linearize(
    problem: Problem,
    units: Float[np.ndarray, "n d"],
    shifts: Float[np.ndarray, "n k"],
) -> Linearization:
    """Terms of a problem and their slopes at points u with mean-field shifts x."""
    rows = [BOTH.index(direction) for direction in problem.mean_fields]
    both = np.full((len(units), 2), np.nan)
    both[:, rows] = shifts
    table, by_inputs = tables_with_slopes(designs(problem, units), both)
    terms, by_unit, by_table = in_blocks(functools.partial(_linear, problem), BLOCK, units, table)
    used = np.any(
        [np.any(leaf != 0, axis=_middle(leaf)) for leaf in jax.tree.leaves(by_table)], axis=0
    )
    by_inputs = np.where(used[..., None], by_inputs, 0.0)  # what no term depends on may be NaN
    free = [FIELDS.index(name) for name in problem.box.names]
    by_coordinates = by_inputs[..., free] * problem.box.derivatives(units)[:, None, None, :]

    def total(direct: np.ndarray, slope: np.ndarray) -> np.ndarray:
        return direct + np.einsum("n...sc,nscd->n...d", slope, by_coordinates)

    def along_shift(slope: np.ndarray) -> np.ndarray:
        return np.einsum("n...sc,nsc->n...s", slope, by_inputs[..., -1])[..., rows]

    return Linearization(
        terms, jax.tree.map(total, by_unit, by_table), jax.tree.map(along_shift, by_table)
    )


def along_branch(found: Linearization) -> Terms:
    """Slopes by the free coordinates, the shifts following Eq. (7); not finite at a fold."""
    by_unit, by_shift = found.by_unit.imbalances, found.by_shift.imbalances
    with np.errstate(divide="ignore", invalid="ignore"):
        response = -by_unit / np.einsum("nkk->nk", by_shift)[..., None]
    return jax.tree.map(
        lambda u, x: u + np.einsum("n...k,nkd->n...d", x, response), found.by_unit, found.by_shift
    )


def designs(problem: Problem, units: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n fields"]:
    """Fields of the designs at points of the unit cube."""
    fields = np.array([float(getattr(problem.resonator, name)) for name in FIELDS])
    every = np.tile(fields, (len(units), 1))
    for k, name in enumerate(problem.box.names):
        every[:, FIELDS.index(name)] = problem.box.intervals[name].at(units[:, k])
    return every


def _parts(terms: Terms) -> Parts:
    equalities = np.concatenate([terms.equalities, terms.imbalances], axis=1)
    return Parts(terms.smooth, terms.hinges, terms.rows.values, equalities)


def scaled(parts: Parts, scales: np.ndarray) -> Parts:
    """Parts, or their slopes, with the inequalities over scales that broadcast with them."""
    return parts._replace(inequalities=parts.inequalities / scales)


def _middle(leaf: np.ndarray) -> tuple[int, ...]:
    """Axes of a slope by a table between that of the points and those of the table."""
    return tuple(range(1, leaf.ndim - 2))


@eqx.filter_jit
def _values(problem: Problem, units: Float[Array, "n d"], table: Float[Array, "n 2 columns"]):
    def at(unit, table):
        point = Tabulated(problem.design(unit), table)
        terms = problem.terms_at(point)
        stable = (terms.margins > 0).all()
        value = jax.numpy.where(stable, problem.objective.value_at(point), jax.numpy.nan)
        return value, terms

    return jax.vmap(at)(units, table)


@eqx.filter_jit
def _linear(problem: Problem, units: Float[Array, "n d"], table: Float[Array, "n 2 columns"]):
    """Terms, their slopes by the coordinates at a fixed table, and by the table."""

    def terms(unit, table):
        return problem.terms_at(Tabulated(problem.design(unit), table))

    def at(unit, table):
        by_unit, by_table = (jax.jacfwd(terms, argnums=k)(unit, table) for k in (0, 1))
        return terms(unit, table), by_unit, by_table

    return jax.vmap(at)(units, table)
