"""Fronts against closed forms, and slopes against finite differences."""

import functools

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import qmc

import jaxcom as jc
from optimize import Box, objectives
from optimize.constraints import AtMost
from optimize.objectives import AbstractObjective
from optimize.pareto import front_figure, hypervolume, pareto_front, undominated
from optimize.pareto.sweep import at_level
from optimize.results.crosscheck import rank_points
from optimize.search.polish import polish
from optimize.search.search import SearchOptions

DEVICE = jc.SpinningResonator(spin=5e3, power=0.5)
BOX = Box(spin=(0, 1e4), power=(0, 1))
FEW = SearchOptions(starts=8, rounds=1, polish=2)
OMEGA_M = 63e6


class Toy(AbstractObjective):
    """Objective of x = spin / 1e4 and y = power, without any physics: quick to compile."""

    of: object = eqx.field(static=True)
    name: str = eqx.field(static=True)
    directions: tuple = eqx.field(static=True, default=())

    def value_at(self, point):
        return self.of(point.resonator.spin / 1e4, point.resonator.power)

    def terms_at(self, point):
        return self.value_at(point), jnp.zeros(0)

    def verified(self, resonator):
        return float(self(resonator))


GAIN = Toy(lambda x, y: x - (y - 0.3) ** 2, "gain")
PURITY = Toy(lambda x, y: (1 - x) ** 2 - (y - 0.3) ** 2, "purity")


@functools.cache
def toy_front():
    """x against (1 - x)^2: not convex, so that no weighted sum has its inner points as maxima."""
    return pareto_front(GAIN, PURITY, DEVICE, BOX, points=6, options=FEW)


class TestFront:
    def test_a_nonconvex_front(self):
        """gain = 1 - sqrt(purity), at y = 0.3."""
        front = toy_front()
        assert len(front.points) == 6
        # The KKT conditions hold to 1e-6; values at a maximum are then exact.
        np.testing.assert_allclose(front.scores, 1 - np.sqrt(front.second), atol=1e-9)
        np.testing.assert_allclose(front.units[:, 0], 0.3, atol=1e-6)
        assert all(point.residual < 1e-6 for point in front.points)

    def test_both_ends(self):
        """The outermost levels keep 1e-6 of the span from the ends."""
        front = toy_front()
        np.testing.assert_allclose([front.scores[0], front.second[-1]], 1.0, atol=2e-3)
        np.testing.assert_allclose([front.second[0], front.second[-1]], [1e-6, 1 - 1e-6], atol=1e-9)

    def test_slopes(self):
        """d(gain)/d(purity) = -1 / (2 sqrt(purity)) from the multipliers."""
        front = toy_front()
        np.testing.assert_allclose(front.slopes, -0.5 / np.sqrt(front.second), rtol=1e-6)

    def test_hypervolume(self):
        """Area of the steps below the curve, which is less than the area under 1 - sqrt(s)."""
        front = toy_front()
        steps = np.sum(front.scores[1:] * np.diff(front.second))
        np.testing.assert_allclose(front.reference, (front.scores[-1], front.second[0]))
        expected = steps - front.scores[-1] * np.ptp(front.second)
        np.testing.assert_allclose(front.hypervolume, expected, rtol=1e-12)
        assert front.hypervolume < 1 / 3

    def test_prints_as_a_table(self):
        text = str(toy_front())
        for word in (
            "large gain and large purity: 6 designs",
            "slope",
            "hypervolume above",
            "rad/s",
        ):
            assert word in text

    def test_figure(self):
        axes = front_figure(toy_front()).axes[0]
        assert axes.get_ylabel() == "gain"
        assert axes.get_xlabel() == "purity"
        labels = [text.get_text() for text in axes.get_legend().get_texts()]
        assert any("largest gain" in label for label in labels)


def test_a_field_is_minimized():
    """sqrt(y) against y, with x at its best: the slope is 1 / (2 sqrt(y))."""
    root = Toy(lambda x, y: jnp.sqrt(y + 0.01) - (x - 0.4) ** 2, "root")
    front = pareto_front(root, "power", DEVICE, BOX, points=4, options=FEW)
    np.testing.assert_allclose(front.second, [1 - 1e-6, 2 / 3, 1 / 3, 1e-6], rtol=0, atol=1e-6)
    np.testing.assert_allclose(front.scores, np.sqrt(front.second + 0.01), atol=1e-9)
    np.testing.assert_allclose(front.slopes, 0.5 / np.sqrt(front.second + 0.01), rtol=1e-6)
    assert front.reference == (front.scores[-1], front.second[0])
    axes = front_figure(front).axes[0]
    assert axes.get_xlabel() == "input power $P$ (mW)"
    assert any("smallest input power" in text.get_text() for text in axes.get_legend().get_texts())
    limited = pareto_front(
        root, "power", DEVICE, BOX, points=2, constraints=[AtMost("power", 0.25)], options=FEW
    )
    np.testing.assert_allclose(limited.second[0], 0.25, rtol=1e-5)


def test_no_conflict_and_nothing_feasible():
    same = pareto_front(GAIN, Toy(lambda x, y: x - (y - 0.3) ** 2, "too"), DEVICE, BOX, options=FEW)
    assert len(same.points) == 1
    assert same.hypervolume == 0
    nothing = Toy(lambda x, y: jnp.nan * x, "nothing")
    empty = pareto_front(nothing, "power", DEVICE, BOX, options=FEW)
    assert empty.points == ()
    assert "nothing feasible" in str(empty)
    with pytest.raises(ValueError, match="must have points"):
        front_figure(empty)


class TestDominance:
    POINTS = np.array([[3.0, 1.0], [2.0, 2.0], [1.0, 1.5], [1.0, 3.0], [2.0, 2.0], [3.0, 0.5]])

    def test_by_all_pairs(self):
        def beaten(p):
            return any(np.all(q >= p) and np.any(q > p) for q in self.POINTS)

        expected = [not beaten(p) for p in self.POINTS]
        expected[4] = False  # equal to the second
        np.testing.assert_array_equal(undominated(self.POINTS), expected)
        assert undominated(np.zeros((0, 2))).size == 0

    def test_rounding_does_not_count(self):
        points = np.array([[1.0, 0.2], [1.0 - 1e-14, 0.5], [0.0, 0.7]])
        np.testing.assert_array_equal(undominated(points), [False, True, True])

    def test_hypervolume_by_counting(self):
        """Number of cells of a fine grid that lie below one of the points."""
        reference, cells = (0.5, 0.25), (np.arange(400) + 0.5) / 100
        f, g = np.meshgrid(cells, cells)
        above = (f > reference[0]) & (g > reference[1])
        covered = np.any([(f < p[0]) & (g < p[1]) for p in self.POINTS], axis=0)
        # The corners lie on cell edges, so that counting is exact.
        expected = np.sum(above & covered) * 0.01**2
        np.testing.assert_allclose(hypervolume(self.POINTS, reference), expected, rtol=1e-12)
        assert hypervolume(self.POINTS, (4.0, 4.0)) == 0


@pytest.mark.parametrize(
    ("second", "options", "error", "message"),
    [
        ("powr", {}, TypeError, "did you mean `power`"),
        ("mass", {}, ValueError, "`second` must be a field that the box frees"),
        (3.0, {}, TypeError, "`second` must be the name"),
        ("power", {"points": 1}, ValueError, "`points` must be a whole number from 2"),
        ("power", {"constraints": [3]}, TypeError, "`constraints`"),
    ],
)
def test_bad_arguments(second, options, error, message):
    with pytest.raises(error, match=message):
        pareto_front(GAIN, second, DEVICE, BOX, **options)


DESIGN = jc.SpinningResonator(backscattering=jc.SpinningResonator().kappa)
DEVICES = Box(spin=(0, 30e3), power=(1e-3, 20e-3), detuning=(-OMEGA_M, 4 * OMEGA_M))


@functools.cache
def physical_front(second):
    search_options = SearchOptions(starts=32, rounds=1, polish=3, progress=False)
    return pareto_front(
        objectives.abs_nonreciprocity, second, DESIGN, DEVICES, points=5, options=search_options
    )


@pytest.mark.slow
class TestNonreciprocityAgainstPower:
    def test_both_ends(self):
        """The best at J = kappa is 0.13929133; 1e-6 of the span less power costs 1.5e-7."""
        front = physical_front("power")
        cost = 1e-6 * 19e-3 * front.slopes[0]
        assert front.scores[0] + cost == pytest.approx(0.13929133315, abs=1e-10)
        assert cost == pytest.approx(1.5e-7, abs=1e-8)
        np.testing.assert_allclose(front.second[[0, -1]], [20e-3, 1e-3], atol=2e-8)
        assert np.all(np.diff(front.scores) < 0)
        assert all(point.residual < 1e-6 for point in front.points)

    def test_scores_by_the_independent_path(self):
        for point in physical_front("power").points:
            assert point.verified_value == pytest.approx(point.score, abs=1e-12)

    def test_slopes_agree_with_differences(self):
        """Optima polished at levels 1e-3 of the span to either side give an error of 1e-6."""
        front, span = physical_front("power"), 19e-3
        for k in (1, 2, 3):
            levels = front.second[k] + np.array([-1e-3, 1e-3]) * span
            low, high = (
                polish(at_level(front.problem, level, span), front.units[k]).score
                for level in levels
            )
            assert front.slopes[k] == pytest.approx((high - low) / np.diff(levels)[0], rel=1e-4)

    def test_nothing_dominates_the_front(self):
        """None of 2^14 Sobol designs has a higher score at no more power than a front point."""
        front = physical_front("power")
        units = jnp.asarray(qmc.Sobol(3, rng=1).random(2**14))
        powers = DEVICES.intervals["power"].at(units[:, DEVICES.names.index("power")])
        scores = np.asarray(rank_points(front.problem, units).feasible_score)
        for best, power in zip(front.scores, front.second, strict=True):
            others = scores[np.asarray(powers) <= power]
            assert np.all(others <= best)
        assert scores.max() > 0.9 * front.scores[0]  # some of them come near it
