"""Climb: gradient ascent of many starts at once, each on the lowest branch.

A stable start climbs the score. The step proposed by the optimizer is projected on the steps that
the linearized margins and constraints allow (`projection`), which also lead back to violated
constraints; no penalty weights are needed. An unstable start climbs the stability margin.
"""

import functools
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Bool, Float

from ..margins import excess_of_squares
from ..operating_point import LowestBranch
from .evaluation import along_branch, dimension, evaluate, linearize, on_lowest_branch
from .problem import Problem, Terms
from .projection import allowed_step
from .ranking import Rank, loss_beyond
from .tables import FIELDS

TOLERABLE = 1e-3  # violation of a constraint, of order 1, that the polish can remove
ROWS = 8  # number of residuals is padded to a multiple of this


class Climbers(NamedTuple):
    """State of all starts, along the leading axis.

    Attributes:
        unit: coordinates.
        memory: state of the optimizer.
        best_unit: coordinates of the highest rank so far.
        best_rank: highest rank so far.
    """

    unit: Float[np.ndarray, "starts d"]
    memory: Any
    best_unit: Float[np.ndarray, "starts d"]
    best_rank: Rank


class Ascent(NamedTuple):
    """Optimizer of a climb; see `ascent`.

    Attributes:
        optimizer: optax optimizer that accepts the values and the loss that a line search needs.
        has_line_search: whether it may use them; its program then depends on the problem.
    """

    optimizer: optax.GradientTransformationExtraArgs
    has_line_search: bool


class ScoreAndResiduals(NamedTuple):
    """Scores and residuals at one point or, along the first axis, several; or their derivatives.

    Attributes:
        score: score of the objective; NaN where a direction is unstable.
        slack: excess of the stability margins over the required one; see `excess_of_squares`.
        inequalities: residuals, at least 0 where satisfied.
        equalities: residuals, 0 where satisfied.
    """

    score: Any
    slack: Any
    inequalities: Any
    equalities: Any

    @property
    def stable(self) -> Any:
        """Whether all terms are finite and the required margin is kept."""
        finite = [(abs(residuals) < np.inf).all(-1) for residuals in self[2:]]
        return (abs(self.score) < np.inf) & finite[0] & finite[1] & (self.least_slack >= 0)

    @property
    def least_slack(self) -> Any:
        """Smallest slack; 1 if no margin is required."""
        return self.slack.min(-1, initial=1.0)

    @property
    def violation(self) -> Any:
        """Violation of the most violated constraint."""
        worst = (-self.inequalities).max(-1, initial=0.0)
        return np.maximum(worst, np.abs(self.equalities).max(-1, initial=0.0))

    @property
    def feasible(self) -> Any:
        """Whether the point is stable, with violations small enough for the polish."""
        return self.stable & (self.violation <= TOLERABLE)

    @property
    def rank(self) -> Rank:
        """Rank of the point."""
        violation = np.where(self.feasible, 0.0, self.violation)
        return Rank(
            violation=np.where(self.stable, violation, np.inf),
            score=np.where(self.stable, self.score, -np.inf),
        )


def screen_points(
    problem: Problem, units: Float[np.ndarray, "n d"]
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Scores of many points, NaN where unstable, and their violations."""
    _, terms, _ = evaluate(problem, units)
    point = _score_and_residuals(terms)
    point = point._replace(slack=np.zeros((len(units), 0)))  # any stable point will do
    stable = point.stable & np.all(terms.margins > 0, axis=1)
    return np.where(stable, point.score, np.nan), point.violation


@functools.cache  # programs are compiled again for every new optimizer object
def ascent(optimizer: optax.GradientTransformation | None, steps: int) -> Ascent:
    """Optimizer of a climb; by default Adam with a rate that falls to 0 within the given steps."""
    if optimizer is None:
        adam = optax.adam(optax.cosine_decay_schedule(0.05, steps))
        return Ascent(optax.with_extra_args_support(adam), has_line_search=False)
    return Ascent(optax.with_extra_args_support(optimizer), has_line_search=True)


def at_start(ascent: Ascent, unit: Float[np.ndarray, "starts d"]) -> Climbers:
    """State of the climbers before the first step."""
    nothing = np.full(len(unit), np.inf)
    return Climbers(
        unit=unit,
        memory=jax.vmap(ascent.optimizer.init)(_padded(unit)),
        best_unit=unit,
        best_rank=Rank(violation=nothing, score=-nothing),
    )


def advance(
    problem: Problem, ascent: Ascent, climbers: Climbers, length: int
) -> tuple[Climbers, Float[np.ndarray, "steps starts"]]:
    """State after some steps, and the scores at each step, NaN where infeasible."""
    scores = []
    for _ in range(length):
        points = on_lowest_branch(problem, climbers.unit)
        found = linearize(problem, climbers.unit, points[:, dimension(problem) :])
        point = _score_and_residuals(found.terms)
        slopes = _slopes(found.terms, along_branch(found))
        unit, memory = _moved(problem, ascent, climbers, point, slopes)
        better = point.rank.exceeds(climbers.best_rank)
        better_or = functools.partial(np.where, better)
        climbers = Climbers(
            unit=unit,
            memory=memory,
            best_unit=np.where(better[:, None], climbers.unit, climbers.best_unit),
            best_rank=Rank(*map(better_or, point.rank, climbers.best_rank)),
        )
        scores.append(np.where(point.feasible, point.score, np.nan))
    return climbers, np.stack(scores)


def _moved(
    problem: Problem,
    ascent: Ascent,
    climbers: Climbers,
    point: ScoreAndResiduals,
    slopes: ScoreAndResiduals,
) -> tuple[Float[np.ndarray, "starts d"], Any]:
    """Coordinates after a step of all starts, and the state of the optimizer.

    Coordinates and residuals are padded with zeros, so that problems share one program.
    """
    residuals = np.concatenate(point[1:], axis=1)
    along = np.concatenate(slopes[1:], axis=1)
    padding = -residuals.shape[1] % ROWS
    equality = np.arange(residuals.shape[1] + padding) >= residuals.shape[1] - point[3].shape[1]
    start = _Start(
        unit=_padded(climbers.unit),
        memory=climbers.memory,
        score=point.score,
        least_slack=point.least_slack,
        stable=point.stable,
        downhill=_padded(_downhill(point, slopes)),
        residuals=np.pad(residuals, ((0, 0), (0, padding))),
        slopes=_padded(np.pad(along, ((0, 0), (0, padding), (0, 0)))),
    )
    searched = problem if ascent.has_line_search else None
    unit, memory = _stepped(ascent.optimizer, searched, start, equality)
    return np.asarray(unit)[:, : climbers.unit.shape[1]], memory


class _Start(NamedTuple):
    """What the step of a start depends on: see `ScoreAndResiduals`."""

    unit: Any
    memory: Any
    score: Any
    least_slack: Any
    stable: Any
    downhill: Any
    residuals: Any
    slopes: Any


@eqx.filter_jit
def _stepped(
    optimizer: Any, problem: Problem | None, starts: _Start, equality: Bool[Array, " m"]
) -> tuple[Float[Array, "starts d"], Any]:
    """Coordinates after a step: up the score if stable, otherwise up the margin."""

    def step(start: _Start):
        more = {} if problem is None else _for_line_search(problem, start)
        with jax.numpy_dtype_promotion("standard"):  # optax mixes integers and floats
            step, memory = optimizer.update(start.downhill, start.memory, start.unit, **more)
        allowed = allowed_step(step, start.unit, start.residuals, start.slopes, equality)
        step = jnp.where(start.stable, allowed, step)
        return jnp.clip(start.unit + step, 0.0, 1.0), memory

    return jax.vmap(step)(starts)


def _downhill(point: ScoreAndResiduals, slopes: ScoreAndResiduals) -> Float[np.ndarray, "n d"]:
    """Gradient of the loss: of the negative score or, if unstable, of the negative least slack."""
    inward = np.zeros_like(slopes.score)
    if point.slack.shape[1]:
        inward = slopes.slack[np.arange(len(inward)), np.argmin(point.slack, axis=1)]
    return -np.nan_to_num(np.where(point.stable[:, None], slopes.score, inward))


def _for_line_search(problem: Problem, start: _Start) -> dict[str, Any]:
    """Loss at a start, its gradient and the loss elsewhere, as arguments of an optimizer.

    The loss is the negative score from a stable start, else the negative least slack. From a
    stable start unstable points have a finite loss above that of the start.
    """

    def loss(unit: Float[Array, " fields"]) -> Float[Array, ""]:
        point = _on_lowest_branch(problem, jnp.clip(unit[: dimension(problem)], 0.0, 1.0))
        beyond = loss_beyond(start.score) - point.least_slack
        loss = jnp.where(point.stable, -point.score, beyond)
        return jnp.where(start.stable, loss, -point.least_slack)

    at_start = jnp.where(start.stable, -start.score, -start.least_slack)
    return {"value": at_start, "grad": start.downhill, "value_fn": loss}


def _padded(array: Float[np.ndarray, "*n d"]) -> Float[np.ndarray, "*n fields"]:
    """Array with zeros for the fields that are not free."""
    return np.pad(array, [(0, 0)] * (array.ndim - 1) + [(0, len(FIELDS) - array.shape[-1])])


def _score_and_residuals(terms: Terms) -> ScoreAndResiduals:
    score = terms.smooth - np.maximum(terms.hinges, 0.0).sum(-1)
    return ScoreAndResiduals(score, terms.excess_of_squares, terms.inequalities, terms.equalities)


def _slopes(terms: Terms, slopes: Terms) -> ScoreAndResiduals:
    """Slopes of score and residuals; flat where they do not exist, at a fold."""
    uphill = slopes.smooth - ((terms.hinges > 0)[..., None] * slopes.hinges).sum(1)
    rows = slopes.excess_of_squares, slopes.inequalities, slopes.equalities
    return ScoreAndResiduals(uphill, *map(np.nan_to_num, rows))


def _on_lowest_branch(problem: Problem, unit: Float[Array, " d"]) -> ScoreAndResiduals:
    """Score and residuals on the lowest branch as a function that can be compiled."""
    point = LowestBranch(problem.design(unit))
    least = problem.margin / point.resonator.omega_m
    return ScoreAndResiduals(
        problem.objective.score_at(point),
        excess_of_squares(problem.objective.margins_at(point), least),
        problem.residuals_at(point, equality=False),
        problem.residuals_at(point, equality=True),
    )
