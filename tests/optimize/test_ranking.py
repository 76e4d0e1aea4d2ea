"""Ranks of points: lexicographic, for scores of any size."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from optimize import Box, SearchStatus, maximize, objectives
from optimize.constraints import AtLeast
from optimize.maximize import build_problem
from optimize.results.crosscheck import dense_scan
from optimize.search.climb import TOLERABLE, advance, ascent, at_start
from optimize.search.evaluation import Evaluator
from optimize.search.polish import _better
from optimize.search.ranking import Rank

# In ascending order: unstable, infeasible by descending violation, feasible by ascending score.
ASCENDING = Rank(
    violation=np.array([np.inf, 5e3, 5.0, 0.5, 0.5, 0.0, 0.0, 0.0]),
    score=np.array([-np.inf, 1e9, 3.0, -7.0, 3.0, -2e6, -1.0, 3.0]),
)
N = ASCENDING.score.size


def test_exceeds_under_jit_and_vmap():
    compare = jax.jit(jax.vmap(jax.vmap(Rank.exceeds, (None, 0)), (0, None)))
    exceeds = compare(jax.tree.map(jnp.asarray, ASCENDING), jax.tree.map(jnp.asarray, ASCENDING))
    np.testing.assert_array_equal(exceeds, np.tri(N, k=-1, dtype=bool))


def test_order():
    shuffled = np.random.default_rng(2).permutation(N)
    rank = Rank(*(part[shuffled] for part in ASCENDING))
    np.testing.assert_array_equal(shuffled[rank.best_first], np.arange(N)[::-1])


def test_loss_has_the_opposite_order():
    """Losses are equal for equal violations, and for those above 1e3, which count as unstable."""
    loss = np.asarray(ASCENDING.loss)
    assert np.all(np.diff(loss) <= 0)
    assert np.all(np.diff(loss[[1, 2, 3, 5, 6, 7]]) < 0)
    assert np.isfinite(np.sum(loss**2))


def test_a_feasible_score_of_minus_two_million_exceeds_every_infeasible_one():
    feasible = Rank(np.array(0.0), np.array(-2e6))
    for violation in (1e-2, 1.0, 1e3, np.inf):
        assert feasible.exceeds(Rank(violation, 0.0))
        assert feasible.loss < Rank(violation, 0.0).loss


@pytest.fixture(scope="module")
def problem():
    """max -2e6 (1 + x^2) with x >= 1/2, where x = spin / 1e4 rad/s."""

    def parabola(resonator):
        return -2e6 * (1 + (resonator.spin / 1e4) ** 2)

    objective, box = objectives.FromFunction(parabola, directions=()), Box(spin=(0, 1e4))
    limits = [AtLeast("spin", 5e3)]
    return build_problem(objective, jc.SpinningResonator(), box, constraints=limits)


def test_climbers_prefer_feasible_points(problem):
    way = ascent(None, 100)
    climbers, _ = advance(problem, way, at_start(way, np.array([[0.1], [0.4], [0.9]])), 100)
    assert np.all(climbers.best_rank.feasible)
    np.testing.assert_allclose(climbers.best_unit, 0.5, atol=TOLERABLE)


def test_polish_prefers_the_feasible_of_two_points(problem):
    evaluator, infeasible, feasible = Evaluator(problem), np.array([0.2]), np.array([0.5])
    assert _better(evaluator, infeasible, feasible) is feasible
    assert _better(evaluator, feasible, infeasible) is feasible


def test_search_and_dense_scan(problem):
    found = maximize(
        problem.objective, problem.resonator, problem.box, constraints=problem.constraints,
        starts=4, steps=25, rounds=1, progress=False,
    )  # fmt: skip
    assert found.status is SearchStatus.CONVERGED
    assert found.value == pytest.approx(-2.5e6, rel=1e-9)
    check = dense_scan(found, points=1000)
    assert check.feasible == pytest.approx(0.5, abs=0.01)
    assert check.score == pytest.approx(-2.5e6, rel=1e-3)
