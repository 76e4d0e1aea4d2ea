"""The search for the best design: screen many points, polish the best, and look for better ones.

The fast path looks at thousands of Sobol points; the best few are polished, which mostly settles
it. A round then looks at new points, lets the best of them that are away from the optima known by
then climb, and polishes the best of those. Rounds follow until one finds nothing better.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float
from scipy.stats import qmc
from tqdm import tqdm

from ..box import Box
from .checkpoint import Checkpoint, fingerprint_of
from .climb import TOLERABLE, Climbers, advance, at_start, survey
from .history import History
from .polish import Polished, polish
from .problem import Problem

BLOCK = 25  # steps between two looks of the host: progress and checkpoint
SCREENED = 2**12  # points that a round looks at
FIRST = 4  # of them, polished before the first round
SAME = 1e-6  # of the score: how near two polished optima count as the same value


class Found(NamedTuple):
    """What a search has found: the best polished point, if any, and how it came about."""

    best: Polished | None
    nearest: Float[np.ndarray, " d"]  # where a climber has ranked highest
    polished: list[Polished]
    history: History


class Plan(NamedTuple):
    """How much a search does; see `maximize`."""

    starts: int = 64
    steps: int = 100
    rounds: int = 3
    polish: int = 8
    seed: int = 0
    progress: bool | None = None


def search(
    problem: Problem,
    plan: Plan,
    *,
    optimizer: optax.GradientTransformation | None = None,
    checkpoint: Checkpoint | None = None,
    known: Sequence[Float[np.ndarray, " d"]] = (),
    told: Callable[[Polished], None] | None = None,
) -> Found:
    """All rounds of a search.

    Args:
        problem: what is searched.
        plan: how much is done.
        optimizer: of the climb.
        checkpoint: a file to which the state is written every few seconds.
        known: points that are looked at beside those of Sobol.
        told: of every point that has been polished.
    """
    optimizer = _informed(optimizer or _default_optimizer(plan.steps))
    known = [*known, np.asarray(problem.box.coordinates(problem.resonator))]
    trail = Trail(problem, plan, optimizer, checkpoint)
    units = _candidates(problem, plan, 0, known, [])[:FIRST]
    polished = _polished(problem, units, told)
    with tqdm(total=plan.rounds * plan.steps, **_bar(plan.progress)) as bar:
        for number in range(plan.rounds):
            if number == len(trail.climbers):
                units = _candidates(problem, plan, number, known, polished)
                trail.begin(at_start(problem, optimizer, jnp.asarray(units)))
            _climb(problem, plan, optimizer, trail, number, _best(polished), bar)
            new = _polished(problem, _leading(trail.climbers[number], plan.polish), told)
            better = _is_better(_best(new), _best(polished))
            polished += new
            if not better and _best(polished) is not None:
                break
    nearest = max(trail.climbers, key=lambda climbers: float(climbers.best_rank.max()))
    unit = np.asarray(nearest.best_unit[int(np.argmax(nearest.best_rank))])
    return Found(_best(polished), unit, polished, History(trail.scores))


class Trail:
    """The rounds of a search so far: the last climbers and all scores of each.

    All else follows from them, so that they are what a checkpoint keeps.
    """

    def __init__(self, problem: Problem, plan: Plan, optimizer, checkpoint: Checkpoint | None):
        self.checkpoint, self.climbers, self.scores = checkpoint, [], []
        if checkpoint is None:
            return
        self.fingerprint = fingerprint_of(problem, plan=plan._replace(progress=None))
        shape = (plan.starts, len(problem.box.names))
        structure = jax.tree.structure(at_start(problem, optimizer, jnp.zeros(shape)))
        leaves, size = checkpoint.load(self.fingerprint), structure.num_leaves + 1
        for k in range(0, len(leaves), size):
            *state, scores = leaves[k : k + size]
            self.climbers.append(jax.tree.unflatten(structure, map(jnp.asarray, state)))
            self.scores.append(scores)

    def begin(self, climbers: Climbers) -> None:
        """A round begins."""
        self.climbers.append(climbers)
        self.scores.append(np.zeros((0, climbers.unit.shape[0])))

    def go_on(self, climbers: Climbers, scores: Float[Array, "steps starts"]) -> None:
        """A round goes on by a block of steps."""
        self.climbers[-1] = climbers
        self.scores[-1] = np.concatenate([self.scores[-1], np.asarray(scores)])
        if self.checkpoint is not None:
            rounds = list(zip(self.climbers, self.scores, strict=True))
            self.checkpoint.save(rounds, self.fingerprint)


def _polished(problem: Problem, units, told) -> list[Polished]:
    found = []
    for unit in units:
        found.append(polish(problem, unit))
        if told is not None:
            told(found[-1])
    return found


def _climb(
    problem: Problem, plan: Plan, optimizer, trail: Trail, number: int, best: Polished | None, bar
) -> None:
    """The rest of a round; the host looks in now and then."""
    begin = len(trail.scores[number])
    bar.update(number * plan.steps + begin - bar.n)
    for done in range(begin, plan.steps, BLOCK):
        length = min(BLOCK, plan.steps - done)
        climbers, scores = advance(problem, optimizer, trail.climbers[number], length)
        trail.go_on(climbers, scores)
        bar.update(length)
        share = float(np.isfinite(trail.scores[-1][-1]).mean())
        known = -np.inf if best is None else best.score
        highest = np.nanmax([known, *(np.nanmax(s, initial=-np.inf) for s in trail.scores)])
        bar.set_postfix(best=f"{highest:.4f}", feasible=f"{share:.0%}")


def _candidates(problem: Problem, plan: Plan, number: int, known, polished) -> np.ndarray:
    """The starts of a round: the best of many Sobol points that are far enough apart."""
    units = _sobol(problem.box, plan.seed, number)
    inside = [unit for unit in known if np.all((unit >= 0) & (unit <= 1))]
    units[len(units) - len(inside) :] = np.reshape(inside, (-1, units.shape[1]))
    order = _promising(*map(np.asarray, survey(problem, jnp.asarray(units))))
    distance = 0.5 * plan.starts ** (-1 / units.shape[1])
    taken = [np.asarray(each.unit) for each in polished]
    return _spread(units[order], max(plan.starts, FIRST), distance, taken)[: plan.starts]


def _promising(scores: np.ndarray, violations: np.ndarray) -> np.ndarray:
    """The order in which points promise most: by score those that nearly meet the constraints.

    Nearly is as well as the best tenth of the stable points do: few, if any, meet an equality.
    """
    stable = np.isfinite(scores)
    near = np.quantile(violations[stable], 0.1) if stable.any() else np.inf
    height = np.where(stable, scores, -np.inf)
    return np.lexsort([-height, np.maximum(violations, max(near, TOLERABLE)), ~stable])


def _spread(units: np.ndarray, count: int, distance: float, taken: list[np.ndarray]) -> np.ndarray:
    """The first points at a distance from each other and from those taken, halved until enough."""
    chosen: list[np.ndarray] = []
    far = np.full(len(units), np.inf)
    for unit in taken:
        far = np.minimum(far, np.abs(units - unit).max(axis=1))
    while True:
        for k in range(len(units)):
            if far[k] >= distance:
                chosen.append(units[k])
                far = np.minimum(far, np.abs(units - units[k]).max(axis=1))
            if len(chosen) == count:
                return np.stack(chosen)
        distance = distance / 2 if distance > 1e-6 else 0.0


def _leading(climbers: Climbers, count: int) -> list[np.ndarray]:
    """Where the best climbers have been, if stable; of those at one place, one."""
    ranks, units = np.asarray(climbers.best_rank), np.asarray(climbers.best_unit)
    chosen: list[np.ndarray] = []
    for k in np.argsort(-ranks, kind="stable"):
        apart = all(np.abs(units[k] - unit).max() > 1e-3 for unit in chosen)
        if np.isfinite(ranks[k]) and apart and len(chosen) < count:
            chosen.append(units[k])
    return chosen


def _best(polished: Sequence[Polished]) -> Polished | None:
    """The highest of those that are feasible."""
    feasible = [each for each in polished if each.feasible]
    return max(feasible, key=lambda each: each.score, default=None)


def _is_better(new: Polished | None, old: Polished | None) -> bool:
    if new is None or old is None:
        return new is not None
    return new.score > old.score + SAME * abs(old.score)


@functools.cache
def _default_optimizer(steps: int) -> optax.GradientTransformation:
    # Cached, like the next: an optimizer made anew would have the loop compiled anew.
    return optax.adam(optax.cosine_decay_schedule(0.05, steps))


@functools.cache
def _informed(optimizer: optax.GradientTransformation) -> optax.GradientTransformationExtraArgs:
    """The optimizer, ready to be told values and the loss, which those with a line search need."""
    return optax.with_extra_args_support(optimizer)


def _sobol(box: Box, seed: int, number: int) -> np.ndarray:
    """The scrambled Sobol points of a round."""
    sampler = qmc.Sobol(len(box.names), rng=seed)
    if number:
        sampler.fast_forward(number * SCREENED)
    return sampler.random(SCREENED)


def _bar(progress: bool | None) -> dict[str, Any]:
    disable = None if progress is None else not progress
    return {"desc": "climb", "unit": "step", "disable": disable}


def require_counts(**counts: int) -> None:
    """Raise ValueError unless each argument is a whole number from 1."""
    for name, count in counts.items():
        if count != int(count) or count < 1:
            raise ValueError(f"Argument `{name}` must be a whole number from 1, but is {count}.")
