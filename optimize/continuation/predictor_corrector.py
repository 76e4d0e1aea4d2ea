"""Steps of the continuation: tangent predictor, Newton corrector, location of events."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq

from ..results.certificate import BALANCED
from ..search import kkt
from ..search.evaluation import Evaluator
from ..search.polish import polish
from .active_set import (
    LocalModel,
    WorkingSet,
    local_model,
    newton_step,
    tangent,
    working_set_at,
)
from .event_functions import ConstraintNames, critical_event
from .parameter import ParameterInterval
from .path import Event, EventKind

FIRST_STEP = 0.02  # of the parameter interval
LONGEST_STEP = 0.1
SHORTEST_STEP = 1e-4  # also the distance beyond an event at which the path continues
TARGET_ERROR = 0.003  # of the unit cube: error of a prediction that the step control aims at
TOO_FAR = 0.03  # of the unit cube: a prediction or polish that is off by more leads elsewhere
NEWTON_STEPS = 8
WORKING_SETS = 4  # that may follow one another at one value of the parameter
SADDLE_OFFSET = 0.01  # of the unit cube: how far a saddle is left before the next polish
CONVERGED = 1e-11  # of the unit cube: the last Newton step
ROUNDING = 1e-8  # of the unit cube: Newton steps that no longer shrink, as at edges of stability

Vector = Float[np.ndarray, " z"]


class ContinuationState(NamedTuple):
    """Point of the path and the local model of the problem there.

    Attributes:
        t: position in the parameter interval, from 0 to 1.
        model: values and derivatives for the working set that is followed.
        newton_steps: number of steps that the corrector took.
        secant: change of the point per t since the point before; None for the first point.
    """

    t: float
    model: LocalModel
    newton_steps: int = 0
    secant: Vector | None = None

    @property
    def point(self) -> Vector:
        """Coordinates in the unit cube, then mean-field shifts."""
        return self.model.point

    @property
    def unit(self) -> Float[np.ndarray, " d"]:
        """Coordinates in the unit cube."""
        return self.model.unit


def next_state(
    interval: ParameterInterval, here: ContinuationState, target: float, step: float
) -> tuple[ContinuationState | None, float]:
    """Next point of the same working set, None if there is none, and the step to try after it."""
    direction = here.secant if here.model.is_uncertain else None
    if direction is None:
        direction = tangent(here.model, *interval.rates(here.t, here.point))
    while step >= SHORTEST_STEP:
        t = min(here.t + step, target)
        predicted = here.point + (t - here.t) * direction
        found = _settled(interval, here, predicted, t)
        if found is not None and (error := distance(found, predicted)) <= TOO_FAR:
            # The error of the prediction is quadratic in the step.
            growth = np.clip(np.sqrt(TARGET_ERROR / max(error, 1e-12)), 0.3, 2.0)
            eased = min(growth, 1.0) if found.newton_steps > NEWTON_STEPS // 2 else growth
            found = found._replace(secant=(found.point - here.point) / (t - here.t))
            return found, float(np.clip(step * eased, SHORTEST_STEP, LONGEST_STEP))
        step = (t - here.t) / 2
    return None, FIRST_STEP


def corrected(
    interval: ParameterInterval, working_set: WorkingSet, point: Vector, t: float
) -> ContinuationState | None:
    """Solution of the first-order conditions near a point; None if Newton's method fails."""
    evaluator, last = Evaluator(interval.problem_at(t)), np.inf
    for count in range(1, NEWTON_STEPS + 1):
        model = local_model(evaluator, working_set, point)
        if model is None:
            return None
        step = newton_step(model)
        size = np.abs(step).max()
        if size <= CONVERGED or last / 2 < size <= ROUNDING:
            return ContinuationState(t, model, count) if model.residual <= BALANCED else None
        point, last = point + step, size
    return None


def _settled(
    interval: ParameterInterval, here: ContinuationState, point: Vector, t: float
) -> ContinuationState | None:
    """Solution near a point for the working set of a state.

    Newton's method finds it, or a polish where hessians are too uncertain, as they may be at the
    edge of stability.
    """
    found = corrected(interval, here.model.working_set, point, t)
    if found is not None or not here.model.is_uncertain:
        return found
    return _polished_with_same_set(interval, here, point[: here.unit.size], t)


def _polished_with_same_set(
    interval: ParameterInterval, here: ContinuationState, unit: np.ndarray, t: float
) -> ContinuationState | None:
    """Polished maximum near coordinates, if its working set is that of a state."""
    found = polished_state(interval, t, unit)
    if found is None or distance(found, unit) > TOO_FAR:
        return None
    return found if found.model.working_set.equals(here.model.working_set) else None


def without_event(
    interval: ParameterInterval, here: ContinuationState, ahead: ContinuationState
) -> ContinuationState | None:
    """Polished next point if an uncertain hessian has feigned an event; None if it has not."""
    if not here.model.is_uncertain:
        return None
    return _polished_with_same_set(interval, here, ahead.unit, ahead.t)


def located_event(
    interval: ParameterInterval,
    here: ContinuationState,
    ahead: ContinuationState,
    names: ConstraintNames,
) -> ContinuationState:
    """Last point of a working set, where the first of its event functions reaches 0."""

    def state(t: float) -> ContinuationState | None:
        share = (t - here.t) / (ahead.t - here.t)
        between = here.point + share * (ahead.point - here.point)
        return _settled(interval, here, between, t)

    def smallest(t: float) -> float:
        found = state(t)
        return -1.0 if found is None else critical_event(found.model, names).value

    if smallest(here.t) <= 0:
        return here
    root: Any = brentq(smallest, here.t, ahead.t, xtol=1e-12)
    return state(root) or here


def state_after_event(
    interval: ParameterInterval, last: ContinuationState, target: float, names: ConstraintNames
) -> tuple[ContinuationState | None, list[Event]]:
    """Point a little beyond the end of a working set, and the events in between.

    The working set that follows is tried; if it ends at once, the next one; then a polish, which
    does not tell the events.
    """
    critical, events = critical_event(last.model, names), []
    t = min(last.t + SHORTEST_STEP, target)
    for _ in range(WORKING_SETS):
        events.append(Event(interval.value(last.t), critical.kind, critical.subject))
        if critical.next_set is None:
            break
        ahead = corrected(interval, critical.next_set, _snapped(last), t)
        if ahead is None or distance(ahead, last.unit) > TOO_FAR:
            break
        critical = critical_event(ahead.model, names)
        if critical.value >= 0:
            return ahead, events
    known = [event for event in events if event.kind is EventKind.NO_MAXIMUM]
    return polished_beyond(interval, last, target, (SHORTEST_STEP, FIRST_STEP)), known


def polished_beyond(
    interval: ParameterInterval, last: ContinuationState, target: float, steps: Sequence[float]
) -> ContinuationState | None:
    """Polished maximum beyond a point: the first one nearby, else the last one found."""
    found = None
    for step in steps:
        ahead = polished_state(interval, min(last.t + step, target), last.unit)
        if ahead is not None and distance(ahead, last.unit) <= TOO_FAR:
            return ahead
        found = ahead or found
    return found


def polished_state(interval: ParameterInterval, t: float, unit: Vector) -> ContinuationState | None:
    """Maximum to which a polish leads, past a saddle if need be; None if there is none."""
    state = _stationary_state(interval, t, unit)
    if state is None or state.model.excess_curvature <= 0:
        return state
    upwards = state.model.curvatures[1][-1]
    return _stationary_state(interval, t, np.clip(state.unit + SADDLE_OFFSET * upwards, 0.0, 1.0))


def _stationary_state(
    interval: ParameterInterval, t: float, unit: Vector
) -> ContinuationState | None:
    """Point to which a polish leads; None unless the first-order conditions hold there."""
    problem = interval.problem_at(t)
    found = polish(problem, unit)
    if not found.feasible or found.conditions.residual > BALANCED:
        return None
    model = local_model(Evaluator(problem), working_set_at(found.conditions), found.point)
    return None if model is None else ContinuationState(t, model)


def distance(state: ContinuationState, point: Vector) -> float:
    """Largest difference of coordinates between a state and a point."""
    return float(np.abs(state.unit - point[: state.unit.size]).max())


def _snapped(state: ContinuationState) -> Vector:
    """Point of a state, with coordinates within rounding of a bound moved onto it."""
    return np.concatenate([kkt.snapped(state.unit), state.point[state.unit.size :]])
