"""Search for the best design: rounds of screening, climbing and polishing.

A search first evaluates thousands of Sobol points by the fast path and polishes the best few, which
usually finds the optimum already. Each round then screens new points, starts climbs at the best
ones away from the known optima, and polishes the best results. The search ends with the first round
that finds nothing better.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
import optax
from jaxtyping import Float
from tqdm import tqdm

from jaxcom.support.interruption import ending_in_order, keeping, raise_if_interrupted

from .checkpoint import SearchStorage, fingerprint_of
from .climb import TOLERABLE, Ascent, Climbers, advance, ascent, at_start, screen_points
from .history import History
from .polish import Polished, polish
from .problem import Problem
from .sampling import sobol_points

BLOCK = 25  # steps after which progress and checkpoint are updated
SCREENED = 2**12  # points screened in a round
FIRST = 4  # screened points polished before the first round
SAME = 1e-6  # relative difference of scores below which two optima count as equal
RESUME = "continue with `Checkpoint(..., resume=True)`"


class Found(NamedTuple):
    """Result of a search.

    Attributes:
        best: best feasible polished point; None if there is none.
        nearest: coordinates of the climber with the highest rank.
        polished: all polished points.
        history: scores of all climbs.
    """

    best: Polished | None
    nearest: Float[np.ndarray, " d"]
    polished: list[Polished]
    history: History


class SearchOptions(NamedTuple):
    """Extent of a search, as for the keyword arguments of `optimize.maximize`.

    Attributes:
        starts: number of points that climb in parallel.
        steps: number of steps of a climb.
        rounds: maximum number of rounds.
        polish: maximum number of climbers polished in a round.
        seed: seed of the Sobol points.
        progress: whether to show a progress bar; by default if the standard error is a terminal.
    """

    starts: int = 64
    steps: int = 100
    rounds: int = 3
    polish: int = 8
    seed: int = 0
    progress: bool | None = None


def search(
    problem: Problem,
    options: SearchOptions,
    *,
    optimizer: optax.GradientTransformation | None = None,
    checkpoint: SearchStorage | None = None,
    known: Sequence[Float[np.ndarray, " d"]] = (),
    callback: Callable[[Polished], None] | None = None,
) -> Found:
    """Result of all rounds of a search.

    Args:
        problem: problem to solve.
        options: extent of the search.
        optimizer: optimizer of the climb, by default Adam with a rate that falls to 0.
        checkpoint: storage to which the state is written every few seconds.
        known: points that are screened along with the Sobol points.
        callback: called with each polished point.
    """
    way = ascent(optimizer, options.steps)
    known = [*known, np.asarray(problem.box.coordinates(problem.resonator))]
    state = SearchState(problem, options, way, checkpoint)
    with ending_in_order() if checkpoint else contextlib.nullcontext(), state.kept():
        polished = _rounds(problem, options, way, state, known, callback)
    return Found(_best(polished), state.nearest, polished, History(state.scores))


def _rounds(
    problem: Problem,
    options: SearchOptions,
    way: Ascent,
    state: "SearchState",
    known: Sequence[Float[np.ndarray, " d"]],
    callback: Callable[[Polished], None] | None,
) -> list[Polished]:
    """Screen, climb and polish until a round finds nothing better; return all polished points."""
    with tqdm(total=options.rounds * options.steps, **_bar(options.progress)) as bar:
        bar.set_description("compile and screen")
        units = _candidates(problem, options, 0, known, [])[:FIRST]
        polished = _polish_each(problem, units, callback)
        bar.set_description("climb")
        for number in range(options.rounds):
            if number == len(state.rounds):
                units = _candidates(problem, options, number, known, polished)
                state.begin_round(at_start(way, units))
            _climb(problem, options, way, state, number, _best(polished), bar)
            leading = _leading(state.rounds[number].climbers, options.polish)
            new = _polish_each(problem, leading, callback)
            better = _is_better(_best(new), _best(polished))
            polished += new
            if not better and _best(polished) is not None:
                break
    return polished


class Round(NamedTuple):
    """Round of a search.

    Attributes:
        climbers: climbers after the latest step.
        scores: scores of all climbers at all steps.
    """

    climbers: Climbers
    scores: Float[np.ndarray, "steps starts"]


class SearchState:
    """State of a search: its rounds.

    Everything else follows from these, so that they are what a checkpoint contains. They change by
    one assignment at a time, so that an interruption finds them consistent.
    """

    def __init__(
        self,
        problem: Problem,
        options: SearchOptions,
        way: Ascent,
        checkpoint: SearchStorage | None,
    ):
        self.checkpoint, self._most = checkpoint, options.rounds * options.steps
        self.rounds: list[Round] = []
        if checkpoint is None:
            return
        self.fingerprint = fingerprint_of(problem, options=options._replace(progress=None))
        shape = (options.starts, len(problem.box.names))
        start = at_start(way, np.zeros(shape))
        structure = jax.tree.structure(start)
        leaves, size = checkpoint.load(self.fingerprint), structure.num_leaves + 1
        _require_rounds(leaves, [np.asarray(leaf) for leaf in jax.tree.leaves(start)], options)
        for k in range(0, len(leaves), size):
            *state, scores = leaves[k : k + size]
            climbers = jax.tree.unflatten(structure, map(np.asarray, state))
            self.rounds.append(Round(climbers, scores))

    @property
    def scores(self) -> list[Float[np.ndarray, "steps starts"]]:
        """Scores of each round."""
        return [each.scores for each in self.rounds]

    @property
    def nearest(self) -> Float[np.ndarray, " d"]:
        """Coordinates of the highest rank of all climbers."""
        ranks = [each.climbers.best_rank for each in self.rounds]
        units = [each.climbers.best_unit for each in self.rounds]
        rank = jax.tree.map(lambda *parts: np.concatenate(parts), *ranks)
        return np.concatenate(units)[rank.best_first[0]]

    def begin_round(self, climbers: Climbers) -> None:
        """Append a round."""
        self.rounds.append(Round(climbers, np.zeros((0, climbers.unit.shape[0]))))

    def add_block(self, climbers: Climbers, scores: Float[np.ndarray, "steps starts"]) -> None:
        """Add a block of steps to the last round, and write the checkpoint."""
        self.rounds[-1] = Round(climbers, np.concatenate([self.rounds[-1].scores, scores]))
        self._save()

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Write the checkpoint when the block ends or is interrupted."""
        try:
            with keeping(self._summary, RESUME):
                yield
        except KeyboardInterrupt:
            self._save(at_once=True)
            raise
        self._save(at_once=True)

    def _save(self, at_once: bool = False) -> None:
        if self.checkpoint is not None and self.rounds:
            self.checkpoint.save(self.rounds, self.fingerprint, at_once=at_once)

    def _summary(self) -> str:
        """What an interruption leaves; an empty text for nothing."""
        if self.checkpoint is None or not self.rounds:
            return ""
        done = sum(map(len, self.scores))
        return f"the checkpoint keeps {done} of at most {self._most} steps"


def _require_rounds(
    leaves: Sequence[np.ndarray], start: Sequence[np.ndarray], options: SearchOptions
) -> None:
    """Raise ValueError unless the leaves are those of some rounds of a search.

    Args:
        leaves: leaves of the rounds.
        start: leaves of the climbers of a round.
        options: extent of the search.
    """
    size = len(start) + 1
    rounds = [leaves[k : k + size] for k in range(0, len(leaves), size)]
    fits = len(rounds) <= options.rounds
    for *climbers, scores in rounds:
        fits &= [(x.shape, x.dtype) for x in climbers] == [(x.shape, x.dtype) for x in start]
        fits &= scores.shape[1:] == (options.starts,) and len(scores) <= options.steps
    if not fits:
        raise ValueError("Argument `checkpoint` must hold rounds of this search, but holds others.")


def _polish_each(
    problem: Problem, units: Iterable[np.ndarray], callback: Callable[[Polished], None] | None
) -> list[Polished]:
    found = []
    for unit in units:
        raise_if_interrupted()
        found.append(polish(problem, unit))
        if callback is not None:
            callback(found[-1])
    return found


def _climb(
    problem: Problem,
    options: SearchOptions,
    way: Ascent,
    state: SearchState,
    number: int,
    best: Polished | None,
    bar: tqdm,
) -> None:
    """Climb the remaining steps of a round, block by block."""
    begin = len(state.rounds[number].scores)
    bar.update(number * options.steps + begin - bar.n)
    for done in range(begin, options.steps, BLOCK):
        raise_if_interrupted()
        length = min(BLOCK, options.steps - done)
        climbers, scores = advance(problem, way, state.rounds[number].climbers, length)
        state.add_block(climbers, scores)
        bar.update(length)
        share = float(np.isfinite(state.scores[-1][-1]).mean())
        known = -np.inf if best is None else best.score
        highest = np.nanmax([known, *(np.nanmax(s, initial=-np.inf) for s in state.scores)])
        bar.set_postfix(best=f"{highest:.4f}", feasible=f"{share:.0%}")


def _candidates(
    problem: Problem,
    options: SearchOptions,
    number: int,
    known: Sequence[np.ndarray],
    polished: Sequence[Polished],
) -> np.ndarray:
    """Starts of a round: the best screened points that are far enough apart."""
    units = sobol_points(len(problem.box.names), SCREENED, options.seed, skip=number * SCREENED)
    inside = [unit for unit in known if np.all((unit >= 0) & (unit <= 1))]
    units[len(units) - len(inside) :] = np.reshape(inside, (-1, units.shape[1]))
    order = _promising(*screen_points(problem, units))
    distance = 0.5 * options.starts ** (-1 / units.shape[1])
    taken = [np.asarray(each.unit) for each in polished]
    return _spread(units[order], max(options.starts, FIRST), distance, taken)[: options.starts]


def _promising(scores: np.ndarray, violations: np.ndarray) -> np.ndarray:
    """Order of points: first those that nearly satisfy the constraints, by descending score.

    The threshold is the violation of the best tenth of the stable points, since few points, if
    any, satisfy an equality.
    """
    stable = np.isfinite(scores)
    near = np.quantile(violations[stable], 0.1) if stable.any() else np.inf
    height = np.where(stable, scores, -np.inf)
    return np.lexsort([-height, np.maximum(violations, max(near, TOLERABLE)), ~stable])


def _spread(units: np.ndarray, count: int, distance: float, taken: list[np.ndarray]) -> np.ndarray:
    """First points at a distance from each other and `taken`, halved until there are enough."""
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
    """Coordinates of the highest ranks of the climbers, if stable and not too close together."""
    rank, units = climbers.best_rank, np.asarray(climbers.best_unit)
    stable = np.isfinite(rank.violation)
    chosen: list[np.ndarray] = []
    for k in rank.best_first:
        apart = all(np.abs(units[k] - unit).max() > 1e-3 for unit in chosen)
        if stable[k] and apart and len(chosen) < count:
            chosen.append(units[k])
    return chosen


def _best(polished: Sequence[Polished]) -> Polished | None:
    """Feasible point with the highest score; None if there is none."""
    feasible = [each for each in polished if each.feasible]
    return max(feasible, key=lambda each: each.score, default=None)


def _is_better(new: Polished | None, old: Polished | None) -> bool:
    if new is None or old is None:
        return new is not None
    return new.score > old.score + SAME * abs(old.score)


def _bar(progress: bool | None) -> dict[str, Any]:
    disable = None if progress is None else not progress
    return {"unit": "step", "disable": disable}
