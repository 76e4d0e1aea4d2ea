"""Continuation of an optimum along a parameter, by predictor and corrector.

Where the active set changes, the event is located and the path continues with the active set that
follows. Where none is known, because the point is no longer a maximum or Newton's method fails, the
last point is polished again a little beyond.
"""

from collections.abc import Sequence

import numpy as np

from jaxcom.xla.precision import require_x64

from ..results.optimum import Optimum
from ..search import kkt
from ..search.problem import Problem, as_arrays
from ..search.sampling import require_counts
from ..search.search import SAME, SearchOptions, search
from .active_set import weighted
from .event_functions import ConstraintNames, active_names, constraint_names, critical_event
from .parameter import ParameterInterval, require_parameter, with_field
from .path import CompetingOptimum, Event, EventKind, Path, PathPoint, PathStatus, design_at
from .predictor_corrector import (
    FIRST_STEP,
    SHORTEST_STEP,
    TOO_FAR,
    ContinuationState,
    distance,
    located_event,
    next_state,
    polished_beyond,
    polished_state,
    state_after_event,
    without_event,
)


def trace(
    start: Optimum | Problem,
    field: str,
    values: Sequence[float],
    *,
    options: SearchOptions | None = None,
    max_points: int = 200,
) -> Path:
    r"""Path of an optimum along a parameter.

    The first-order conditions of a maximum F(z; p) = 0, with z the coordinates and multipliers,
    are solved for one value of p after another. The tangent

    $$ \frac{dz}{dp} = -\left(\frac{\partial F}{\partial z}\right)^{-1}
       \frac{\partial F}{\partial p} $$

    predicts, Newton's method corrects. The step length follows from the error of the prediction.
    A local maximum is followed: `with_competing_optima` checks whether a better one has appeared
    elsewhere. Where it ends, a search finds the point that the path jumps to.

    Args:
        start: optimum, which is polished at the first value; or a problem of
            `optimize.maximize.build_problem`, which is searched there first.
        field: name of the parameter: a field of the resonator that is not free in the box.
        values: values of the parameter in SI units, two or more, ascending or descending. The path
            runs from the first to the last and has a point at each.
        options: options of the searches, at the start if that is a problem and at jumps.
        max_points: largest number of points.

    Returns:
        Path with points, events and a status; prints as a table.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: `field` is no field of a resonator.
        ValueError: `field` is free in the box; `values` are not monotonic or not allowed for the
            field; `max_points` is below 2; or no maximum is found at the first value.

    >>> import jaxcom as jc
    >>> from optimize import Box, objectives
    >>> from optimize.maximize import build_problem
    >>> def bump(device):
    ...     return 1 - (device.spin / 1e4 - device.temperature) ** 2
    >>> objective = objectives.FromFunction(bump, directions=())
    >>> problem = build_problem(objective, jc.SpinningResonator(), Box(spin=(0, 5e3)))
    >>> options = SearchOptions(starts=4, polish=1)
    >>> path = trace(problem, "temperature", (0.1, 0.9), options=options)
    >>> print(path.events[0], f"at {path.events[0].parameter:.3f} K")
    upper bound of spin becomes active at 0.500 K
    """
    require_x64("optimize.continuation.trace")
    problem = start.problem if isinstance(start, Optimum) else as_arrays(start)
    require_parameter(problem, field, values)
    require_counts(minimum=2, max_points=max_points)
    problem = with_field(problem, field, values[0])
    options = options or SearchOptions()
    unit = start.unit if isinstance(start, Optimum) else _searched_unit(problem, options)
    interval = ParameterInterval(problem, field, float(values[0]), float(values[-1]))
    first = _first_state(interval, unit)
    names = constraint_names(problem, first.model.parts.hinges.size)
    targets = [*(interval.position(value) for value in values[:-1]), 1.0]
    states, events, status = _followed(interval, first, targets, names, max_points, options)
    points = tuple(_path_point(interval, problem, state, names) for state in states)
    return Path(problem, field, points, tuple(events), status)


def with_competing_optima(
    path: Path, values: Sequence[float] | None = None, *, options: SearchOptions | None = None
) -> Path:
    """Return a path with the results of independent searches at some of its points.

    Args:
        path: path of `trace`.
        values: values of the parameter at which to search, each that of a point of the path; by
            default the last.
        options: options of the searches.

    Returns:
        Copy of the path with `competing_optima`, and an event for each of them whose score is
        higher than that of the path by more than 1e-6 of it. Points are unchanged.

    Raises:
        ValueError: the path has no point at one of the values.
    """
    values = [path.points[-1].parameter] if values is None else values
    options = options or SearchOptions()
    found = tuple(_competing_optimum(path, float(value), options) for value in values)
    overtaken = [
        Event(other.parameter, EventKind.OVERTAKEN, "the optimum")
        for other in found
        if other.score > other.path_score + SAME * abs(other.path_score)
    ]
    sense = np.sign(path.points[-1].parameter - path.points[0].parameter)
    events = sorted([*path.events, *overtaken], key=lambda event: sense * event.parameter)
    competing = path.competing_optima + found
    return Path(path.problem, path.field, path.points, tuple(events), path.status, competing)


def _competing_optimum(path: Path, value: float, options: SearchOptions) -> CompetingOptimum:
    gaps = np.abs(path.parameters - value)
    k = int(np.argmin(gaps))
    if gaps[k] > 1e-12 * np.abs(path.parameters).max():
        raise ValueError(
            f"Argument `values` must hold parameters of points of the path, but holds {value:g}."
        )
    problem = with_field(path.problem, path.field, value)
    best = search(problem, options, known=[path.units[k]]).best
    if best is None:
        return CompetingOptimum(value, np.full(path.units.shape[1], np.nan), np.nan, path.scores[k])
    return CompetingOptimum(value, best.unit, best.score, path.scores[k])


def _searched_unit(problem: Problem, options: SearchOptions) -> np.ndarray:
    """Best point of a search, or the point that came nearest to being feasible."""
    found = search(problem, options)
    return found.nearest if found.best is None else found.best.unit


def _first_state(interval: ParameterInterval, unit: np.ndarray) -> ContinuationState:
    """Polished first point of the path."""
    state = polished_state(interval, 0.0, unit)
    if state is None:
        raise ValueError(
            "Argument `start` must lead to a maximum at the first of the values, but there is none "
            f"near it at {interval.field} = {interval.start:g}."
        )
    return state


def _followed(
    interval: ParameterInterval,
    first: ContinuationState,
    targets: Sequence[float],
    names: ConstraintNames,
    max_points: int,
    options: SearchOptions,
) -> tuple[list[ContinuationState], list[Event], PathStatus]:
    """All points of a path, its events and its status."""
    states, events, step = [first], [], FIRST_STEP
    while states[-1].t < targets[-1]:
        if len(states) >= max_points:
            return states, events, PathStatus.TOO_MANY_POINTS
        here = states[-1]
        target = next(t for t in targets if t > here.t)
        ahead, step = next_state(interval, here, target, step)
        if ahead is not None and critical_event(ahead.model, names).value < 0:
            ahead = without_event(interval, here, ahead) or ahead
        if ahead is not None and critical_event(ahead.model, names).value >= 0:
            states.append(ahead)
            continue
        if ahead is None:
            beyond = polished_beyond(interval, here, target, (FIRST_STEP, SHORTEST_STEP))
            happened = []
        else:
            here = located_event(interval, here, ahead, names)
            states += [here] if here.t > states[-1].t else []
            beyond, happened = state_after_event(interval, here, target, names)
        if beyond is None:
            beyond = _searched_state(interval, here, target, options)
        if beyond is None:
            return states, events, PathStatus.LOST
        events += happened or _changes(interval, here, beyond, names)
        states.append(beyond)
        if distance(beyond, here.unit) > TOO_FAR:
            events.append(Event(interval.value(beyond.t), EventKind.JUMPED, "the optimum"))
    return states, events, PathStatus.REACHED_THE_END


def _searched_state(
    interval: ParameterInterval, last: ContinuationState, target: float, options: SearchOptions
) -> ContinuationState | None:
    """Maximum found by a search a little beyond the last point; None if there is none."""
    t = min(last.t + FIRST_STEP, target)
    best = search(interval.problem_at(t), options, known=[last.unit]).best
    return None if best is None else polished_state(interval, t, best.unit)


def _changes(
    interval: ParameterInterval,
    before: ContinuationState,
    after: ContinuationState | None,
    names: ConstraintNames,
) -> list[Event]:
    """Events for all that has become active or inactive between two points."""
    if after is None:
        return []
    old, new = (active_names(state.model, names) for state in (before, after))
    value = interval.value(after.t)
    activated = [Event(value, EventKind.ACTIVATED, name) for name in new if name not in old]
    return activated + [Event(value, EventKind.DEACTIVATED, n) for n in old if n not in new]


def _path_point(
    interval: ParameterInterval, problem: Problem, state: ContinuationState, names: ConstraintNames
) -> PathPoint:
    """Point of the path at a state of the continuation."""
    model, value = state.model, interval.value(state.t)
    rates, _ = interval.rates(state.t, state.point)
    design = design_at(problem, interval.field, value, state.unit)
    return PathPoint(
        parameter=value,
        unit=state.unit,
        score=model.parts.score,
        verified_value=float(problem.objective.verified(design)),
        slope=float(weighted(model.weights, rates)) / (interval.stop - interval.start),
        residual=kkt.conditions(model.parts, model.slopes, state.unit).residual,
        curvature=float(model.curvatures[0].max(initial=-np.inf)),
        active_constraints=active_names(model, names),
    )
