"""Table of the constraints of a search: residuals, their scales, and shadow prices."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ..margins import margin_scale
from ..results.optimum import Optimum
from ..search.kkt import ACTIVE
from ..search.polish import FEASIBLE
from .landscape import landscape

SHADOW_PRICE = (
    "The shadow price of an active constraint is its Lagrange multiplier: the gain in the "
    "objective, to first order, per unit by which the residual may fall below 0."
)
"""Definition of a shadow price, as the report prints it."""


class ConstraintRow(NamedTuple):
    """One residual of a constraint at an optimum.

    Attributes:
        name: name of the constraint.
        residual: 0 where the constraint is met exactly; an inequality holds where it is positive.
        scale: scale of the residual, in the unit of the bound; None for a relative residual.
        state: "active", "holds", "met exactly" or "**fails**".
        shadow_price: Lagrange multiplier; None unless the constraint is active.
    """

    name: str
    residual: float
    scale: float | None
    state: str
    shadow_price: float | None


def constraint_rows(best: Optimum) -> list[ConstraintRow]:
    """Rows of the table, one for each residual: inequalities first, margins at their head."""
    here = landscape(best.problem, best.unit)
    inequalities, equalities = best.problem.names()
    return [
        *_rows(best, inequalities, here.inequalities, equality=False),
        *_rows(best, equalities, here.equalities, equality=True),
    ]


def scale_note(best: Optimum) -> str:
    """Definition of the residuals in terms of their scales, as the report prints it."""
    return (
        "The residual is (value - bound) / scale, with the sign that makes it positive where the "
        "constraint holds. The "
        f"bound of the objective's own margins is {best.margin:g} rad/s. Scales have the unit of "
        "the bound; without a scale the residual is relative."
    )


def _rows(
    best: Optimum, names: list[str], residuals: Float[np.ndarray, " m"], equality: bool
) -> list[ConstraintRow]:
    prices = best.certificate.shadow_prices if best.certificate else {}
    scales = _scales(best, len(names), equality)
    return [
        ConstraintRow(
            name, _without_rounding(residual), scale, _state(residual, equality), prices.get(name)
        )
        for name, residual, scale in zip(names, residuals, scales, strict=True)
    ]


def _scales(best: Optimum, count: int, equality: bool) -> list[float | None]:
    """Scales of the inequalities or equalities; what no constraint accounts for are margins."""
    problem, design = best.problem, best.design
    scales = [
        constraint.residual_scale(design)
        for constraint in problem.constraints
        if constraint.equality == equality
        for _ in range(constraint.residuals(design).size)
    ]
    omega_m = float(design.omega_m)
    margin = float(margin_scale(best.margin / omega_m)) * omega_m
    return [margin] * (count - len(scales)) + scales


def _without_rounding(residual: float) -> float:
    return 0.0 if abs(residual) < FEASIBLE else float(residual)


def _state(residual: float, equality: bool) -> str:
    if abs(residual) < ACTIVE:
        return "met exactly" if equality else "active"
    return "holds" if residual > 0 and not equality else "**fails**"
