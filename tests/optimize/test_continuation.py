"""Paths against optima known in closed form, and slopes against differences."""

import functools

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from optimize import Box, maximize, objectives
from optimize.constraints import at_most
from optimize.continuation import Change, PathStatus, challenged, path_figure, trace
from optimize.continuation.parameter import with_field
from optimize.maximize import pose
from optimize.objectives import AbstractHinged
from optimize.search.polish import polish
from optimize.search.search import Plan
from optimize.verification import verify

DEVICE = jc.SpinningResonator(spin=5e3, power=0.5)
BOX = Box(spin=(0, 1e4), power=(0, 1))
FEW = Plan(starts=8, rounds=1, polish=2)
OMEGA_M = 63e6


class Toy(AbstractHinged):
    """Functions of x = spin / 1e4, y = power and p = temperature: quick to compile."""

    f: object = eqx.field(static=True)
    h: object = eqx.field(static=True, default=None)
    name: str = eqx.field(static=True, default="toy")
    directions: tuple = eqx.field(static=True, default=())

    def __call__(self, resonator):
        return self.score(resonator)

    def score(self, resonator):
        smooth, hinges = self.pieces(resonator)
        return smooth - jnp.maximum(hinges, 0.0).sum()

    def pieces(self, resonator):
        hinges = [] if self.h is None else [self.h(*_coordinates(resonator))]
        return self.f(*_coordinates(resonator)), jnp.asarray(hinges, float)

    def facing(self, resonator):
        return self

    def margins(self, resonator):
        return jnp.zeros(0)

    def verified(self, resonator):
        return float(self(resonator))


def _coordinates(resonator):
    return resonator.spin / 1e4, resonator.power, resonator.temperature


def follow(values, f, h=None, x=0.5, **options):
    problem = pose(Toy(f, h), DEVICE.replace(spin=1e4 * x), BOX, **options)
    return trace(problem, "temperature", values, plan=FEW)


def happened(path):
    return [(event.change, event.what) for event in path.events]


def bent(x, y, p):
    """Its maximum is at y = (1 + p^2) / 4, x = sin(p)."""
    return 2 + p - (x - jnp.sin(p)) ** 2 - (y - (1 + p**2) / 4) ** 2


@functools.cache
def bent_path():
    return follow((0.1, 0.3, 1.4), bent)


class TestInside:
    def test_follows_the_maximum(self):
        """Newton's last step is below 1e-11 of the cube."""
        path = bent_path()
        assert path.status is PathStatus.REACHED_THE_END
        np.testing.assert_allclose(path.fields["spin"], 1e4 * np.sin(path.values), rtol=1e-9)
        np.testing.assert_allclose(path.fields["power"], (1 + path.values**2) / 4, rtol=1e-9)
        np.testing.assert_allclose(path.scores, 2 + path.values, rtol=1e-14)
        assert path.events == ()

    def test_has_the_values_asked_for(self):
        values = bent_path().values
        assert values[0] == 0.1
        assert np.abs(values - 0.3).min() < 1e-15
        assert values[-1] == pytest.approx(1.4, rel=1e-15)
        assert np.all(np.diff(values) > 0)

    def test_slope_residual_and_curvature(self):
        for point in bent_path().points:
            assert point.slope == pytest.approx(1, rel=1e-9)  # of its own error, the square
            assert point.residual < 1e-9
            assert point.curvature == pytest.approx(-2, rel=1e-9)

    def test_prints_as_a_table(self):
        text = str(bent_path())
        for word in ("Maximal toy along temperature: followed to the end", "per K", "rad/s"):
            assert word in text

    def test_the_way_back_is_the_same(self):
        there = bent_path()
        back = follow((1.4, 0.3, 0.1), bent)
        assert np.all(np.diff(back.values) < 0)
        for point in back.points:
            near = np.argmin(np.abs(there.values - point.value))
            if abs(there.values[near] - point.value) < 1e-12:
                np.testing.assert_allclose(point.unit, there.units[near], atol=1e-10)
                assert point.slope == pytest.approx(there.slopes[near], rel=1e-9)


class TestEvents:
    def test_a_bound_is_met_and_left(self):
        """x = 1.5 sin(p) leaves the box between asin(2/3) and pi - asin(2/3)."""
        path = follow((0.1, 3.0), lambda x, y, p: 1 - (x - 1.5 * jnp.sin(p)) ** 2 - (y - 0.5) ** 2)
        bound = "upper bound of spin"
        assert happened(path) == [(Change.MET, bound), (Change.LEFT, bound)]
        met, left = (event.value for event in path.events)
        np.testing.assert_allclose([met, np.pi - left], np.arcsin(2 / 3), rtol=1e-8)
        inside = (path.values > met + 1e-9) & (path.values < left + 1e-9)
        np.testing.assert_array_equal(inside, [point.active == (bound,) for point in path.points])
        assert np.all(path.units[inside, 1] == 1.0)
        np.testing.assert_allclose(
            path.slopes[inside],
            3 * np.cos(path.values[inside]) * (1 - 1.5 * np.sin(path.values[inside])),
            rtol=1e-9,
            atol=1e-12,  # at its end the slope is 0
        )

    def test_the_edge_of_a_hinge(self):
        """max -(x - p)^2 - max(0, (x - 0.4) / 2): x = p, then 0.4, from p = 0.65 on p - 0.25."""
        path = follow(
            (0.1, 0.9), lambda x, y, p: 1 - (x - p) ** 2 - (y - 0.5) ** 2,
            lambda x, y, p: 0.5 * (x - 0.4),
        )  # fmt: skip
        edge = "edge of the hinge"
        assert happened(path) == [(Change.MET, edge), (Change.LEFT, edge)]
        np.testing.assert_allclose([event.value for event in path.events], [0.4, 0.65], rtol=1e-9)
        p = path.values
        expected = np.where(p < 0.4, p, np.clip(p - 0.25, 0.4, 1.0))
        # A little beyond an event the path goes on: it is nowhere off by as much.
        np.testing.assert_allclose(path.units[:, 1], expected, atol=1e-9)

    def test_a_constraint(self):
        """x <= 0.6 holds x = p from p = 0.6 on."""
        path = follow(
            (0.1, 0.9), lambda x, y, p: 1 - (x - p) ** 2 - (y - 0.5) ** 2,
            constraints=[at_most("spin", 6e3)],
        )  # fmt: skip
        assert happened(path) == [(Change.MET, "spin <= 6000 rad/s")]
        assert path.events[0].value == pytest.approx(0.6, rel=1e-9)
        np.testing.assert_allclose(path.units[:, 1], np.minimum(path.values, 0.6), atol=1e-9)
        assert path.slopes[-1] == pytest.approx(-2 * (0.9 - 0.6), rel=1e-9)

    def test_a_fold(self):
        """-z^4 / 4 + z^2 / 2 - p z has two maxima until 3 sqrt(3) p = 2; the first ends there."""

        def quartic(x, y, p):
            z = 4 * (x - 0.5)
            return -(z**4) / 4 + z**2 / 2 - (p - 0.5) * z - (y - 0.5) ** 2

        path = follow((0.2, 1.2), quartic)
        fold = 0.5 + 2 / 3**1.5
        assert happened(path) == [(Change.JUMPED, "the maximum")]
        # Steps as short as 1e-4 of the stretch end a path's piece.
        assert path.events[0].value == pytest.approx(fold, abs=3e-4)
        z = 4 * (path.units[:, 1] - 0.5)
        np.testing.assert_allclose(-(z**3) + z, path.values - 0.5, atol=1e-9)
        assert np.all(z[path.values < path.events[0].value] > 0.5)
        assert np.all(z[path.values >= path.events[0].value] < -1)
        again = challenged(path, [0.2, path.values[5]], plan=FEW)
        overtaken = [event for event in again.events if event.change is Change.OVERTAKEN]
        assert [rival.score > rival.followed for rival in again.rivals] == [False, True]
        assert [event.value for event in overtaken] == [path.values[5]]
        np.testing.assert_array_equal(again.units, path.units)
        assert "is overtaken by another" in str(again)

    def test_a_maximum_that_turns_into_a_saddle(self):
        """p z^2 - z^4 has its maximum at 0 until p = 0, then two that bend off."""

        def fork(x, y, p):
            z = x - 0.5
            return 1 + (p - 0.5) * z**2 - z**4 - (y - 0.5) ** 2

        path = follow((0.2, 0.8), fork)
        assert (Change.TURNED, "the maximum") in happened(path)
        assert path.events[0].value == pytest.approx(0.5, abs=1e-6)  # flat counts as a maximum
        beyond = path.values > 0.51
        bend = np.sqrt((path.values[beyond] - 0.5) / 2)
        np.testing.assert_allclose(np.abs(path.units[beyond, 1] - 0.5), bend, rtol=1e-6)


def test_lost_where_nothing_exists():
    path = follow((0.1, 0.9), lambda x, y, p: jnp.where(p < 0.5, 1 - (x - p) ** 2, jnp.nan) - y)
    assert path.status is PathStatus.LOST
    assert path.values[-1] < 0.5
    assert "search anew" in str(path)


def test_too_many_points():
    problem = pose(Toy(bent), DEVICE, BOX)
    path = trace(problem, "temperature", (0.1, 1.4), plan=FEW, most=3)
    assert path.status is PathStatus.TOO_MANY_STEPS
    assert len(path.points) == 3


def test_figure():
    path = follow((0.1, 0.9), lambda x, y, p: 1 - (x - 1.5 * p) ** 2 - (y - 0.5) ** 2)
    figure = path_figure(challenged(path, plan=FEW))
    assert figure.axes[-1].get_xlabel() == "bath temperature $T$ (mK)"
    (legend,) = figure.legends
    labels = [text.get_text() for text in legend.get_texts()]
    assert labels == [
        "optimum followed", "best of an independent search", "bound, constraint or edge met",
        "field on its upper bound",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "values", "error", "message"),
    [
        ("temperatur", (0.1, 0.2), TypeError, "did you mean `temperature`"),
        ("spin", (0.1, 0.2), ValueError, "must not be free in the box"),
        ("temperature", (0.1,), ValueError, "two or more numbers that ascend or descend"),
        ("temperature", (0.1, 0.3, 0.2), ValueError, "ascend or descend"),
        ("temperature", (-0.1, 0.2), ValueError, "finite and at least 0"),
    ],
)
def test_bad_arguments(field, values, error, message):
    with pytest.raises(error, match=message):
        trace(pose(Toy(bent), DEVICE, BOX), field, values, plan=FEW)


def test_bad_number_of_points_and_places():
    with pytest.raises(ValueError, match="`most` must be at least 2"):
        trace(pose(Toy(bent), DEVICE, BOX), "temperature", (0.1, 0.2), most=1)
    with pytest.raises(ValueError, match="must be values of points of the path"):
        challenged(bent_path(), [0.123456])


DESIGN = jc.SpinningResonator()
DEVICES = Box(spin=(0, 30e3), power=(1e-3, 20e-3), detuning=(-OMEGA_M, 4 * OMEGA_M))

# max |Delta E_N| in that box, found by searches from scratch, by J / kappa.
KNOWN = {0.0: 0.1476249, 0.5: 0.14548064, 1.0: 0.1392913, 2.0: 0.12150510}


@functools.cache
def physical_path():
    """The best nonreciprocity against backscattering."""
    kappa = DESIGN.kappa
    best = maximize(
        objectives.nonreciprocity, DESIGN.replace(backscattering=2 * kappa), DEVICES,
        starts=32, rounds=1, polish=3, progress=False,
    )  # fmt: skip
    return trace(best, "backscattering", [J * kappa for J in sorted(KNOWN, reverse=True)])


@pytest.mark.slow
class TestBackscattering:
    def test_known_optima(self):
        path = physical_path()
        assert path.status is PathStatus.REACHED_THE_END
        for J, score in KNOWN.items():
            k = np.argmin(np.abs(path.values - J * DESIGN.kappa))
            assert path.scores[k] == pytest.approx(score, abs=1e-7)  # as far as it is known
            assert path.points[k].residual < 1e-6

    def test_by_the_independent_path(self):
        for point in physical_path().points:
            assert point.verified == pytest.approx(point.score, abs=1e-12)

    def test_slopes_are_those_of_differences(self):
        """d(max E_N)/dJ from optima polished at J (1 -+ 1e-3); their error goes as 1e-6 of J."""
        path = physical_path()
        for J in (0.5, 1.0):
            at = [J * DESIGN.kappa * (1 + sign * 1e-3) for sign in (-1, 0, 1)]
            k = np.argmin(np.abs(path.values - at[1]))
            problem = with_field(path.problem, "backscattering", at[1])
            low, high = (
                polish(with_field(problem, "backscattering", value), path.units[k]).score
                for value in (at[0], at[2])
            )
            assert path.slopes[k] == pytest.approx((high - low) / (at[2] - at[0]), rel=1e-5)

    def test_the_edge_where_the_other_direction_begins_to_be_entangled(self):
        """E_N(left) is 0 up to there, and so is what an unclipped one of both would add."""
        path = physical_path()
        edge = "edge of the hinge"
        assert happened(path) == [(Change.MET, edge), (Change.LEFT, edge)]
        k = np.argmin(np.abs(path.values - path.events[0].value))
        (wanted, unwanted) = sorted(verify(path.design(k)), key=lambda side: -side.unclipped)
        assert wanted.unclipped == pytest.approx(path.scores[k], abs=1e-12)
        assert abs(unwanted.unclipped) < 1e-9  # Newton's method, and rounding of ln(2 nu_-)

    def test_away_from_the_ridge(self):
        """At J = 0 spin and detuning can be traded; the least backscattering decides."""
        problem = with_field(physical_path().problem, "backscattering", 0.0)
        kappa = DESIGN.kappa
        plan = Plan(starts=32, rounds=1, polish=3, progress=False)
        path = trace(problem, "backscattering", (0.0, kappa / 2), plan=plan)
        assert abs(path.points[0].curvature) < 1e-6  # rounding of a curvature that is 0
        assert path.points[1].curvature < -1e-3 or "upper bound of spin" in path.points[1].active
        assert path.scores[[0, -1]] == pytest.approx([KNOWN[0.0], KNOWN[0.5]], abs=1e-7)

    def test_nothing_better_elsewhere(self):
        kappa = DESIGN.kappa
        plan = Plan(starts=32, rounds=1, polish=3, progress=False)
        again = challenged(physical_path(), [2 * kappa, kappa, 0.0], plan=plan)
        assert [rival.score for rival in again.rivals] == pytest.approx(
            [KNOWN[2.0], KNOWN[1.0], KNOWN[0.0]], abs=1e-7
        )
        assert again.events == physical_path().events
