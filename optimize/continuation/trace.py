"""The optimum as a function of a parameter: its tangent predicts, Newton's method corrects.

Where the set of active constraints changes, the place is found and the path goes on with the set
that follows. Where none does, since the maximum is one no longer or Newton's method fails, the last
point is polished anew a little beyond.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from scipy.optimize import brentq

from jaxcom.xla.precision import require_x64

from ..results.certificate import BALANCED
from ..results.optimum import Optimum
from ..search import kkt
from ..search.evaluation import Look
from ..search.polish import polish
from ..search.problem import Problem, as_arrays
from ..search.search import SAME, Plan, search
from .guards import Names, active_names, names_of, weakest
from .parameter import Stretch, require_stretch, with_field
from .path import Change, Event, Path, PathPoint, PathStatus, Rival, design_at
from .regime import (
    Local,
    Regime,
    local,
    newton_step,
    regime_at,
    tangent,
    weighted,
)

FIRST_STEP = 0.02  # of the stretch
LONGEST_STEP = 0.1
SHORTEST_STEP = 1e-4  # and how far beyond an event the path goes on
ERROR = 0.003  # of the cube: what a prediction should be off by
TOO_FAR = 0.03  # of the cube: a prediction or a polish that is off by more leads elsewhere
NEWTON_STEPS = 8
SWITCHES = 4  # of regimes that may follow one another at one place
ASIDE = 0.01  # of the cube: how far a saddle is left before the next polish
EXACT = 1e-11  # of the cube: the last of Newton's steps


class Stand(NamedTuple):
    """A point of the path: where on the stretch, and the problem there."""

    t: float
    seen: Local
    effort: int = 0

    @property
    def unit(self) -> np.ndarray:
        """Coordinates in the cube."""
        return self.seen.unit


def trace(
    start: Optimum | Problem,
    field: str,
    values: Sequence[float],
    *,
    plan: Plan | None = None,
    most: int = 200,
) -> Path:
    """Follow an optimum along a parameter.

    The conditions of a maximum F(z; p) = 0, z being coordinates and multipliers, are solved at one
    p after another: dz/dp = -(dF/dz)^-1 dF/dp predicts, Newton's method corrects, both with exact
    derivatives. Steps are as long as the error of the prediction allows. What is followed is a
    local maximum: whether a better one has appeared elsewhere is what `challenged` asks.

    Args:
        start: an optimum, or a problem (see `optimize.maximize.pose`) that is searched first.
        field: of the resonator, not free in the box: the parameter.
        values: of the parameter in SI units, two or more, ascending or descending; the path goes
            from the first to the last and has a point at each. An optimum is polished at the first.
        plan: of the search, if there is one.
        most: points at most.

    Returns:
        The path: points, events, status; prints as a table.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: `field` is no field of a resonator.
        ValueError: the field is free in the box, the values are not ascending or descending or not
            allowed for the field; or no maximum is found at the first of them.

    >>> import jaxcom as jc
    >>> from optimize import Box, objectives
    >>> from optimize.maximize import pose
    >>> def bump(device):
    ...     return 1 - (device.spin / 1e4 - device.temperature) ** 2
    >>> problem = pose(objectives.of(bump, directions=()), jc.SpinningResonator(),
    ...                Box(spin=(0, 5e3)))
    >>> path = trace(problem, "temperature", (0.1, 0.9), plan=Plan(starts=4, polish=1))
    >>> print(path.events[0], f"{path.events[0].value:.3f} K")
    upper bound of spin is met 0.500 K
    """
    require_x64("optimize.continuation.trace")
    problem = start.problem if isinstance(start, Optimum) else as_arrays(start)
    require_stretch(problem, field, values)
    if most < 2:
        raise ValueError(f"Argument `most` must be at least 2, but is {most}.")
    problem = with_field(problem, field, values[0])
    unit = start.unit if isinstance(start, Optimum) else _searched(problem, plan or Plan())
    piece = problem.facing(jnp.asarray(unit))
    stretch = Stretch(piece, field, float(values[0]), float(values[-1]))
    first = _begun(stretch, unit)
    names = names_of(problem, first.seen.here.hinges.size)
    places = [*(stretch.place(value) for value in values[:-1]), 1.0]
    stands, events, status = _followed(stretch, first, places, names, most)
    points = tuple(_described(stretch, problem, stand, names) for stand in stands)
    return Path(problem, field, points, tuple(events), status)


def challenged(
    path: Path, values: Sequence[float] | None = None, *, plan: Plan | None = None
) -> Path:
    """The path with an independent search at some of its points: is there a better optimum?

    Args:
        path: of `trace`.
        values: of the parameter where to search, of points of the path; by default the last.
        plan: of the searches.

    Returns:
        The path with what was found as `rivals`, and an event for each that is better by 1e-6 of
        the score. The path itself stays where it is.

    Raises:
        ValueError: the path has no point at one of the values.
    """
    values = [path.points[-1].value] if values is None else values
    rivals = tuple(_rival(path, float(value), plan or Plan()) for value in values)
    overtaken = [
        Event(rival.value, Change.OVERTAKEN, "the maximum")
        for rival in rivals
        if rival.score > rival.followed + SAME * abs(rival.followed)
    ]
    towards = np.sign(path.points[-1].value - path.points[0].value)
    events = sorted([*path.events, *overtaken], key=lambda event: towards * event.value)
    return Path(
        path.problem, path.field, path.points, tuple(events), path.status, path.rivals + rivals
    )


def _rival(path: Path, value: float, plan: Plan) -> Rival:
    gaps = np.abs(path.values - value)
    k = int(np.argmin(gaps))
    if gaps[k] > 1e-12 * np.abs(path.values).max():
        raise ValueError(f"Argument `values` must be values of points of the path, not {value:g}.")
    problem = with_field(path.problem, path.field, value)
    best = search(problem, plan, known=[path.units[k]]).best
    if best is None:
        return Rival(value, np.full(path.units.shape[1], np.nan), np.nan, path.scores[k])
    return Rival(value, best.unit, best.score, path.scores[k])


def _searched(problem: Problem, plan: Plan) -> np.ndarray:
    """The best point of a search, or the nearest to one."""
    found = search(problem, plan)
    return found.nearest if found.best is None else found.best.unit


def _begun(stretch: Stretch, unit: np.ndarray) -> Stand:
    """The first point, polished."""
    stand = _polished(stretch, 0.0, unit)
    if stand is None:
        raise ValueError(
            "Argument `start` must lead to a maximum at the first of the values, but there is none "
            f"near it at {stretch.field} = {stretch.first:g}."
        )
    return stand


def _followed(
    stretch: Stretch, first: Stand, places: Sequence[float], names: Names, most: int
) -> tuple[list[Stand], list[Event], PathStatus]:
    """All points of a path, its events, and how it ended."""
    stands, events, step = [first], [], FIRST_STEP
    while stands[-1].t < places[-1]:
        if len(stands) >= most:
            return stands, events, PathStatus.TOO_MANY_STEPS
        here = stands[-1]
        goal = next(place for place in places if place > here.t)
        ahead, step = _ahead(stretch, here, goal, step)
        if ahead is not None and weakest(ahead.seen, names).value >= 0:
            stands.append(ahead)
            continue
        if ahead is None:
            beyond = _renewed(stretch, here, goal, (FIRST_STEP, SHORTEST_STEP))
            events += _differences(stretch, here, beyond, names)
        else:
            here = _located(stretch, here, ahead, names)
            stands += [here] if here.t > stands[-1].t else []
            beyond, happened = _switched(stretch, here, goal, names)
            events += happened
        if beyond is None:
            return stands, events, PathStatus.LOST
        stands.append(beyond)
        if _distance(beyond, here.unit) > TOO_FAR:
            events.append(Event(stretch.value(beyond.t), Change.JUMPED, "the maximum"))
    return stands, events, PathStatus.REACHED_THE_END


def _ahead(stretch: Stretch, here: Stand, goal: float, step: float) -> tuple[Stand | None, float]:
    """The next point of the same regime, if there is one, and the step to try after it."""
    direction = tangent(here.seen, *stretch.rates(here.t, here.unit))
    while step >= SHORTEST_STEP:
        t = min(here.t + step, goal)
        predicted = here.unit + (t - here.t) * direction
        found = _corrected(stretch, here.seen.regime, predicted, t)
        if found is not None and (error := _distance(found, predicted)) <= TOO_FAR:
            # The error goes as the square of the step.
            growth = np.clip(np.sqrt(ERROR / max(error, 1e-12)), 0.3, 2.0)
            eased = min(growth, 1.0) if found.effort > NEWTON_STEPS // 2 else growth
            return found, float(np.clip(step * eased, SHORTEST_STEP, LONGEST_STEP))
        step = (t - here.t) / 2
    return None, FIRST_STEP


def _corrected(stretch: Stretch, regime: Regime, unit: np.ndarray, t: float) -> Stand | None:
    """Where the equations of a regime hold, by Newton's method; None where it does not converge."""
    look = Look(stretch.at(t))
    for effort in range(1, NEWTON_STEPS + 1):
        seen = local(look, regime, unit)
        if seen is None:
            return None
        step = newton_step(seen)
        if np.abs(step).max() <= EXACT:
            return Stand(t, seen, effort)
        unit = unit + step
    return None


def _located(stretch: Stretch, here: Stand, ahead: Stand, names: Names) -> Stand:
    """The last point of a regime, where the first of its guards falls to 0."""

    def stand(t: float) -> Stand | None:
        share = (t - here.t) / (ahead.t - here.t)
        between = here.unit + share * (ahead.unit - here.unit)
        return _corrected(stretch, here.seen.regime, between, t)

    def height(t: float) -> float:
        found = stand(t)
        return -1.0 if found is None else weakest(found.seen, names).value

    if height(here.t) <= 0:
        return here
    root: Any = brentq(height, here.t, ahead.t, xtol=1e-12)
    return stand(root) or here


def _switched(
    stretch: Stretch, last: Stand, goal: float, names: Names
) -> tuple[Stand | None, list[Event]]:
    """A point a little beyond the end of a regime, and what has happened.

    The regime that follows is tried, and if it ends at once the next; then a polish.
    """
    guard, events = weakest(last.seen, names), []
    t = min(last.t + SHORTEST_STEP, goal)
    for _ in range(SWITCHES):
        events.append(Event(stretch.value(last.t), guard.change, guard.what))
        if guard.after is None:
            break
        ahead = _corrected(stretch, guard.after, kkt.snapped(last.unit), t)
        if ahead is None or _distance(ahead, last.unit) > TOO_FAR:
            break
        guard = weakest(ahead.seen, names)
        if guard.value >= 0:
            return ahead, events
    return _renewed(stretch, last, goal, (SHORTEST_STEP, FIRST_STEP)), events


def _renewed(stretch: Stretch, last: Stand, goal: float, steps: Sequence[float]) -> Stand | None:
    """The maximum beyond a point, polished: after the first step that leads near, or any."""
    found = None
    for step in steps:
        ahead = _polished(stretch, min(last.t + step, goal), last.unit)
        if ahead is not None and _distance(ahead, last.unit) <= TOO_FAR:
            return ahead
        found = ahead or found
    return found


def _differences(stretch: Stretch, before: Stand, after: Stand | None, names: Names) -> list[Event]:
    """What is active after a polish and was not before, and the reverse."""
    if after is None:
        return []
    was, now = (active_names(stand.seen, names) for stand in (before, after))
    value = stretch.value(after.t)
    met = [Event(value, Change.MET, what) for what in now if what not in was]
    return met + [Event(value, Change.LEFT, what) for what in was if what not in now]


def _polished(stretch: Stretch, t: float, unit: np.ndarray) -> Stand | None:
    """The maximum that a polish leads to; None if there is none. A saddle is walked off."""
    stand = _stationary(stretch, t, unit)
    if stand is None or stand.seen.rise <= 0:
        return stand
    upwards = stand.seen.curvatures[1][-1]
    return _stationary(stretch, t, np.clip(stand.unit + ASIDE * upwards, 0.0, 1.0))


def _stationary(stretch: Stretch, t: float, unit: np.ndarray) -> Stand | None:
    """The point that a polish leads to, if the conditions of first order hold there."""
    problem = stretch.at(t)
    found = polish(problem, unit)
    if not found.feasible or found.conditions.residual > BALANCED:
        return None
    seen = local(Look(problem), regime_at(found.conditions), found.unit)
    return None if seen is None else Stand(t, seen)


def _distance(stand: Stand, unit: np.ndarray) -> float:
    return float(np.abs(stand.unit - unit).max())


def _described(path: Stretch, problem: Problem, stand: Stand, names: Names) -> PathPoint:
    """What a path tells of one of its points."""
    seen, value = stand.seen, path.value(stand.t)
    moved, _ = path.rates(stand.t, stand.unit)
    return PathPoint(
        value=value,
        unit=stand.unit,
        score=seen.here.score,
        verified=float(
            problem.objective.verified(design_at(problem, path.field, value, stand.unit))
        ),
        slope=float(weighted(seen.weights, moved)) / (path.last - path.first),
        residual=kkt.conditions(seen.here, seen.slopes, stand.unit).residual,
        curvature=float(seen.curvatures[0].max(initial=-np.inf)),
        active=active_names(seen, names),
    )
