"""Climb: gradient ascent of many starts at once, each on the lowest branch.

A stable start climbs the score. The step proposed by the optimizer is projected on the steps that
the linearized margins and constraints allow (`projection`), which also lead back to violated
constraints; no penalty weights are needed. An unstable start climbs the stability margin.
"""

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

TOLERABLE = 1e-3  # violation of a constraint, of order 1, that the polish can remove


class Climbers(NamedTuple):
    """State of all starts, along the leading axis.

    Attributes:
        unit: coordinates.
        memory: state of the optimizer.
        best_unit: coordinates of the highest rank so far.
        best_rank: highest rank so far.
    """

    unit: Float[Array, "starts d"]
    memory: Any
    best_unit: Float[Array, "starts d"]
    best_rank: Rank


class ScoreAndResiduals(NamedTuple):
    """Score and residuals at a point, or their derivatives.

    Attributes:
        score: score of the objective; NaN where a direction is unstable.
        slack: excess of the stability margins over the required one; see `excess_of_squares`.
        inequalities: residuals, at least 0 where satisfied.
        equalities: residuals, 0 where satisfied.
    """

    score: Float[Array, "..."]
    slack: Float[Array, "..."]
    inequalities: Float[Array, "..."]
    equalities: Float[Array, "..."]

    @property
    def stable(self) -> Bool[Array, ""]:
        """Whether all terms are finite and the required margin is kept."""
        exists = jnp.isfinite(jnp.concatenate([self.score[None], *self[2:]]))
        return jnp.all(exists) & (self.least_slack >= 0)

    @property
    def least_slack(self) -> Float[Array, ""]:
        """Smallest slack; 1 if no margin is required."""
        return jnp.min(self.slack, initial=1.0)

    @property
    def violation(self) -> Float[Array, ""]:
        """Violation of the most violated constraint."""
        worst = jnp.max(-self.inequalities, initial=0.0)
        return jnp.maximum(worst, jnp.max(jnp.abs(self.equalities), initial=0.0))

    @property
    def feasible(self) -> Bool[Array, ""]:
        """Whether the point is stable, with violations small enough for the polish."""
        return self.stable & (self.violation <= TOLERABLE)

    @property
    def rank(self) -> Rank:
        """Rank of the point."""
        violation = jnp.where(self.feasible, 0.0, self.violation)
        return Rank(
            violation=jnp.where(self.stable, violation, jnp.inf),
            score=jnp.where(self.stable, self.score, -jnp.inf),
        )


def screen_points(
    problem: Problem, units: Float[np.ndarray, "n d"]
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Scores of many points, NaN where unstable, and their violations."""
    _, terms, _ = evaluate(problem, units)
    point = jax.vmap(_score_and_residuals)(terms)
    point = point._replace(slack=np.zeros((len(units), 0)))  # any stable point will do
    stable = np.asarray(jax.vmap(lambda p: p.stable)(point)) & np.all(terms.margins > 0, axis=1)
    violation = np.asarray(jax.vmap(lambda p: p.violation)(point))
    return np.where(stable, point.score, np.nan), violation


def at_start(
    problem: Problem, optimizer: optax.GradientTransformation, unit: Float[Array, "starts d"]
) -> Climbers:
    """State of the climbers before the first step."""
    nothing = jnp.full(unit.shape[0], jnp.inf, float)
    return Climbers(
        unit=unit,
        memory=jax.vmap(optimizer.init)(unit),
        best_unit=unit,
        best_rank=Rank(violation=nothing, score=-nothing),
    )


def advance(
    problem: Problem, optimizer: Any, climbers: Climbers, length: int
) -> tuple[Climbers, Float[np.ndarray, "steps starts"]]:
    """State after some steps, and the scores at each step, NaN where infeasible."""
    scores = []
    for _ in range(length):
        units = np.asarray(climbers.unit)
        points = on_lowest_branch(problem, units)
        found = linearize(problem, units, points[:, dimension(problem) :])
        slopes = along_branch(found)
        climbers, score = _stepped(problem, optimizer, climbers, found.terms, slopes)
        scores.append(np.asarray(score))
    return climbers, np.stack(scores)


@eqx.filter_jit
def _stepped(problem: Problem, optimizer: Any, climbers: Climbers, terms: Terms, slopes: Terms):
    """One step of all starts, and their scores before it."""

    def step(climber: Climbers, terms: Terms, slopes: Terms):
        point = _score_and_residuals(terms)
        return _step(problem, optimizer, climber, point, _slopes(terms, slopes))

    return jax.vmap(step)(climbers, terms, slopes)


def _step(
    problem: Problem,
    optimizer: Any,
    climber: Climbers,
    point: ScoreAndResiduals,
    slopes: ScoreAndResiduals,
):
    """One step of one start: up the score if stable, otherwise up the margin."""
    unit = climber.unit
    with jax.numpy_dtype_promotion("standard"):  # optax mixes integers and floats
        step, memory = optimizer.update(
            _downhill(point, slopes), climber.memory, unit,
            value=_loss(point, start=point), grad=_downhill(point, slopes),
            value_fn=lambda unit: _loss(
                _evaluate(problem, jnp.clip(unit, 0.0, 1.0)), start=point
            ),
        )  # fmt: skip
    step = jnp.where(point.stable, _allowed(step, unit, point, slopes), step)
    better = point.rank.exceeds(climber.best_rank)
    new = Climbers(
        unit=jnp.clip(unit + step, 0.0, 1.0),
        memory=memory,
        best_unit=jnp.where(better, unit, climber.best_unit),
        best_rank=point.rank.where(better, climber.best_rank),
    )
    return new, jnp.where(point.feasible, point.score, jnp.nan)


def _downhill(point: ScoreAndResiduals, slopes: ScoreAndResiduals) -> Float[Array, " d"]:
    """Gradient of the loss: of the negative score or, if unstable, of the negative least slack."""
    inward = slopes.slack[jnp.argmin(point.slack)] if point.slack.size else 0 * slopes.score
    return -jnp.nan_to_num(jnp.where(point.stable, slopes.score, inward))


def _loss(point: ScoreAndResiduals, start: ScoreAndResiduals) -> Float[Array, ""]:
    """Loss for a line search: negative score from a stable start, else negative least slack.

    From a stable start unstable points have a finite loss above that of the start.
    """
    beyond = loss_beyond(start.score) - point.least_slack
    loss = jnp.where(point.stable, -point.score, beyond)
    return jnp.where(start.stable, loss, -point.least_slack)


def _allowed(step, unit, point: ScoreAndResiduals, slopes: ScoreAndResiduals) -> Float[Array, " d"]:
    """Step projected on what the linearized margins and constraints allow."""
    residuals = jnp.concatenate([point.slack, point.inequalities])
    along = jnp.concatenate([slopes.slack, slopes.inequalities])
    return allowed_step(step, unit, (residuals, along), (point.equalities, slopes.equalities))


def _score_and_residuals(terms: Terms) -> ScoreAndResiduals:
    score = terms.smooth - jnp.maximum(terms.hinges, 0.0).sum()
    return ScoreAndResiduals(score, terms.excess_of_squares, terms.inequalities, terms.equalities)


def _slopes(terms: Terms, slopes: Terms) -> ScoreAndResiduals:
    """Slopes of score and residuals; flat where they do not exist, at a fold."""
    uphill = slopes.smooth - (terms.hinges > 0).astype(float) @ slopes.hinges
    rows = slopes.excess_of_squares, slopes.inequalities, slopes.equalities
    return ScoreAndResiduals(uphill, *map(jnp.nan_to_num, rows))


def _evaluate(problem: Problem, unit: Float[Array, " d"]) -> ScoreAndResiduals:
    """Score and residuals on the lowest branch in one traceable function, for line searches."""
    point = LowestBranch(problem.design(unit))
    least = problem.margin / point.resonator.omega_m
    return ScoreAndResiduals(
        problem.objective.score_at(point),
        excess_of_squares(problem.objective.margins_at(point), least),
        problem.residuals_at(point, equality=False),
        problem.residuals_at(point, equality=True),
    )
