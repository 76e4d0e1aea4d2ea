"""What a search returns, and how it prints."""

import enum
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from jaxcom import SpinningResonator
from jaxcom.resonator import PARAMETERS
from jaxcom.support.tables import table

from ..box import Box
from ..objectives import AbstractObjective, both_sides
from ..search.evaluation import parts_and_slopes
from ..search.history import CLOSE, History
from ..search.polish import Polished
from ..search.problem import Problem, as_arrays
from ..verification import Verified, verify
from .certificate import Certificate, certify


class SearchStatus(enum.IntEnum):
    """How a search ended; `advice` says what to do about it."""

    CONVERGED = 0
    NOT_CONVERGED = 1
    NOTHING_FEASIBLE = 2

    @property
    def advice(self) -> str:
        """The status in words."""
        return _ADVICE[self]


_ADVICE = {
    SearchStatus.CONVERGED: "converged",
    SearchStatus.NOT_CONVERGED: "best point found, but the polish did not converge to it; try "
    "more steps or starts",
    SearchStatus.NOTHING_FEASIBLE: "no start found a design that is stable and meets all "
    "constraints; widen the box or ask for less",
}


class Side(eqx.Module):
    """One direction of light at the optimum: the fast path's E_N and the independent check."""

    log_negativity: float
    verified: Verified


class Optimum(eqx.Module):
    """The best design of a search; prints as a table.

    Attributes:
        design: the best design.
        value: of the objective there; NaN if nothing feasible was found.
        verified_value: the value by an independent path; NaN where there is none.
        status: how the search ended.
        certificate: what speaks for it; None if nothing feasible was found.
        start: the design that the search was given.
        start_value: of the objective there; NaN if it is unstable.
        left: E_N, verified E_N and margin for light from the left.
        right: the same for light from the right.
        gradient: of the objective by each free field, in SI units.
        active: the free fields that lie on a bound: "lower" or "upper".
        problem: what was searched.
        unit: where in the unit cube of the box the design is.
        history: the climb of all starts.
        seed: of the starts.
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
        """The name of what was maximised."""
        return self.problem.objective.name

    @property
    def box(self) -> Box:
        """The search space, in numbers."""
        return jax.tree.map(float, self.problem.box)

    @property
    def margin(self) -> float:
        """Of stability that was asked for, in rad/s."""
        return float(self.problem.margin)

    def __str__(self) -> str:
        head = ("", "start", "best", "unit", "searched", "slope per unit", "bound")
        rows = [_fields(self), _values(self), _checks(self), _constraints(self), _trust(self)]
        blocks = [_padded(block, len(head)) for block in rows]
        return table(f"Search for maximal {self.objective}: {self.status.advice}", blocks, head)


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
    rows: list[tuple] = [("by an independent path", "", best.verified_value)]
    rows += [(f"E_N({n}) verified", "", s.verified.log_negativity) for n, s in _sides(best)]
    return rows + [(f"margin({n})", "", s.verified.margin, "rad/s") for n, s in _sides(best)]


def _constraints(best: Optimum) -> list[tuple]:
    """What each constraint that is active costs."""
    prices = best.certificate.prices if best.certificate else {}
    return [(f"price of {name}", "", price) for name, price in prices.items()]


def _trust(best: Optimum) -> list[tuple]:
    history, proof = best.history, best.certificate
    rows: list[tuple] = []
    if proof:
        rows += [("residual of the KKT conditions", "", f"{proof.residual:.1e}")]
        rows += [("curvatures", "", " ".join(f"{c:.3g}" for c in proof.curvatures) or "none")]
    ever = np.asarray(np.isfinite(history.scores).any(axis=0))
    rows += [("starts ever feasible", "", _share(ever))]
    return [*rows, (f"starts within {CLOSE:.0%} of the best", "", _share(history.reached))]


def _sides(best: Optimum) -> list[tuple[str, Side]]:
    return [("left", best.left), ("right", best.right)]


def _share(chosen: Bool[np.ndarray, " n"]) -> str:
    return f"{chosen.sum()} of {chosen.size}"


def _padded(rows, width: int) -> list[tuple]:
    """The rows with empty cells to the width of the table."""
    return [(*row, *[""] * (width - len(row))) for row in rows]


def describe(
    problem: Problem,
    best: Polished | None,
    nearest: Float[np.ndarray, " d"],
    polished: Sequence[Polished],
    history: History,
    seed: int,
) -> Optimum:
    """The optimum at the best polished point, or what is known of the point nearest to one."""
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


@eqx.filter_jit
def _evaluate(objective: AbstractObjective, design: SpinningResonator):
    """The value of the objective, and E_N for light from the left and from the right."""
    return objective(design), both_sides(design)


def _per_unit(problem: Problem, unit: Float[np.ndarray, " d"]) -> dict[str, float]:
    """Slopes of the score by the coordinates as slopes by the fields, in SI units."""
    box, at = problem.box, jnp.asarray(unit)
    here, slopes = parts_and_slopes(problem.facing(at), at)
    uphill = slopes.smooth - (here.hinges > 0).astype(float) @ slopes.hinges
    stretch = [jax.grad(box.intervals[name].at)(u) for name, u in zip(box.names, at, strict=True)]
    return {
        name: float(slope / width)
        for name, slope, width in zip(box.names, uphill, stretch, strict=True)
    }


def _active(box: Box, unit: Float[np.ndarray, " d"]) -> dict[str, str]:
    on = {0.0: "lower", 1.0: "upper"}
    return {name: on[u] for name, u in zip(box.names, map(float, unit), strict=True) if u in on}
