"""What tells that a regime has ended: numbers that are positive as long as it is the right one."""

from typing import NamedTuple

import numpy as np

from ..search.kkt import Active
from ..search.problem import Problem
from .path import Change
from .regime import Local, Regime

ROUNDING = 1e-9  # of the steepest slope: what counts as 0 of a multiplier


class Guard(NamedTuple):
    """A number that must not be negative, and what happens where it becomes so.

    Attributes:
        value: the number.
        change: what happens.
        what: to what.
        after: the regime that follows; None where none is known.
    """

    value: float
    change: Change
    what: str
    after: Regime | None


class Names(NamedTuple):
    """What the guards call the parts and the coordinates of a problem."""

    hinges: list[str]
    inequalities: list[str]
    coordinates: tuple[str, ...]


def names_of(problem: Problem, hinges: int) -> Names:
    """The names of a problem's parts, and its free fields."""
    numbered = [f"hinge {k + 1}" for k in range(hinges)] if hinges > 1 else ["hinge"] * hinges
    return Names(numbered, problem.names()[0], problem.box.names)


def guards(seen: Local, names: Names) -> list[Guard]:
    """All guards of a regime at a point."""
    of_constraints = _of_hinges(seen, names) + _of_inequalities(seen, names)
    of_curvature = Guard(-seen.rise, Change.TURNED, "the maximum", None)
    return [*of_constraints, *_of_bounds(seen, names), of_curvature]


def weakest(seen: Local, names: Names) -> Guard:
    """The least of the guards."""
    return min(guards(seen, names), key=lambda guard: guard.value)


def active_names(seen: Local, names: Names) -> tuple[str, ...]:
    """What a regime keeps at 0, in words."""
    active, fields = seen.regime.active, names.coordinates
    return (
        *(f"edge of the {names.hinges[k]}" for k in active.edges),
        *(names.inequalities[k] for k in active.inequalities),
        *(f"lower bound of {fields[k]}" for k in active.lower),
        *(f"upper bound of {fields[k]}" for k in active.upper),
    )


def _of_hinges(seen: Local, names: Names) -> list[Guard]:
    """A hinge stays at its edge while its factor is between 0 and 1, else on its side of 0."""
    found: list[Guard] = []
    on, active = seen.regime
    for k, name in enumerate(names.hinges):
        what = f"edge of the {name}"
        factor, height = -float(seen.weights.hinges[k]), float(seen.here.hinges[k])
        if k in active.edges:
            off = Regime(on, _without(active, "edges", k))
            full = Regime(np.union1d(on, [k]), off.active)
            found.append(Guard(factor, Change.LEFT, what, off))
            found.append(Guard(1.0 - factor, Change.LEFT, what, full))
        else:
            edge = Regime(np.setdiff1d(on, [k]), _with(active, "edges", k))
            found.append(Guard(height if k in on else -height, Change.MET, what, edge))
    return found


def _of_inequalities(seen: Local, names: Names) -> list[Guard]:
    """What is active presses; the others hold."""
    found: list[Guard] = []
    on, active = seen.regime
    for k, name in enumerate(names.inequalities):
        pressure, slack = seen.weights.inequalities[k], seen.here.inequalities[k]
        if k in active.inequalities:
            free = Regime(on, _without(active, "inequalities", k))
            found.append(Guard(float(pressure), Change.LEFT, name, free))
        else:
            held = Regime(on, _with(active, "inequalities", k))
            found.append(Guard(float(slack), Change.MET, name, held))
    return found


def _of_bounds(seen: Local, names: Names) -> list[Guard]:
    """What is on a bound is pushed against it; the others are inside."""
    sides = [("lower", seen.unit, -seen.uphill), ("upper", 1 - seen.unit, seen.uphill)]
    found: list[Guard] = []
    on, active = seen.regime
    held = np.concatenate([active.lower, active.upper])
    rounding = ROUNDING * float(np.abs(seen.slopes.smooth).max())
    for side, distance, push in sides:
        for k, name in enumerate(names.coordinates):
            what = f"{side} bound of {name}"
            if k in getattr(active, side):
                inside = Regime(on, _without(active, side, k))
                found.append(Guard(rounding + float(push[k]), Change.LEFT, what, inside))
            elif k not in held:
                bound = Regime(on, _with(active, side, k))
                found.append(Guard(float(distance[k]), Change.MET, what, bound))
    return found


def _with(active: Active, group: str, k: int) -> Active:
    return active._replace(**{group: np.union1d(getattr(active, group), [k])})


def _without(active: Active, group: str, k: int) -> Active:
    return active._replace(**{group: np.setdiff1d(getattr(active, group), [k])})
