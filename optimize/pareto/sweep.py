"""The front, level by level: the first objective is maximised while the second keeps a level."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxcom import SpinningResonator
from jaxcom.resonator import PARAMETERS, require_known_field
from jaxcom.xla.precision import require_x64

from ..box import Box
from ..constraints import AbstractConstraint, Compared, Stable, at_least, at_most
from ..maximize import pose
from ..objectives import AbstractObjective, as_objective
from ..search.evaluation import Look
from ..search.polish import Polished, polish
from ..search.problem import Problem
from ..search.search import SAME, Plan, search
from .dominance import undominated
from .front import Aim, Front, FrontPoint

INSIDE = 1e-6  # of the span: how far the outermost levels keep from the ends, to have a slope there
FAR = 1e3  # more than any number of order 1: a level that is never met
Function = Callable[[SpinningResonator], Float[Array, ""]]


class Second(NamedTuple):
    """The second number: as it is told, as a constraint, and as an objective, if it is one."""

    aim: Aim
    level: Compared
    objective: AbstractObjective | None
    least: float  # of a field: its lower bound


class Levelled(NamedTuple):
    """The first objective under one level of the second, and the best design found for it."""

    problem: Problem
    best: Polished | None

    def tried(self, polished: Sequence[Polished]) -> "Levelled":
        """With the best of more designs."""
        feasible = [each for each in [self.best, *polished] if each is not None and each.feasible]
        return Levelled(self.problem, max(feasible, key=lambda each: each.score, default=None))


def pareto_front(
    first: AbstractObjective | Function,
    second: str | AbstractObjective | Function,
    resonator: SpinningResonator,
    box: Box,
    *,
    points: int = 9,
    constraints: Sequence[AbstractConstraint] = (),
    margin: float | None = None,
    plan: Plan | None = None,
) -> Front:
    """The designs of a box that nothing beats in two numbers.

    Both ends are found by a search of their own. At levels evenly between them the first number is
    maximised under second >= level (<= level for a field), from fresh Sobol points and from the
    designs at the other levels. The multiplier of the level is the slope of the front there.

    Args:
        first: an objective, or any function of a resonator, to be large.
        second: the same; of an objective the score counts, which goes on where the value is flat.
            Or the name of a free field, to be small: `"power"`, `"spin"`.
        resonator: gives all fields that the box does not free.
        box: which fields are free, and their bounds.
        points: number of levels, both ends among them.
        constraints: that all designs must satisfy.
        margin: of stability in rad/s, in all directions of both; see `maximize`.
        plan: of the search at each level; by default 32 starts, one round, 4 of them polished.

    Returns:
        The front: points, slopes, hypervolume; prints as a table. It has no points if nothing is
        feasible, and one if the best design for the first is the best for the second.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: `second` is no field, or an argument is none of what it may be.
        ValueError: the field is not free in the box, `points` is below 2, or as for `maximize`.

    >>> import jaxcom as jc
    >>> from optimize import objectives
    >>> def amplitude(device):
    ...     return jnp.sqrt(device.power / 1e-3)
    >>> front = pareto_front(objectives.of(amplitude, directions=()), "power",
    ...                      jc.SpinningResonator(), Box(power=(1e-3, 9e-3)), points=3)
    >>> print(front.first.round(3), front.rates.round(1))
    [3.    2.236 1.   ] [166.7 223.6 500. ]
    """
    require_x64("optimize.pareto.pareto_front")
    if points != int(points) or points < 2:
        raise ValueError(f"Argument `points` must be a whole number from 2, but is {points}.")
    plan = plan or Plan(starts=32, rounds=1, polish=4)
    first, other = as_objective(first), _understood(second, box)
    posed = pose(first, resonator, box, constraints=constraints, margin=margin)
    stable = _stability(first, other.objective, float(posed.margin))
    limits = [*constraints, *stable, other.level]
    loose = pose(first, resonator, box, constraints=limits, margin=margin)
    begin = search(loose, plan).best
    if begin is None:
        return Front(loose, other.aim, (), (), ())
    nearest = _point(loose, begin)
    end, known = _far_end(other, loose, plan)
    if not other.aim.sign * (end - nearest.second) > SAME * max(abs(end), abs(nearest.second)):
        return Front(loose, other.aim, (nearest,), (), ())
    problems = [at_level(loose, *place) for place in _levels(nearest.second, end, points)]
    found = _back(_forth(problems, plan, [begin.unit, *known]))
    return _front(loose, other.aim, found)


def at_level(loose: Problem, level: float, span: float) -> Problem:
    """The problem with another level of the second number, its residual in shares of a span.

    Only numbers change, so that one compiled program serves all levels.
    """
    return eqx.tree_at(
        lambda problem: (level_of(problem).bound, level_of(problem).scale),
        loose,
        (jnp.asarray(level, float), jnp.asarray(span, float)),
    )


def level_of(problem: Problem) -> Any:
    """The level of the second number: the last constraint."""
    return problem.constraints[-1]


def _understood(second: str | AbstractObjective | Function, box: Box) -> Second:
    """The second number; its level is one that all designs keep."""
    if isinstance(second, str):
        return _field_to_minimise(second, box)
    if not callable(second):
        raise TypeError(
            "Argument `second` must be the name of a field, an objective or a function of a "
            f"resonator, but is {second!r}."
        )
    objective = as_objective(second)
    level = at_least(objective, -FAR, scale=1.0, name=f"level of {objective.name}")
    return Second(Aim(objective.name, "", 1), level, objective, float("nan"))


def _field_to_minimise(name: str, box: Box) -> Second:
    require_known_field(name)
    if name not in box.names:
        raise ValueError(
            "Argument `second` must be a field that the box frees "
            f"({', '.join(box.names)}), but is {name!r}."
        )
    low, high = box.intervals[name].low, box.intervals[name].high
    beyond = 2 * high - low
    level = at_most(name, beyond, scale=high - low, name=f"level of {name}")
    return Second(Aim(name, PARAMETERS[name].unit, -1), level, None, float(low))


def _stability(
    of: AbstractObjective, too: AbstractObjective | None, margin: float
) -> list[AbstractConstraint]:
    """In directions that another objective needs, too, and the own does not."""
    missing = () if too is None else tuple(d for d in too.directions if d not in of.directions)
    return [Stable(margin, missing)] if missing else []


def _far_end(other: Second, loose: Problem, plan: Plan) -> tuple[float, list[np.ndarray]]:
    """The best of the second number, and where it is, if that is not for the levels to find."""
    if other.objective is None:
        return other.least, []
    margin = float(loose.margin)
    limits = [*loose.constraints[:-1], *_stability(other.objective, loose.objective, margin)]
    alone = pose(other.objective, loose.resonator, loose.box, constraints=limits, margin=margin)
    best = search(alone, plan).best
    return (float("nan"), []) if best is None else (best.score, [best.unit])


def _levels(begin: float, end: float, points: int) -> list[tuple[float, float]]:
    """Levels from one end to the other, each with the span between them."""
    shares = INSIDE + (1 - 2 * INSIDE) * np.linspace(0.0, 1.0, points)
    return [(float(begin + share * (end - begin)), abs(end - begin)) for share in shares]


def _forth(problems: list[Problem], plan: Plan, known: list[np.ndarray]) -> list[Levelled]:
    """The best design at each level, searched and polished from the one before."""
    found: list[Levelled] = []
    for problem in problems:
        searched = search(problem, plan, known=known).polished
        before = [polish(problem, each.best.unit) for each in found[-1:] if each.best]
        found.append(Levelled(problem, None).tried([*searched, *before]))
        if found[-1].best is not None:
            known = [*known, found[-1].best.unit]
    return found


def _back(found: list[Levelled]) -> list[Levelled]:
    """The same, tried from the design at the next level, too, beginning at the far end."""
    better = found[-1:]
    for each in reversed(found[:-1]):
        after = [polish(each.problem, next_.best.unit) for next_ in better[:1] if next_.best]
        better = [each.tried(after), *better]
    return better


def _front(loose: Problem, aim: Aim, found: list[Levelled]) -> Front:
    """The front of what was found at the levels."""
    points = [_point(each.problem, each.best) for each in found if each.best is not None]
    missed = [float(level_of(each.problem).bound) for each in found if each.best is None]
    kept = undominated(np.reshape([(p.first, aim.sign * p.second) for p in points], (-1, 2)))
    return Front(
        loose,
        aim,
        tuple(point for point, best in zip(points, kept, strict=True) if best),
        tuple(point for point, best in zip(points, kept, strict=True) if not best),
        tuple(missed),
    )


def _point(problem: Problem, best: Polished) -> FrontPoint:
    """What a front tells of a design."""
    unit, level = jnp.asarray(best.unit), level_of(problem)
    # Of all residuals, that of the level is the last.
    residual = Look(problem.facing(unit))(best.unit)[0].inequalities[-1]
    price = best.conditions.weights.inequalities[-1]
    return FrontPoint(
        unit=best.unit,
        first=best.score,
        second=float(level.bound + level.sign * level.scale * residual),
        rate=float(-level.sign * price / level.scale),
        residual=best.conditions.residual,
        verified=float(problem.objective.verified(jax.tree.map(float, problem.design(unit)))),
    )
