"""Result of a search, which prints as a table."""

import enum
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jaxcom import SpinningResonator
from jaxcom.gaussian import clipped
from jaxcom.resonator import PARAMETERS
from jaxcom.support.tables import share, table

from ..box import Box
from ..objectives import AbstractObjective
from ..operating_point import Column, Tabulated
from ..search.evaluation import along_branch, dimension, linearize, on_lowest_branch
from ..search.history import CLOSE, History
from ..search.polish import Polished
from ..search.problem import Problem, as_arrays
from ..search.tables import FIELDS, LARGE_BLOCK, in_blocks, tables
from ..verification import Verified, verify
from .certificate import Certificate, certify

VISIBLE = 1e-3  # relative error of the curvatures from which on the table shows it


class SearchStatus(enum.IntEnum):
    """Outcome of a search; `advice` says what to do about it."""

    CONVERGED = 0
    NOT_CONVERGED = 1
    NOTHING_FEASIBLE = 2

    @property
    def advice(self) -> str:
        """The status as text, with what to do about it."""
        return _ADVICE[self]


_ADVICE = {
    SearchStatus.CONVERGED: "converged",
    SearchStatus.NOT_CONVERGED: "the polish did not converge at the best point found; try more "
    "steps or starts",
    SearchStatus.NOTHING_FEASIBLE: "no start found a design that is stable and satisfies all "
    "constraints; widen the box or relax the constraints",
}


class Side(eqx.Module):
    """One direction of the light at the optimum.

    Attributes:
        log_negativity: E_N by the fast path.
        verified: E_N, margin and photons by `optimize.verify`.
    """

    log_negativity: float
    verified: Verified


class Optimum(eqx.Module):
    """Best design of a search; prints as a table.

    Attributes:
        design: best design.
        value: value of the objective there; NaN if nothing feasible was found.
        verified_value: value from the matrices, see `optimize.verify`; NaN if there is none.
        status: outcome of the search.
        certificate: evidence for the optimum; None if nothing feasible was found.
        start: design that the search was given.
        start_value: value of the objective at `start`; NaN if it is unstable.
        left: E_N, verified E_N and margin for light from the left.
        right: E_N, verified E_N and margin for light from the right.
        gradient: derivative of the score with respect to each free field, in SI units.
        active: free fields that lie on a bound: "lower" or "upper".
        problem: problem of the search.
        unit: coordinates of the design in the unit cube of the box.
        history: scores of all climbs.
        seed: seed of the starts.
    """

    design: SpinningResonator
    value: float
    verified_value: float
    status: SearchStatus
    certificate: Certificate | None
    start: SpinningResonator
    start_value: float
    left: Side
    right: Side
    gradient: dict[str, float]
    active: dict[str, str]
    problem: Problem
    unit: Float[np.ndarray, " d"]
    history: History
    seed: int

    @property
    def objective(self) -> str:
        """Name of the objective."""
        return self.problem.objective.name

    @property
    def box(self) -> Box:
        """Search space."""
        return jax.tree.map(float, self.problem.box)

    @property
    def margin(self) -> float:
        """Required stability margin in rad/s."""
        return float(self.problem.margin)

    def __str__(self) -> str:
        head = ("", "start", "best", "unit", "searched", "slope per unit", "bound")
        rows = [_fields(self), _values(self), _checks(self), _constraints(self), _trust(self)]
        return table(f"Search for maximal {self.objective}: {self.status.advice}", rows, head)


def _fields(best: Optimum) -> list[tuple]:
    box = best.box
    return [
        (
            name,
            getattr(best.start, name),
            getattr(best.design, name),
            PARAMETERS[name].unit,
            f"{box.intervals[name].low:g} .. {box.intervals[name].high:g}",
            best.gradient[name],
            best.active.get(name, ""),
        )
        for name in box.names
    ]


def _values(best: Optimum) -> list[tuple]:
    rows: list[tuple] = [(best.objective, best.start_value, best.value)]
    rows += [(f"E_N({n})", "", side.log_negativity) for n, side in _sides(best)]
    return rows


def _checks(best: Optimum) -> list[tuple]:
    rows: list[tuple] = [("verified by matrices", "", best.verified_value)]
    rows += [(f"E_N({n}) verified", "", s.verified.log_negativity) for n, s in _sides(best)]
    rows += [(f"margin({n})", "", s.verified.margin, "rad/s") for n, s in _sides(best)]
    return [*rows, ("margin required", "", best.margin, "rad/s")]


def _constraints(best: Optimum) -> list[tuple]:
    """Rows of the active constraints."""
    prices = best.certificate.shadow_prices if best.certificate else {}
    return [(f"shadow price of {name}", "", price) for name, price in prices.items()]


def _trust(best: Optimum) -> list[tuple]:
    history, proof = best.history, best.certificate
    rows: list[tuple] = []
    if proof:
        rows += [("KKT residual", "", f"{proof.residual:.1e}")]
        rows += [("curvatures", "", " ".join(f"{c:.3g}" for c in proof.curvatures) or "none")]
        if proof.curvature_error > VISIBLE * np.abs(proof.curvatures).max(initial=0.0):
            rows += [("error of the curvatures", "", f"{proof.curvature_error:.1g}")]
    ever = np.asarray(np.isfinite(history.scores).any(axis=0))
    rows += [("starts ever feasible", "", share(ever))]
    return [*rows, (f"starts within {CLOSE:.0%} of the best", "", share(history.reached))]


def _sides(best: Optimum) -> list[tuple[str, Side]]:
    return [("left", best.left), ("right", best.right)]


def describe(
    problem: Problem,
    best: Polished | None,
    nearest: Float[np.ndarray, " d"],
    polished: Sequence[Polished],
    history: History,
    seed: int,
) -> Optimum:
    """Result of a search, at its best polished point or at the best infeasible one.

    Args:
        problem: problem of the search.
        best: best feasible polished point; None if there is none.
        nearest: coordinates described if there is none.
        polished: all polished points.
        history: scores of all climbs.
        seed: seed of the starts.
    """
    unit = nearest if best is None else best.unit
    objective, start = problem.objective, problem.resonator
    design = as_arrays(problem.design(jnp.asarray(unit)))
    value, sides = _evaluate(objective, design)
    value = jnp.nan if best is None else value
    checks = verify(design)
    verified = jnp.nan if best is None else objective.verified(design)
    proof = None
    if best is not None:
        gap = abs(float(value) - float(verified))
        reached, starts = int(history.reached.sum()), history.reached.size
        proof = certify(
            problem, best, disagreement=gap, reached=reached, starts=starts, others=polished
        )
    return Optimum(
        design=jax.tree.map(float, design),
        value=float(value),
        verified_value=float(verified),
        status=_status(proof),
        certificate=proof,
        start=jax.tree.map(float, start),
        start_value=float(_evaluate(objective, start)[0]),
        left=Side(float(sides[0]), checks.left),
        right=Side(float(sides[1]), checks.right),
        gradient=_per_unit(problem, unit),
        active=_active(problem.box, unit),
        problem=problem,
        unit=unit,
        history=history,
        seed=seed,
    )


def _status(proof: Certificate | None) -> SearchStatus:
    if proof is None:
        return SearchStatus.NOTHING_FEASIBLE
    return SearchStatus.CONVERGED if proof.holds else SearchStatus.NOT_CONVERGED


def _evaluate(
    objective: AbstractObjective, design: SpinningResonator
) -> tuple[float, Float[np.ndarray, "2"]]:
    """Value of the objective, and E_N for light from the left and from the right."""
    fields = np.array([[float(getattr(design, name)) for name in FIELDS]])
    table = in_blocks(tables, LARGE_BLOCK, fields)[0]
    margins = table[:, Column.MARGIN]
    value = _value(objective, design, table)
    sides = np.where(
        margins > 0, np.asarray(clipped(jnp.asarray(table[:, Column.LOG_NEGATIVITY]))), np.nan
    )
    return float(value), sides


@eqx.filter_jit
def _value(objective: AbstractObjective, design: SpinningResonator, table):
    """Value of the objective; NaN where a margin is not positive."""
    point = Tabulated(design, table)
    stable = (objective.margins_at(point) > 0).all()
    return jnp.where(stable, objective.value_at(point), jnp.nan)


def _per_unit(problem: Problem, unit: Float[np.ndarray, " d"]) -> dict[str, float]:
    """Derivatives of the score with respect to the free fields, in SI units."""
    point = on_lowest_branch(problem, unit[None])
    found = linearize(problem, unit[None], point[:, dimension(problem) :])
    slopes = along_branch(found)
    uphill = slopes.smooth[0] - (found.terms.hinges[0] > 0).astype(float) @ slopes.hinges[0]
    return dict(
        zip(problem.box.names, (uphill / problem.box.derivatives(unit)).tolist(), strict=True)
    )


def _active(box: Box, unit: Float[np.ndarray, " d"]) -> dict[str, str]:
    on = {0.0: "lower", 1.0: "upper"}
    return {name: on[u] for name, u in zip(box.names, map(float, unit), strict=True) if u in on}
