"""What is searched: an objective and its constraints as functions over the unit cube of a box."""

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
    """An objective over a box of designs, and what they must satisfy.

    Attributes:
        objective: what is maximised.
        resonator: gives all fields that the box does not free.
        box: the free fields and their bounds.
        margin: of stability, in rad/s, in all directions of the objective.
        constraints: further ones.
    """

    objective: AbstractObjective
    resonator: SpinningResonator
    box: Box
    margin: Any
    constraints: tuple[AbstractConstraint, ...] = ()

    def design(self, unit: Unit) -> SpinningResonator:
        """The design at a point of the unit cube."""
        return self.box.design(self.resonator, unit)

    def score(self, unit: Unit) -> Float[Array, ""]:
        """What the search climbs; NaN where a direction is unstable."""
        return self.objective.score(self.design(unit))

    def slack(self, unit: Unit) -> Float[Array, " m"]:
        """How far the margins of stability lie above the one asked for; see `excess_margin`."""
        design = self.design(unit)
        return excess_margin(self.objective.margins(design), self.margin / design.omega_m)

    def keeps_margin(self, unit: Unit) -> Bool[Array, ""]:
        """Is no slack negative? Quicker to tell than the slack."""
        design = self.design(unit)
        return self.objective.keeps(design, self.margin / design.omega_m)

    def inequalities(self, unit: Unit) -> Float[Array, " m"]:
        """The residuals of the constraints that must not be negative."""
        return self._residuals(unit, equality=False)

    def equalities(self, unit: Unit) -> Float[Array, " k"]:
        """The residuals of the constraints that must be 0."""
        return self._residuals(unit, equality=True)

    def facing(self, unit: Unit) -> "Problem":
        """The problem with the smooth piece of the objective on which a point lies."""
        if not isinstance(self.objective, AbstractHinged):
            return self
        piece = self.objective.facing(self.design(unit))
        return eqx.tree_at(lambda problem: problem.objective, self, piece)

    def names(self) -> tuple[list[str], list[str]]:
        """Of the inequalities, margins first, and of the equalities: one for each residual."""
        unit = jnp.full(len(self.box.names), 0.5)
        margins = jax.eval_shape(self.slack, unit).size
        names = [_numbered("margin of stability", k, margins) for k in range(margins)]
        if margins == len(self.objective.directions):
            names = [f"margin({side.name.lower()})" for side in self.objective.directions]
        groups: tuple[list[str], list[str]] = (names, [])
        for constraint in self.constraints:
            size = jax.eval_shape(lambda u, c=constraint: c.residuals(self.design(u)), unit).size
            names = [_numbered(constraint.name, k, size) for k in range(size)]
            groups[constraint.equality].extend(names)
        return groups

    def _residuals(self, unit: Unit, equality: bool) -> Float[Array, " m"]:
        design = self.design(unit)
        chosen = [c for c in self.constraints if c.equality == equality]
        return jnp.concatenate([jnp.zeros(0), *(c.residuals(design) for c in chosen)])


class Parts(NamedTuple):
    """The smooth functions that a problem is made of, at a point, or their derivatives there.

    Attributes:
        smooth: what is maximised, less the hinges.
        hinges: which count against it where they are positive.
        inequalities: at least 0: margins first.
        equalities: 0.
    """

    smooth: Any
    hinges: Any
    inequalities: Any
    equalities: Any

    @property
    def score(self) -> float:
        """The score that the smooth part and the hinges make."""
        return float(self.smooth - np.maximum(self.hinges, 0.0).sum())


def parts(problem: Problem, unit: Unit) -> Parts:
    """All parts of a problem; of one that faces a smooth piece, smooth each."""
    return Parts(*pieces(problem, unit), inequalities(problem, unit), problem.equalities(unit))


def pieces(problem: Problem, unit: Unit) -> tuple[Float[Array, ""], Float[Array, " h"]]:
    """The smooth part of the score, and its hinges."""
    design, objective = problem.design(unit), problem.objective
    if isinstance(objective, AbstractHinged):
        return objective.pieces(design)
    return jnp.asarray(objective.score(design)), jnp.zeros(0)


def inequalities(problem: Problem, unit: Unit) -> Float[Array, " m"]:
    """The residuals of all that must not be negative: margins first."""
    return jnp.concatenate([problem.slack(unit), problem.inequalities(unit)])


def within(unit: Float[np.ndarray, " d"], reach: float) -> list[tuple[float, float]]:
    """Bounds of the part of the unit cube within reach of a point.

    >>> within(np.array([0.02, 0.5]), 0.25)
    [(0.0, 0.27), (0.25, 0.75)]
    """
    return [(max(float(u) - reach, 0.0), min(float(u) + reach, 1.0)) for u in unit]


def as_arrays(tree: Any) -> Any:
    """Numbers as arrays: arguments of what is compiled, not constants of it."""

    def as_array(leaf):
        return jnp.asarray(leaf, float) if isinstance(leaf, float | int) else leaf

    return jax.tree.map(as_array, tree)


def _numbered(name: str, k: int, size: int) -> str:
    return name if size == 1 else f"{name} ({k + 1} of {size})"
