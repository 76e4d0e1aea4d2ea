"""Epsilon-constraint method: the first objective is maximized at levels of the second."""

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
from ..constraints import AbstractComparison, AbstractConstraint, AtLeast, AtMost, Stable
from ..maximize import build_problem
from ..objectives import AbstractObjective, as_objective
from ..search.evaluation import Evaluator
from ..search.polish import Polished, polish
from ..search.problem import Problem
from ..search.sampling import require_counts
from ..search.search import SAME, SearchOptions, search
from .dominance import undominated
from .front import Front, FrontPoint, SecondObjective

INSET = 1e-6  # relative to the span: the outermost levels keep off the ends, to have a slope
UNREACHABLE = 1e3  # above any objective of order 1: a level that every design satisfies
Function = Callable[[SpinningResonator], Float[Array, ""]]


class EpsilonConstraint(NamedTuple):
    """Second objective as a constraint whose level is varied.

    Attributes:
        second: description of the second objective.
        constraint: second >= level (or <= level), with a level that every design satisfies.
        objective: the second objective; None for a field.
        lower_bound: lower bound of the field; NaN for an objective.
    """

    second: SecondObjective
    constraint: AbstractComparison
    objective: AbstractObjective | None
    lower_bound: float


class Subproblem(NamedTuple):
    """First objective under one level of the second, and the best design found for it."""

    problem: Problem
    best: Polished | None

    def with_candidates(self, candidates: Sequence[Polished]) -> "Subproblem":
        """Subproblem with the best of its own design and more candidates."""
        feasible = [p for p in [self.best, *candidates] if p is not None and p.feasible]
        return Subproblem(self.problem, max(feasible, key=lambda p: p.score, default=None))


def pareto_front(
    first: AbstractObjective | Function,
    second: str | AbstractObjective | Function,
    resonator: SpinningResonator,
    box: Box,
    *,
    points: int = 9,
    constraints: Sequence[AbstractConstraint] = (),
    margin: float | None = None,
    options: SearchOptions | None = None,
) -> Front:
    """Undominated designs of a box for two competing objectives.

    Both ends are found by separate searches. At evenly spaced levels between them the first
    objective is maximized under second >= level (<= level for a field), starting from Sobol points
    and from the designs at the other levels. The multiplier of this epsilon constraint is the slope
    of the front.

    Args:
        first: objective, or any function of a resonator, that is maximized.
        second: objective or function that is maximized; of an objective the score counts, which is
            not clipped where the value is. Or the name of a free field that is minimized:
            `"power"`, `"spin"`.
        resonator: gives all fields that the box does not free.
        box: free fields and their bounds.
        points: number of levels, including both ends.
        constraints: constraints on all designs.
        margin: required stability margin in rad/s, in all directions of both objectives; by default
            a tenth of `gamma_m`.
        options: options of the search at each level; by default 32 starts and one round, of which 4
            are polished.

    Returns:
        Front with points, slopes and hypervolume; prints as a table. It has no points if nothing is
        feasible, and one if the same design is the best for both objectives.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: `first` is not callable; `second` is neither callable nor the name of a field; or
            `constraints` holds something else.
        ValueError: `second` is a field that is not free in the box; `points` is below 2; or
            `margin` is negative or not finite.

    >>> import jaxcom as jc
    >>> from optimize import objectives
    >>> def amplitude(device):
    ...     return jnp.sqrt(device.power / 1e-3)
    >>> front = pareto_front(objectives.FromFunction(amplitude, directions=()), "power",
    ...                      jc.SpinningResonator(), Box(power=(1e-3, 9e-3)), points=3)
    >>> print(front.scores.round(3), front.slopes.round(1))
    [3.    2.236 1.   ] [166.7 223.6 500. ]
    """
    require_x64("optimize.pareto.pareto_front")
    require_counts(minimum=2, points=points)
    options = options or SearchOptions(starts=32, rounds=1, polish=4)
    first, epsilon = as_objective(first), _epsilon_constraint(second, box)
    problem = build_problem(first, resonator, box, constraints=constraints, margin=margin)
    stable = _missing_stability(first, epsilon.objective, float(problem.margin))
    limits = [*constraints, *stable, epsilon.constraint]
    loose = build_problem(first, resonator, box, constraints=limits, margin=margin)
    best = search(loose, options).best
    if best is None:
        return Front(loose, epsilon.second, (), (), ())
    near_end = _front_point(loose, best)
    far_end, known = _best_second(epsilon, loose, options)
    gain = epsilon.second.sign * (far_end - near_end.second)
    if not gain > SAME * max(abs(far_end), abs(near_end.second)):
        return Front(loose, epsilon.second, (near_end,), (), ())
    problems = [at_level(loose, *level) for level in _levels(near_end.second, far_end, points)]
    found = _backward_sweep(_forward_sweep(problems, options, [best.unit, *known]))
    return _assembled(loose, epsilon.second, found)


def at_level(loose: Problem, level: float, span: float) -> Problem:
    """Problem with another level of the second objective, its residual relative to a span.

    Only numbers change, so that all levels share one compiled program.
    """
    return eqx.tree_at(
        lambda problem: (level_constraint(problem).bound, level_constraint(problem).scale),
        loose,
        (jnp.asarray(level, float), jnp.asarray(span, float)),
    )


def level_constraint(problem: Problem) -> Any:
    """Epsilon constraint of a problem: the last of its constraints."""
    return problem.constraints[-1]


def _epsilon_constraint(second: str | AbstractObjective | Function, box: Box) -> EpsilonConstraint:
    """Second objective as a constraint, with a level that every design satisfies."""
    if isinstance(second, str):
        return _constraint_on_field(second, box)
    if not callable(second):
        raise TypeError(
            "Argument `second` must be the name of a field, an objective or a function of a "
            f"resonator, but is {second!r}."
        )
    objective = as_objective(second)
    name = f"level of {objective.name}"
    constraint = AtLeast(objective, -UNREACHABLE, scale=1.0, name=name)
    described = SecondObjective(objective.name, "", 1)
    return EpsilonConstraint(described, constraint, objective, float("nan"))


def _constraint_on_field(name: str, box: Box) -> EpsilonConstraint:
    require_known_field(name)
    if name not in box.names:
        raise ValueError(
            "Argument `second` must be a field that the box frees "
            f"({', '.join(box.names)}), but is {name!r}."
        )
    low, high = box.intervals[name].low, box.intervals[name].high
    constraint = AtMost(name, 2 * high - low, scale=high - low, name=f"level of {name}")
    described = SecondObjective(name, PARAMETERS[name].unit, -1)
    return EpsilonConstraint(described, constraint, None, float(low))


def _missing_stability(
    objective: AbstractObjective, other: AbstractObjective | None, margin: float
) -> list[AbstractConstraint]:
    """Stability in the directions that only the other objective needs."""
    needed = () if other is None else other.directions
    missing = tuple(d for d in needed if d not in objective.directions)
    return [Stable(margin, missing)] if missing else []


def _best_second(
    epsilon: EpsilonConstraint, loose: Problem, options: SearchOptions
) -> tuple[float, list[np.ndarray]]:
    """Best value of the second objective, and its design; for a field, the bound and no design."""
    if epsilon.objective is None:
        return epsilon.lower_bound, []
    margin = float(loose.margin)
    stable = _missing_stability(epsilon.objective, loose.objective, margin)
    limits = [*loose.constraints[:-1], *stable]
    alone = build_problem(
        epsilon.objective, loose.resonator, loose.box, constraints=limits, margin=margin
    )
    best = search(alone, options).best
    return (float("nan"), []) if best is None else (best.score, [best.unit])


def _levels(begin: float, end: float, points: int) -> list[tuple[float, float]]:
    """Levels from one end to the other, each with the span between the ends."""
    shares = INSET + (1 - 2 * INSET) * np.linspace(0.0, 1.0, points)
    return [(float(begin + share * (end - begin)), abs(end - begin)) for share in shares]


def _forward_sweep(
    problems: list[Problem], options: SearchOptions, known: list[np.ndarray]
) -> list[Subproblem]:
    """Best design at each level, by a search and by a polish from the level before."""
    found: list[Subproblem] = []
    for problem in problems:
        searched = search(problem, options, known=known).polished
        before = [polish(problem, last.best.unit) for last in found[-1:] if last.best]
        found.append(Subproblem(problem, None).with_candidates([*searched, *before]))
        if found[-1].best is not None:
            known = [*known, found[-1].best.unit]
    return found


def _backward_sweep(found: list[Subproblem]) -> list[Subproblem]:
    """Subproblems from the far end on, each polished also from the design at the next level."""
    better = found[-1:]
    for each in reversed(found[:-1]):
        after = [polish(each.problem, next_.best.unit) for next_ in better[:1] if next_.best]
        better = [each.with_candidates(after), *better]
    return better


def _assembled(loose: Problem, second: SecondObjective, found: list[Subproblem]) -> Front:
    """Front made of the designs at all levels."""
    points = [_front_point(each.problem, each.best) for each in found if each.best is not None]
    infeasible = [
        float(level_constraint(each.problem).bound) for each in found if each.best is None
    ]
    pairs = np.reshape([(p.score, second.sign * p.second) for p in points], (-1, 2))
    kept = undominated(pairs)
    return Front(
        loose,
        second,
        tuple(point for point, best in zip(points, kept, strict=True) if best),
        tuple(point for point, best in zip(points, kept, strict=True) if not best),
        tuple(infeasible),
    )


def _front_point(problem: Problem, best: Polished) -> FrontPoint:
    """Point of the front at a design."""
    unit, level = jnp.asarray(best.unit), level_constraint(problem)
    row = problem.row_names().index(level.name)
    here, _ = Evaluator(problem)(best.point)
    residual = here.inequalities[row]
    multiplier = best.conditions.weights.inequalities[row]
    return FrontPoint(
        unit=best.unit,
        score=best.score,
        second=float(level.bound + level.sign * level.scale * residual),
        slope=float(-level.sign * multiplier / level.scale),
        residual=best.conditions.residual,
        verified_value=float(problem.objective.verified(jax.tree.map(float, problem.design(unit)))),
    )
