"""Event functions: numbers that stay non-negative as long as the working set is the right one."""

from typing import NamedTuple

import numpy as np

from ..search.kkt import ActiveSet
from ..search.problem import Problem
from .active_set import LocalModel, WorkingSet
from .path import EventKind

ROUNDING = 1e-9  # relative to the largest gradient: a multiplier below this counts as 0


class EventFunction(NamedTuple):
    """Number that turns negative at an event, and the event.

    Attributes:
        value: the number at the point examined.
        kind: what happens where it turns negative.
        subject: name of the bound, constraint or hinge to which it happens.
        next_set: working set beyond the event; None where none is known.
    """

    value: float
    kind: EventKind
    subject: str
    next_set: WorkingSet | None


class ConstraintNames(NamedTuple):
    """Names of the hinges, inequalities and coordinates of a problem."""

    hinges: list[str]
    inequalities: list[str]
    coordinates: tuple[str, ...]


def constraint_names(problem: Problem, hinges: int) -> ConstraintNames:
    """Names of the parts of a problem with that many hinges, and of its free fields."""
    numbered = [f"hinge {k + 1}" for k in range(hinges)] if hinges > 1 else ["hinge"] * hinges
    return ConstraintNames(numbered, problem.row_names(), problem.box.names)


def event_functions(model: LocalModel, names: ConstraintNames) -> list[EventFunction]:
    """All event functions of a working set at a point."""
    of_constraints = _of_hinges(model, names) + _of_inequalities(model, names)
    of_curvature = EventFunction(-model.excess_curvature, EventKind.NO_MAXIMUM, "the optimum", None)
    return [*of_constraints, *_of_bounds(model, names), of_curvature]


def critical_event(model: LocalModel, names: ConstraintNames) -> EventFunction:
    """Event function with the smallest value."""
    return min(event_functions(model, names), key=lambda function: function.value)


def active_names(model: LocalModel, names: ConstraintNames) -> tuple[str, ...]:
    """Names of the hinges, constraints and bounds that the working set keeps at 0."""
    active, fields = model.working_set.active, names.coordinates
    return (
        *(f"edge of the {names.hinges[k]}" for k in active.edges),
        *(names.inequalities[k] for k in active.inequalities),
        *(f"lower bound of {fields[k]}" for k in active.lower),
        *(f"upper bound of {fields[k]}" for k in active.upper),
    )


def _of_hinges(model: LocalModel, names: ConstraintNames) -> list[EventFunction]:
    """Event functions of hinges: multipliers in 0..1 at the edge, else the sign of the hinge."""
    found: list[EventFunction] = []
    positive, active = model.working_set
    for k, name in enumerate(names.hinges):
        edge = f"edge of the {name}"
        factor, height = -float(model.weights.hinges[k]), float(model.parts.hinges[k])
        if k in active.edges:
            off = WorkingSet(positive, _without(active, "edges", k))
            full = WorkingSet(np.union1d(positive, [k]), off.active)
            found.append(EventFunction(factor, EventKind.DEACTIVATED, edge, off))
            found.append(EventFunction(1.0 - factor, EventKind.DEACTIVATED, edge, full))
        else:
            at_edge = WorkingSet(np.setdiff1d(positive, [k]), _with(active, "edges", k))
            distance = height if k in positive else -height
            found.append(EventFunction(distance, EventKind.ACTIVATED, edge, at_edge))
    return found


def _of_inequalities(model: LocalModel, names: ConstraintNames) -> list[EventFunction]:
    """Event functions of inequalities: the multiplier where active, else the residual."""
    found: list[EventFunction] = []
    positive, active = model.working_set
    for k, name in enumerate(names.inequalities):
        multiplier, residual = model.weights.inequalities[k], model.parts.inequalities[k]
        if k in active.inequalities:
            free = WorkingSet(positive, _without(active, "inequalities", k))
            found.append(EventFunction(float(multiplier), EventKind.DEACTIVATED, name, free))
        else:
            held = WorkingSet(positive, _with(active, "inequalities", k))
            found.append(EventFunction(float(residual), EventKind.ACTIVATED, name, held))
    return found


def _of_bounds(model: LocalModel, names: ConstraintNames) -> list[EventFunction]:
    """Event functions of bounds: the outward slope where active, else the distance."""
    outward = model.lagrangian_gradient[: model.dimension]
    sides = [("lower", model.unit, -outward), ("upper", 1 - model.unit, outward)]
    found: list[EventFunction] = []
    positive, active = model.working_set
    held = np.concatenate([active.lower, active.upper])
    rounding = ROUNDING * float(np.abs(model.slopes.smooth).max())
    for side, distance, push in sides:
        for k, name in enumerate(names.coordinates):
            bound = f"{side} bound of {name}"
            if k in getattr(active, side):
                inside = WorkingSet(positive, _without(active, side, k))
                multiplier = rounding + float(push[k])
                found.append(EventFunction(multiplier, EventKind.DEACTIVATED, bound, inside))
            elif k not in held:
                on_bound = WorkingSet(positive, _with(active, side, k))
                found.append(
                    EventFunction(float(distance[k]), EventKind.ACTIVATED, bound, on_bound)
                )
    return found


def _with(active: ActiveSet, group: str, k: int) -> ActiveSet:
    return active._replace(**{group: np.union1d(getattr(active, group), [k])})


def _without(active: ActiveSet, group: str, k: int) -> ActiveSet:
    return active._replace(**{group: np.setdiff1d(getattr(active, group), [k])})
