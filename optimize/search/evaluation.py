"""Terms of a problem and their slopes by the free coordinates and the mean-field shifts.

The unknowns of a problem are the coordinates u of the free fields in the unit cube, and the shift x
of each mean field that its terms depend on; z = (u, x). What takes long to compile is shared by all
problems (`tables`); only the terms as functions of a table, and their slopes, are compiled for each
objective and set of constraints. The chain rule connects both.
"""

import functools
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxcom import SpinningResonator
from jaxcom.direction import BOTH

from ..operating_point import Tabulated
from .problem import Criteria, Problem, Terms
from .tables import (
    BLOCK,
    FIELDS,
    LARGE_BLOCK,
    Designs,
    in_blocks,
    lowest_shifts,
    tables,
    tables_with_slopes,
)

Vector = Float[np.ndarray, " z"]


class Linearization(NamedTuple):
    """Terms at several points along the first axis.

    Attributes:
        terms: values.
        slopes: slopes along the last axis: by the coordinates of the free fields at fixed shifts,
            then by the shifts.
    """

    terms: Terms
    slopes: Terms


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
    shifts = in_blocks(lowest_shifts, BLOCK, designs(problem, units))
    return np.concatenate([units, shifts[:, rows]], axis=1)


def parts_with_slopes(
    problem: Problem, points: Float[np.ndarray, "n z"]
) -> tuple[Parts, Parts, Float[np.ndarray, "n m"]]:
    """Parts of a problem at several points, slopes by all unknowns, and scales of inequalities."""
    d = dimension(problem)
    found = linearize(problem, points[:, :d], points[:, d:])
    return _parts(found.terms), _parts(found.slopes), found.terms.rows.scales


def scaled(parts: Parts, scales: np.ndarray) -> Parts:
    """Parts, or their slopes, with the inequalities over scales that broadcast with them."""
    return parts._replace(inequalities=parts.inequalities / scales)


def evaluate(
    problem: Problem, units: Float[np.ndarray, "n d"]
) -> tuple[Float[np.ndarray, " n"], Terms, Float[np.ndarray, "n 2 columns"]]:
    """Values of the objective on the lowest branch, NaN where unstable, all terms, and tables."""
    program = functools.partial(_evaluate, problem.criteria)
    return in_blocks(program, LARGE_BLOCK, designs(problem, units))


def linearize(
    problem: Problem,
    units: Float[np.ndarray, "n d"],
    shifts: Float[np.ndarray, "n k"],
) -> Linearization:
    """Terms of a problem and their slopes at points u with mean-field shifts x."""
    rows = [BOTH.index(direction) for direction in problem.mean_fields]
    both = np.full((len(units), 2), np.nan)
    both[:, rows] = shifts
    free = np.array([FIELDS.index(name) for name in problem.box.names])
    program = functools.partial(_linearize, problem.criteria, _padded(free))
    terms, slopes = in_blocks(program, BLOCK, designs(problem, units), both)
    derivatives = problem.box.derivatives(units)
    shifts = -2 + np.array(rows, int)

    def chosen(slope):
        by_units = np.einsum("n...d,nd->n...d", slope[..., : free.size], derivatives)
        return np.concatenate([by_units, slope[..., shifts]], axis=-1)

    return Linearization(terms, jax.tree.map(chosen, slopes))


def along_branch(found: Linearization) -> Terms:
    """Slopes by the free coordinates, the shifts following Eq. (7); not finite at a fold."""
    balance = found.slopes.imbalances
    d = balance.shape[-1] - balance.shape[-2]
    with np.errstate(divide="ignore", invalid="ignore"):
        response = -balance[..., :d] / np.einsum("nkk->nk", balance[..., d:])[..., None]
    return jax.tree.map(
        lambda slope: slope[..., :d] + np.einsum("n...k,nkd->n...d", slope[..., d:], response),
        found.slopes,
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


def _padded(free: np.ndarray) -> np.ndarray:
    """Indices of fields, the first repeated up to a multiple of 4: boxes share programs."""
    return np.append(free, np.repeat(free[:1], -free.size % 4))


def _evaluate(criteria: Criteria, designs: Float[np.ndarray, "n fields"]):
    table = tables(designs)
    return *_values(criteria, designs, table), table


def _linearize(criteria: Criteria, free: np.ndarray, designs: np.ndarray, shifts: np.ndarray):
    table, slopes = tables_with_slopes(designs, shifts)
    return _linear(criteria, free, designs, table, slopes)


@eqx.filter_jit
def _values(criteria: Criteria, designs: Designs, table: Float[Array, "n 2 columns"]):
    def at(fields, table):
        point = _point(fields, table)
        terms = criteria.terms_at(point)
        stable = (terms.margins > 0).all()
        value = jnp.where(stable, criteria.objective.value_at(point), jnp.nan)
        return value, terms

    return jax.vmap(at)(designs, table)


@eqx.filter_jit
def _linear(
    criteria: Criteria,
    free: Int[np.ndarray | Array, " d"],
    designs: Designs,
    table: Float[Array, "n 2 columns"],
    slopes: Float[Array, "n 2 columns fields+1"],
):
    """Terms, and the slopes of all along the last axis: by the free fields, then by both shifts.

    What a term does not depend on may be NaN.
    """

    def terms(fields, table):
        return criteria.terms_at(_point(fields, table))

    def at(fields, table, slopes):
        found, push = jax.linearize(terms, fields, table)
        by_shifts = jnp.where(jnp.eye(2, dtype=bool)[..., None], slopes[..., -1], 0.0)
        of_table = jnp.concatenate([jnp.moveaxis(slopes[..., free], -1, 0), by_shifts])
        of_fields = jnp.concatenate(
            [jax.nn.one_hot(free, len(FIELDS)), jnp.zeros((2, len(FIELDS)))]
        )
        return found, jax.vmap(push, out_axes=-1)(of_fields, of_table)

    return jax.vmap(at)(designs, table, slopes)


def _point(fields: Float[Array, " fields"], table: Float[Array, "2 columns"]) -> Tabulated:
    return Tabulated(SpinningResonator(**dict(zip(FIELDS, fields, strict=True))), table)
