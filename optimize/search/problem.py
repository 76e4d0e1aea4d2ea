"""Optimization problem: an objective and constraints as functions on the unit cube of a box."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxcom import Direction, SpinningResonator
from jaxcom.direction import BOTH

from ..box import Box
from ..constraints import AbstractConstraint
from ..margins import Rows, excess_margin, excess_of_squares
from ..objectives import AbstractObjective
from ..operating_point import COLUMNS, OperatingPoint, Tabulated

Unit = Float[Array, " d"]

CLEARANCE = 1e-8
"""Relative distance from the birth of a lower mean field that a design keeps.

At that fold itself, rounding decides which mean field is the lowest; within 1e-9, two directions
that differ by a spin near 0 would be told apart by less than the rounding of a coordinate.
"""


class Terms(NamedTuple):
    """Terms of a problem at an operating point, or their derivatives.

    Attributes:
        smooth: smooth part of the score.
        hinges: hinges, which are subtracted from it where they are positive.
        margins: stability margins in units of omega_m.
        excess: their excess over the required margin; see `excess_margin`.
        excess_of_squares: the same with squares; see `excess_of_squares`.
        inequalities: residuals of constraints, at least 0 where satisfied.
        equalities: residuals of constraints, 0 where satisfied.
        rows: smooth functions for all inequalities: margins, constraints, clearances, the last at
            least 0 if the mean fields are those of the lowest branch.
        imbalances: residuals of Eq. (7).
    """

    smooth: Any
    hinges: Any
    margins: Any
    excess: Any
    excess_of_squares: Any
    inequalities: Any
    equalities: Any
    rows: Any
    imbalances: Any


class Criteria(eqx.Module):
    """What is asked of a design, wherever it is searched for.

    Attributes:
        objective: objective to maximize.
        margin: required stability margin in rad/s, in every direction of the objective.
        constraints: further constraints.
    """

    objective: AbstractObjective
    margin: Any
    constraints: tuple[AbstractConstraint, ...]

    @property
    def mean_fields(self) -> tuple[Direction, ...]:
        """Directions whose mean-field shift is an unknown, left first."""
        needed = {*self.objective.mean_fields}.union(*(c.mean_fields for c in self.constraints))
        return tuple(direction for direction in BOTH if direction in needed)

    def terms_at(self, point: Tabulated) -> Terms:
        """All terms at an operating point."""
        smooth, hinges = self.objective.terms_at(point)
        margins = self.objective.margins_at(point)
        least = self.margin / point.resonator.omega_m
        return Terms(
            smooth=jnp.asarray(smooth),
            hinges=hinges,
            margins=margins,
            excess=excess_margin(margins, least),
            excess_of_squares=excess_of_squares(margins, least),
            inequalities=self.residuals_at(point, equality=False),
            equalities=self.residuals_at(point, equality=True),
            rows=self._rows_at(point),
            imbalances=point.imbalance(self.mean_fields),
        )

    def _rows_at(self, point: Tabulated) -> Rows:
        least = self.margin / point.resonator.omega_m
        clearances = point.clearance(self.mean_fields).ravel() - CLEARANCE
        rows = [
            self.objective.stability_rows_at(point, least),
            *(c.rows_at(point) for c in self.constraints if not c.equality),
            Rows(clearances, jnp.ones_like(clearances)),
        ]
        return Rows(*map(jnp.concatenate, zip(*rows, strict=True)))

    def residuals_at(self, point: OperatingPoint, *, equality: bool) -> Float[Array, " m"]:
        """Residuals of all equality or inequality constraints at an operating point."""
        chosen = [c for c in self.constraints if c.equality == equality]
        return jnp.concatenate([jnp.zeros(0), *(c.residuals_at(point) for c in chosen)])

    def names(self) -> tuple[list[str], list[str]]:
        """Names of the inequalities, margins first, and of the equalities, one per residual."""
        margins, constraints = self._margin_names(), self._constraint_names()
        inequalities = [n for c, ns in constraints if not c.equality for n in ns]
        equalities = [n for c, ns in constraints if c.equality for n in ns]
        return margins + inequalities, equalities

    def row_names(self) -> list[str]:
        """Names of the rows of all inequalities; a margin may have two rows."""
        point = any_point()
        own = jax.eval_shape(self.objective.stability_rows_at, point, jnp.zeros(()))
        names = _repeated(self._margin_names(), own.values.size)
        for constraint, labels in self._constraint_names():
            if not constraint.equality:
                rows = jax.eval_shape(constraint.rows_at, point)
                names += _repeated(labels, rows.values.size)
        folds = [f"lowest branch({d.label}), fold {k}" for d in self.mean_fields for k in (1, 2)]
        return names + folds

    def _margin_names(self) -> list[str]:
        size = jax.eval_shape(self.objective.margins_at, any_point()).size
        if size == len(self.objective.directions):
            return [f"margin({side.label})" for side in self.objective.directions]
        return _numbered("margin of stability", size)

    def _constraint_names(self) -> list[tuple[AbstractConstraint, list[str]]]:
        """Constraints with the names of their residuals."""
        point = any_point()
        sizes = [jax.eval_shape(c.residuals_at, point).size for c in self.constraints]
        return [(c, _numbered(c.name, n)) for c, n in zip(self.constraints, sizes, strict=True)]


class Problem(Criteria):
    """Criteria for the designs in a box.

    Attributes:
        resonator: design that provides all fields that the box does not free.
        box: free fields and their bounds.
    """

    resonator: SpinningResonator
    box: Box

    @property
    def criteria(self) -> Criteria:
        """The criteria alone: programs that only depend on them serve every box."""
        return Criteria(self.objective, self.margin, self.constraints)

    def design(self, unit: Unit) -> SpinningResonator:
        """Design at a point of the unit cube."""
        return self.box.design(self.resonator, unit)


def any_point() -> Tabulated:
    """Operating point of which only the shapes matter."""
    return Tabulated(as_arrays(SpinningResonator()), jnp.ones((2, COLUMNS)))


def as_arrays(tree: Any) -> Any:
    """Pytree with its numbers as arrays, so that they do not become constants when compiled.

    They are arrays of NumPy, which calculates faster than JAX outside of compiled programs.
    """

    def as_array(leaf):
        return np.asarray(leaf, float) if isinstance(leaf, float | int | jax.Array) else leaf

    return jax.tree.map(as_array, tree)


def within(unit: Float[np.ndarray, " d"], reach: float) -> list[tuple[float, float]]:
    """Bounds of the part of the unit cube within `reach` of a point.

    >>> within(np.array([0.02, 0.5]), 0.25)
    [(0.0, 0.27), (0.25, 0.75)]
    """
    return [(max(float(u) - reach, 0.0), min(float(u) + reach, 1.0)) for u in unit]


def _numbered(name: str, size: int) -> list[str]:
    """Names of the residuals of a constraint."""
    if size == 1:
        return [name]
    return [f"{name} ({k} of {size})" for k in range(1, size + 1)]


def _repeated(names: list[str], size: int) -> list[str]:
    """Names for that many rows, as many for each name."""
    return [name for name in names for _ in range(size // len(names))]
