"""The climb: many starts go uphill at once, in one compiled loop.

A start that is stable climbs the score; what its optimizer proposes is projected on the steps that
margins and constraints allow (`projection`), which also lead back to them where they fail, so that
nothing has to be weighted against the score. One that is not stable climbs the margin until it is.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float

from .problem import Problem
from .projection import allowed_step
from .slopes import with_slopes

TOLERABLE = 1e-3  # violation of a constraint, of order 1, that the polish will mend


class Climbers(NamedTuple):
    """The state of all starts, along the leading axis.

    The rank orders points: the score where all constraints hold, else far below all scores, the
    lower the more they fail; -inf where unstable.
    """

    unit: Float[Array, "starts d"]
    memory: Any
    best_unit: Float[Array, "starts d"]
    best_rank: Float[Array, " starts"]


class Point(NamedTuple):
    """What a start sees where it stands, or the slopes of that.

    Attributes:
        score: of the objective; NaN where a direction is unstable.
        slack: how far the margins of stability lie above the one asked for.
        inequalities: residuals, at least 0 where they hold.
        equalities: residuals, 0 where they hold.
    """

    score: Float[Array, "..."]
    slack: Float[Array, "..."]
    inequalities: Float[Array, "..."]
    equalities: Float[Array, "..."]

    @property
    def stable(self) -> Bool[Array, ""]:
        """Does everything exist, with the margin asked for?"""
        exists = jnp.isfinite(jnp.concatenate([self.score[None], *self[2:]]))
        return jnp.all(exists) & (self.least_slack >= 0)

    @property
    def least_slack(self) -> Float[Array, ""]:
        """The least of the slacks; 1 where no margin is asked for."""
        return jnp.min(self.slack, initial=1.0)

    @property
    def violation(self) -> Float[Array, ""]:
        """By how much the worst of the constraints fails."""
        worst = jnp.max(-self.inequalities, initial=0.0)
        return jnp.maximum(worst, jnp.max(jnp.abs(self.equalities), initial=0.0))

    @property
    def feasible(self) -> Bool[Array, ""]:
        """Is it stable, and does every constraint hold as well as the polish needs it?"""
        return self.stable & (self.violation <= TOLERABLE)

    @property
    def rank(self) -> Float[Array, ""]:
        """See `Climbers`."""
        below = jnp.where(self.stable, -1e6 * (1 + self.violation), -jnp.inf)
        return jnp.where(self.feasible, self.score, below)


@eqx.filter_jit
def rank(
    problem: Problem, units: Float[Array, "n d"], *, within_margin: bool = False
) -> Float[Array, " n"]:
    """The ranks of many points by the fast path; see `Climbers`.

    Whether they keep the margin asked for, beside being stable, is looked at on request.
    """

    def of(unit):
        kept = (
            jnp.where(problem.keeps_margin(unit), 0.0, -1.0)[None]
            if within_margin
            else jnp.zeros(0)
        )
        return _look(problem, unit, kept).rank

    return jax.vmap(of)(units)


@eqx.filter_jit
def survey(problem: Problem, units: Float[Array, "n d"]):
    """Scores of many points, NaN where unstable, and the violations of their constraints."""

    def of(unit):
        point = _look(problem, unit, jnp.zeros(0))
        return jnp.where(point.stable, point.score, jnp.nan), point.violation

    return jax.vmap(of)(units)


def at_start(
    problem: Problem, optimizer: optax.GradientTransformation, unit: Float[Array, "starts d"]
) -> Climbers:
    """The climbers before the first step, at the points given."""
    return Climbers(
        unit=unit,
        memory=jax.vmap(optimizer.init)(unit),
        best_unit=unit,
        best_rank=jnp.full(unit.shape[0], -jnp.inf, float),
    )


@eqx.filter_jit
def advance(problem: Problem, optimizer, climbers: Climbers, length: int):
    """A block of steps of all starts, and their scores at each: NaN where infeasible."""

    def step(climbers, _):
        return jax.vmap(lambda *state: _step(problem, optimizer, Climbers(*state)))(*climbers)

    return jax.lax.scan(step, climbers, None, length=length)


def _step(problem: Problem, optimizer, climber: Climbers):
    """One step of one start: uphill if stable, else towards stability."""
    unit = climber.unit
    point, slopes = _look_around(problem, unit)
    with jax.numpy_dtype_promotion("standard"):  # optax mixes integers and floats
        step, memory = optimizer.update(
            _downhill(point, slopes), climber.memory, unit,
            value=_height_lost(point), grad=_downhill(point, slopes),
            value_fn=lambda unit: _height_lost(_look_within(problem, jnp.clip(unit, 0.0, 1.0))),
        )  # fmt: skip
    step = jnp.where(point.stable, _allowed(step, unit, point, slopes), step)
    better = point.rank > climber.best_rank
    new = Climbers(
        unit=jnp.clip(unit + step, 0.0, 1.0),
        memory=memory,
        best_unit=jnp.where(better, unit, climber.best_unit),
        best_rank=jnp.where(better, point.rank, climber.best_rank),
    )
    return new, jnp.where(point.feasible, point.score, jnp.nan)


def _downhill(point: Point, slopes: Point) -> Float[Array, " d"]:
    """The slope down from the score or, if unstable, from the least margin."""
    inward = slopes.slack[jnp.argmin(point.slack)] if point.slack.size else 0 * slopes.score
    return -jnp.nan_to_num(jnp.where(point.stable, slopes.score, inward))


def _height_lost(point: Point) -> Float[Array, ""]:
    """What an optimizer makes small: high above all scores where unstable."""
    return jnp.where(point.stable, -point.score, 1e3 - point.least_slack)


def _allowed(step, unit, point: Point, slopes: Point) -> Float[Array, " d"]:
    """What margins and constraints leave of a step."""
    kept = jnp.concatenate([point.slack, point.inequalities])
    along = jnp.concatenate([slopes.slack, slopes.inequalities])
    return allowed_step(step, unit, (kept, along), (point.equalities, slopes.equalities))


def _look(problem: Problem, unit: Float[Array, " d"], slack: Float[Array, " m"]) -> Point:
    return Point(problem.score(unit), slack, problem.inequalities(unit), problem.equalities(unit))


def _look_within(problem: Problem, unit: Float[Array, " d"]) -> Point:
    """With the margins of stability."""
    return _look(problem, unit, problem.slack(unit))


def _look_around(problem: Problem, unit: Float[Array, " d"]) -> tuple[Point, Point]:
    """What there is at a point, and its slopes."""
    return with_slopes(lambda unit: _look_within(problem, unit), unit)
