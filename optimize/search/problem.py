"""Optimization problem: an objective and constraints as functions on the unit cube of a box."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxcom import SpinningResonator

from ..box import Box
from ..constraints import AbstractConstraint, excess_margin
from ..objectives import AbstractHinged, AbstractObjective

Unit = Float[Array, " d"]


class Problem(eqx.Module):
    """Objective to maximize over a box of designs, with constraints.

    Attributes:
        objective: objective to maximize.
        resonator: design that provides all fields that the box does not free.
        box: free fields and their bounds.
        margin: required stability margin in rad/s, in every direction of the objective.
        constraints: further constraints.
    """

    objective: AbstractObjective
    resonator: SpinningResonator
    box: Box
    margin: Any
    constraints: tuple[AbstractConstraint, ...] = ()

    def design(self, unit: Unit) -> SpinningResonator:
        """Design at a point of the unit cube."""
        return self.box.design(self.resonator, unit)

    def score(self, unit: Unit) -> Float[Array, ""]:
        """Score of the objective; NaN where a direction is unstable."""
        return self.objective.score(self.design(unit))

    def slack(self, unit: Unit) -> Float[Array, " m"]:
        """Excess of the stability margins over the required one; see `excess_margin`."""
        design = self.design(unit)
        return excess_margin(self.objective.margins(design), self.margin / design.omega_m)

    def keeps_margin(self, unit: Unit) -> Bool[Array, ""]:
        """Whether no slack is negative; faster than computing the slack."""
        design = self.design(unit)
        return self.objective.keeps(design, self.margin / design.omega_m)

    def inequalities(self, unit: Unit) -> Float[Array, " m"]:
        """Residuals of the inequality constraints, at least 0 where satisfied."""
        return self._residuals(unit, equality=False)

    def equalities(self, unit: Unit) -> Float[Array, " k"]:
        """Residuals of the equality constraints, 0 where satisfied."""
        return self._residuals(unit, equality=True)

    def active_piece(self, unit: Unit) -> "Problem":
        """Problem whose objective is replaced by the smooth piece that is active at a point."""
        if not isinstance(self.objective, AbstractHinged):
            return self
        piece = self.objective.active_piece(self.design(unit))
        return eqx.tree_at(lambda problem: problem.objective, self, piece)

    def names(self) -> tuple[list[str], list[str]]:
        """Names of the inequalities, margins first, and of the equalities, one per residual."""
        unit = jnp.full(len(self.box.names), 0.5)
        margins = jax.eval_shape(self.slack, unit).size
        inequalities = _numbered("margin of stability", margins)
        if margins == len(self.objective.directions):
            inequalities = [f"margin({side.label})" for side in self.objective.directions]
        equalities: list[str] = []
        for constraint in self.constraints:
            size = jax.eval_shape(lambda u, c=constraint: c.residuals(self.design(u)), unit).size
            group = equalities if constraint.equality else inequalities
            group.extend(_numbered(constraint.name, size))
        return inequalities, equalities

    def _residuals(self, unit: Unit, equality: bool) -> Float[Array, " m"]:
        design = self.design(unit)
        chosen = [c for c in self.constraints if c.equality == equality]
        return jnp.concatenate([jnp.zeros(0), *(c.residuals(design) for c in chosen)])


class Parts(NamedTuple):
    """Smooth terms of a problem at a point, or their derivatives.

    Attributes:
        smooth: smooth part of the score.
        hinges: hinges, which are subtracted from it where they are positive.
        inequalities: residuals that must be at least 0, margins first.
        equalities: residuals that must be 0.
    """

    smooth: Any
    hinges: Any
    inequalities: Any
    equalities: Any

    @property
    def score(self) -> float:
        """Score: the smooth part minus the positive hinges."""
        return float(self.smooth - np.maximum(self.hinges, 0.0).sum())


def parts(problem: Problem, unit: Unit) -> Parts:
    """All terms of a problem; each is smooth if the problem is an active piece."""
    return Parts(
        *smooth_and_hinges(problem, unit), inequalities(problem, unit), problem.equalities(unit)
    )


def smooth_and_hinges(problem: Problem, unit: Unit) -> tuple[Float[Array, ""], Float[Array, " h"]]:
    """Smooth part of the score, and its hinges."""
    design, objective = problem.design(unit), problem.objective
    if isinstance(objective, AbstractHinged):
        return objective.smooth_and_hinges(design)
    return jnp.asarray(objective.score(design)), jnp.zeros(0)


def inequalities(problem: Problem, unit: Unit) -> Float[Array, " m"]:
    """Residuals of all inequalities: margins first, then constraints."""
    return jnp.concatenate([problem.slack(unit), problem.inequalities(unit)])


def within(unit: Float[np.ndarray, " d"], reach: float) -> list[tuple[float, float]]:
    """Bounds of the part of the unit cube within `reach` of a point.

    >>> within(np.array([0.02, 0.5]), 0.25)
    [(0.0, 0.27), (0.25, 0.75)]
    """
    return [(max(float(u) - reach, 0.0), min(float(u) + reach, 1.0)) for u in unit]


def as_arrays(tree: Any) -> Any:
    """Pytree with its numbers as arrays, so that they do not become constants when compiled."""

    def as_array(leaf):
        return jnp.asarray(leaf, float) if isinstance(leaf, float | int) else leaf

    return jax.tree.map(as_array, tree)


def _numbered(name: str, size: int) -> list[str]:
    """Names of the residuals of a constraint."""
    if size == 1:
        return [name]
    return [f"{name} ({k} of {size})" for k in range(1, size + 1)]
