"""What a search returns, and how it prints."""

import enum

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxcom import SpinningResonator
from jaxcom.resonator import PARAMETERS
from jaxcom.tables import table
from optimize.box import Box
from optimize.objectives import AbstractObjective, both_sides
from optimize.verification import Verified, verify

ACTIVE = 1e-9  # of the width of its interval: how near a bound a field counts as on it
CLOSE = 0.01  # of the best score: how near it a start counts as having reached it


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
    SearchStatus.NOTHING_FEASIBLE: "no start found a stable design; widen the box or lower the "
    "margin",
}


class History(eqx.Module):
    """The climb of all starts.

    Attributes:
        scores: of each start at each step; NaN where the design was infeasible.
    """

    scores: Float[np.ndarray, "steps starts"]

    @property
    def best(self) -> Float[np.ndarray, " steps"]:
        """The best score up to each step; -inf before anything feasible was met."""
        return np.maximum.accumulate(np.nan_to_num(self.scores, nan=-np.inf).max(axis=1))

    @property
    def reached(self) -> Bool[np.ndarray, " starts"]:
        """Which starts have come within `CLOSE` of the best score."""
        peaks = np.nan_to_num(self.scores, nan=-np.inf).max(axis=0)
        return np.isfinite(peaks) & (peaks >= self.best[-1] - CLOSE * abs(self.best[-1]))

    @property
    def feasible(self) -> Float[np.ndarray, " steps"]:
        """The share of starts that are feasible, at each step."""
        return np.isfinite(self.scores).mean(axis=1)


class Side(eqx.Module):
    """One direction of light at the optimum: the fast path's E_N and the independent check."""

    log_negativity: float
    verified: Verified


class Optimum(eqx.Module):
    """The best design of a search; prints as a table.

    Attributes:
        design: the best design.
        value: of the objective there; NaN if nothing feasible was found.
        verified_value: the value by the independent path; NaN for an objective of the user's.
        status: how the search ended.
        start: the design that the search was given.
        start_value: of the objective there; NaN if it is unstable.
        left: E_N, verified E_N and margin for light from the left.
        right: the same for light from the right.
        gradient: of the objective by each free field, in SI units.
        active: the free fields that lie on a bound: "lower" or "upper".
        box: the search space.
        margin: of stability that was asked for, in rad/s.
        history: the climb of all starts.
        objective: its name.
        seed: of the starts.
    """

    design: SpinningResonator
    value: float
    verified_value: float
    status: SearchStatus
    start: SpinningResonator
    start_value: float
    left: Side
    right: Side
    gradient: dict[str, float]
    active: dict[str, str]
    box: Box
    margin: float
    history: History
    objective: str
    seed: int

    def __str__(self) -> str:
        head = ("", "start", "best", "unit", "searched", "slope per unit", "bound")
        fields = [
            (
                name,
                getattr(self.start, name),
                getattr(self.design, name),
                PARAMETERS[name].unit,
                f"{self.box.intervals[name].low:g} .. {self.box.intervals[name].high:g}",
                self.gradient[name],
                self.active.get(name, ""),
            )
            for name in self.box.names
        ]
        sides = [("left", self.left), ("right", self.right)]
        values = [(self.objective, self.start_value, self.value)]
        values += [(f"E_N({n})", "", side.log_negativity) for n, side in sides]
        checks = [(f"E_N({n}) verified", "", s.verified.log_negativity) for n, s in sides]
        checks += [(f"margin({n})", "", s.verified.margin, "rad/s") for n, s in sides]
        scores = self.history.scores
        shares = [
            ("starts ever feasible", "", _share(np.asarray(np.isfinite(scores).any(axis=0)))),
            (f"starts within {CLOSE:.0%} of the best", "", _share(self.history.reached)),
        ]
        blocks = [_padded(rows, len(head)) for rows in (fields, values, checks, shares)]
        return table(f"Search for maximal {self.objective}: {self.status.advice}", blocks, head)


def _share(chosen: Bool[np.ndarray, " n"]) -> str:
    return f"{chosen.sum()} of {chosen.size}"


def _padded(rows, width: int) -> list[tuple]:
    """The rows with empty cells to the width of the table."""
    return [(*row, *[""] * (width - len(row))) for row in rows]


def describe(
    problem, unit: Float[Array, " d"], slopes, status: SearchStatus, history: History, seed: int
) -> Optimum:
    """The optimum at a point of the unit cube where the score has the slopes given."""
    box: Box = problem.box
    objective: AbstractObjective = problem.objective
    start = problem.resonator
    design = as_arrays(box.design(start, _snapped(unit)))
    value, sides = _evaluate(objective, design)
    value = jnp.nan if status is SearchStatus.NOTHING_FEASIBLE else value
    checks = verify(design)
    left, right = (Side(float(e), check) for e, check in zip(sides, checks, strict=True))
    verified = objective.recombine(*(jnp.asarray(check.log_negativity) for check in checks))
    return Optimum(
        design=jax.tree.map(float, design),
        value=float(value),
        verified_value=float(verified),
        status=status,
        start=jax.tree.map(float, start),
        start_value=float(_evaluate(objective, start)[0]),
        left=left,
        right=right,
        gradient=_per_unit(box, unit, slopes),
        active=_active(box, unit),
        box=box,
        margin=float(problem.margin),
        history=history,
        objective=objective.name,
        seed=seed,
    )


def as_arrays(tree):
    """Numbers as arrays: arguments of what is compiled, not constants of it."""
    return jax.tree.map(lambda number: jnp.asarray(number, float), tree)


@eqx.filter_jit
def _evaluate(objective: AbstractObjective, design: SpinningResonator):
    """The value of the objective, and E_N for light from the left and from the right."""
    return objective(design), both_sides(design)


def _per_unit(box: Box, unit: Float[Array, " d"], slopes) -> dict[str, float]:
    """Slopes by the coordinates as slopes by the fields, in SI units."""
    stretch = [jax.grad(box.intervals[name].at)(u) for name, u in zip(box.names, unit, strict=True)]
    return {
        name: float(slope / width)
        for name, slope, width in zip(box.names, slopes, stretch, strict=True)
    }


def _snapped(unit: Float[Array, " d"]) -> Float[Array, " d"]:
    """Coordinates within rounding of a bound, on it."""
    unit = jnp.where(unit < ACTIVE, 0.0, unit)
    return jnp.where(unit > 1 - ACTIVE, 1.0, unit)


def _active(box: Box, unit: Float[Array, " d"]) -> dict[str, str]:
    on = {0.0: "lower", 1.0: "upper"}
    snapped = [float(u) for u in _snapped(unit)]
    return {name: on[u] for name, u in zip(box.names, snapped, strict=True) if u in on}
