"""The search: many starts climb at once, the best are polished to convergence.

Stage one is one compiled loop over all starts, in the coordinates of the unit cube. A start that is
feasible climbs the score; one that is not climbs the margin of stability until it is. Stage two
hands the best of them to a bounded, constrained local optimiser (SLSQP): bounds are met exactly,
where a squashed coordinate would only approach them, and the margin of stability is a constraint,
not a penalty to be tuned.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float
from scipy.optimize import OptimizeResult, minimize
from scipy.stats import qmc
from tqdm import tqdm

from jaxcom import SpinningResonator, reduced, stability
from jaxcom.characteristic import companion
from jaxcom.mean_field import shift_of
from jaxcom.precision import require_x64
from jaxcom.rates import normalized_rates
from optimize.box import Box
from optimize.objectives import AbstractObjective, as_objective
from optimize.result import History, Optimum, SearchStatus, as_arrays, describe

BLOCK = 25  # steps between two looks at the progress bar


class Problem(eqx.Module):
    """What is searched: a score over the unit cube, and by how much each direction is stable."""

    objective: AbstractObjective
    resonator: SpinningResonator
    box: Box
    margin: float | Float[Array, ""]

    def design(self, unit: Float[Array, " d"]) -> SpinningResonator:
        """The design at a point of the unit cube."""
        return self.box.design(self.resonator, unit)

    def score(self, unit: Float[Array, " d"]) -> Float[Array, ""]:
        """What the search climbs; NaN where a direction is unstable."""
        return self.objective.score(self.design(unit))

    def slack(self, unit: Float[Array, " d"]) -> Float[Array, " directions"]:
        """How far the margin of each direction lies above the one asked for, over omega_m."""
        design = self.design(unit)
        rates = normalized_rates(design, jnp.array(self.objective.directions))
        x = shift_of(rates)
        polynomial = jnp.stack(reduced.characteristic_coefficients(rates, x), axis=-1)
        return stability.margin(companion(polynomial)) - self.margin / design.omega_m


class Climbers(NamedTuple):
    """The state of all starts, along the leading axis."""

    unit: Float[Array, "starts d"]
    memory: optax.OptState
    best_unit: Float[Array, "starts d"]
    best_score: Float[Array, " starts"]


def maximize(
    objective: AbstractObjective | Callable[[SpinningResonator], Float[Array, ""]],
    resonator: SpinningResonator,
    box: Box,
    *,
    starts: int = 64,
    steps: int = 200,
    optimizer: optax.GradientTransformation | None = None,
    margin: float | None = None,
    polish: int = 8,
    seed: int = 0,
    progress: bool | None = None,
) -> Optimum:
    """The design in a box that maximises an objective, all its directions of light stable.

    Args:
        objective: one of `optimize.objectives`, or any function of a resonator that JAX can
            differentiate; where it is NaN the design counts as infeasible.
        resonator: gives all fields that the box does not free, and the design to compare with.
        box: which fields are free, and their bounds.
        starts: number of Sobol points that climb in parallel.
        steps: steps of the climb.
        optimizer: of the climb, any from optax; it works in coordinates 0..1. By default Adam, its
            rate falling from 0.05 to 0 along a cosine.
        margin: by which every direction must be stable (-max Re eigenvalue), in rad/s; by default
            a tenth of `gamma_m`, which keeps the optimum off the edge where E_N ends.
        polish: how many of the best starts to polish.
        seed: of the Sobol points; the same seed gives the same result.
        progress: show a progress bar; by default where the standard error is a terminal.

    Returns:
        The optimum: design, value, history, status; prints as a table. Its status says so where no
        start found a feasible point: the value is NaN then.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: the objective is not callable.
        ValueError: a number of starts, steps or polished starts below 1, or the margin is not
            finite or negative.

    >>> import jaxcom as jc
    >>> from optimize import Box, maximize, objectives
    >>> box = Box(detuning=(-63e6, 252e6))
    >>> best = maximize(objectives.one_way(jc.LEFT), jc.SpinningResonator(), box, starts=4)
    >>> print(f"{best.value:.4f} at {best.design.detuning / 63e6:.2f} omega_m")
    0.1476 at 0.30 omega_m
    """
    require_x64("optimize.maximize")
    _require_counts(starts=starts, steps=steps, polish=polish)
    margin = 0.1 * float(resonator.gamma_m) if margin is None else margin
    if not 0 <= margin < float("inf"):
        raise ValueError(f"Argument `margin` must be finite and at least 0, but is {margin}.")
    # As arrays, numbers are arguments of the compiled loop, not constants of it.
    problem = as_arrays(Problem(as_objective(objective), resonator, box, margin))
    optimizer = _informed(optimizer or _default_optimizer(steps))
    climbers, history = _climb(problem, optimizer, _sobol(box, starts, seed), steps, progress)
    polished = _polish(problem, climbers, polish)
    unit, status = _best(problem, climbers, polished)
    slopes = _local(problem, unit).uphill
    return describe(problem, unit, slopes, status, history, seed=seed)


@functools.cache
def _default_optimizer(steps: int) -> optax.GradientTransformation:
    # Cached, like the next: an optimizer made anew would have the loop compiled anew.
    return optax.adam(optax.cosine_decay_schedule(0.05, steps))


@functools.cache
def _informed(optimizer: optax.GradientTransformation) -> optax.GradientTransformationExtraArgs:
    """The optimizer, ready to be told values and the loss, which those with a line search need."""
    return optax.with_extra_args_support(optimizer)


def _climb(problem: Problem, optimizer, unit, steps: int, progress) -> tuple[Climbers, History]:
    """Run all starts; the host only looks in now and then, to move the progress bar."""
    climbers = Climbers(
        unit, jax.vmap(optimizer.init)(unit), unit, jnp.full(unit.shape[0], -jnp.inf, float)
    )
    scores = []
    with tqdm(total=steps, desc="climb", unit="step", disable=_hidden(progress)) as bar:
        for begin in range(0, steps, BLOCK):
            length = min(BLOCK, steps - begin)
            climbers, block = _advance(problem, optimizer, climbers, length)
            scores.append(np.asarray(block))
            bar.update(length)
            bar.set_postfix(best=f"{float(climbers.best_score.max()):.4f}")
    return climbers, History(np.concatenate(scores))


@eqx.filter_jit
def _advance(problem: Problem, optimizer, climbers: Climbers, length: int):
    """A block of steps of all starts, and their scores at each: NaN where infeasible."""

    def step(climbers, _):
        return jax.vmap(lambda *state: _step(problem, optimizer, Climbers(*state)))(*climbers)

    return jax.lax.scan(step, climbers, None, length=length)


def _step(problem: Problem, optimizer, climber: Climbers):
    """One step of one start: uphill in the score if feasible, else towards stability."""
    unit = climber.unit
    score, uphill = jax.value_and_grad(problem.score)(unit)
    slack, inward = jax.value_and_grad(lambda unit: jnp.min(problem.slack(unit)))(unit)
    feasible = (slack >= 0) & jnp.isfinite(score)
    gradient = -jnp.nan_to_num(jnp.where(feasible, uphill, inward))
    loss = -jnp.where(feasible, score, slack)
    with jax.numpy_dtype_promotion("standard"):  # optax mixes integers and floats
        update, memory = optimizer.update(
            gradient,
            climber.memory,
            unit,
            value=loss,
            grad=gradient,
            value_fn=lambda unit: _loss(problem, unit),
        )
    better = feasible & (score > climber.best_score)
    new = Climbers(
        unit=jnp.clip(unit + update, 0.0, 1.0),
        memory=memory,
        best_unit=jnp.where(better, unit, climber.best_unit),
        best_score=jnp.where(better, score, climber.best_score),
    )
    return new, jnp.where(feasible, score, jnp.nan)


def _loss(problem: Problem, unit):
    """For optimizers with a line search: far above all scores where infeasible."""
    unit = jnp.clip(unit, 0.0, 1.0)
    score, slack = problem.score(unit), jnp.min(problem.slack(unit))
    return jnp.where((slack >= 0) & jnp.isfinite(score), -score, 1e3 - slack)


def _polish(problem: Problem, climbers: Climbers, count: int) -> list[OptimizeResult]:
    """The best few, polished under the bounds and the margins; those that are feasible after."""
    order = np.argsort(-np.asarray(climbers.best_score))[:count]
    found = np.isfinite(climbers.best_score[order])
    results = [_polish_one(problem, np.asarray(climbers.best_unit[k])) for k in order[found]]
    return [result for result in results if _feasible(problem, result.x)]


def _polish_one(problem: Problem, unit: np.ndarray) -> OptimizeResult:
    look = functools.lru_cache(maxsize=1)(lambda *unit: _local(problem, jnp.array(unit)))

    def loss(unit):
        here = look(*unit)
        # Outside the stable region there is nothing to report: high and flat, so a step is halved.
        return -here.score if np.isfinite(here.score) else 1e3

    def downhill(unit):
        here = look(*unit)
        return -here.uphill if np.isfinite(here.score) else np.zeros_like(unit)

    constraint = {
        "type": "ineq",
        "fun": lambda unit: look(*unit).slack,
        "jac": lambda unit: look(*unit).inward,
    }
    bounds = [(0.0, 1.0)] * unit.size
    return minimize(
        loss, unit, jac=downhill, method="SLSQP", bounds=bounds, constraints=[constraint],
        options={"ftol": 1e-13, "maxiter": 100},
    )  # fmt: skip


def _best(problem: Problem, climbers: Climbers, polished: list[OptimizeResult]):
    """The best point of both stages, and what is known of it."""
    k = int(np.argmax(climbers.best_score))
    climbed = float(climbers.best_score[k])
    if not np.isfinite(climbed):
        slack = jax.vmap(lambda unit: jnp.min(problem.slack(unit)))(climbers.unit)
        return climbers.unit[int(jnp.nanargmax(slack))], SearchStatus.NOTHING_FEASIBLE
    winner = min(polished, key=lambda result: result.fun, default=None)
    if winner is None or -winner.fun < climbed:
        return climbers.best_unit[k], SearchStatus.NOT_CONVERGED
    converged = SearchStatus.CONVERGED if winner.success else SearchStatus.NOT_CONVERGED
    return jnp.asarray(winner.x), converged


class Local(NamedTuple):
    """All that the polish asks of a point."""

    score: np.ndarray
    uphill: np.ndarray
    slack: np.ndarray
    inward: np.ndarray


def _local(problem: Problem, unit: Float[Array, " d"]) -> Local:
    return Local(*(np.asarray(part) for part in _local_compiled(problem, unit)))


@eqx.filter_jit
def _local_compiled(problem: Problem, unit: Float[Array, " d"]):
    score, uphill = jax.value_and_grad(problem.score)(unit)
    return score, uphill, problem.slack(unit), jax.jacrev(problem.slack)(unit)


def _feasible(problem: Problem, unit: np.ndarray) -> bool:
    here = _local(problem, jnp.asarray(unit))
    return bool(np.isfinite(here.score) and here.slack.min() >= -1e-12)


def _sobol(box: Box, starts: int, seed: int) -> Float[Array, "starts d"]:
    """Scrambled Sobol points: the next power of two of them, cut to the number asked for."""
    sampler = qmc.Sobol(len(box.names), rng=seed)
    return jnp.asarray(sampler.random_base2((starts - 1).bit_length())[:starts])


def _hidden(progress: bool | None) -> bool | None:
    return None if progress is None else not progress


def _require_counts(**counts: int) -> None:
    for name, count in counts.items():
        if count != int(count) or count < 1:
            raise ValueError(f"Argument `{name}` must be a whole number from 1, but is {count}.")
