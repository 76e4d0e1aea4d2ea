"""Paths against optima known in closed form, and slopes against finite differences."""

import functools

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from optimize import Box, maximize, objectives
from optimize.constraints import AtMost
from optimize.continuation import (
    EventKind,
    PathStatus,
    path_figure,
    trace,
    with_competing_optima,
)
from optimize.continuation.parameter import with_field
from optimize.maximize import build_problem
from optimize.objectives import AbstractObjective
from optimize.search.polish import polish
from optimize.search.search import SearchOptions
from optimize.verification import verify

DEVICE = jc.SpinningResonator(spin=5e3, power=0.5)
BOX = Box(spin=(0, 1e4), power=(0, 1))
FEW = SearchOptions(starts=8, rounds=1, polish=2)
OMEGA_M = 63e6


class Toy(AbstractObjective):
    """Objective of x = spin / 1e4, y = power and p = temperature: quick to compile."""

    f: object = eqx.field(static=True)
    h: object = eqx.field(static=True, default=None)
    name: str = eqx.field(static=True, default="toy")
    directions: tuple = eqx.field(static=True, default=())

    def value_at(self, point):
        return self.score_at(point)

    def terms_at(self, point):
        at = _coordinates(point.resonator)
        hinges = [] if self.h is None else [self.h(*at)]
        return self.f(*at), jnp.asarray(hinges, float)

    def verified(self, resonator):
        return float(self(resonator))


def _coordinates(resonator):
    return resonator.spin / 1e4, resonator.power, resonator.temperature


def follow(values, f, h=None, x=0.5, **options):
    problem = build_problem(Toy(f, h), DEVICE.replace(spin=1e4 * x), BOX, **options)
    return trace(problem, "temperature", values, options=FEW)


def happened(path):
    return [(event.kind, event.subject) for event in path.events]


def bent(x, y, p):
    """Paraboloid with its maximum at y = (1 + p^2) / 4, x = sin(p)."""
    return 2 + p - (x - jnp.sin(p)) ** 2 - (y - (1 + p**2) / 4) ** 2


@functools.cache
def bent_path():
    return follow((0.1, 0.3, 1.4), bent)


class TestInside:
    def test_follows_the_maximum(self):
        """The last Newton step is below 1e-11 of the unit cube."""
        path = bent_path()
        assert path.status is PathStatus.REACHED_THE_END
        np.testing.assert_allclose(path.fields["spin"], 1e4 * np.sin(path.parameters), rtol=1e-9)
        np.testing.assert_allclose(path.fields["power"], (1 + path.parameters**2) / 4, rtol=1e-9)
        np.testing.assert_allclose(path.scores, 2 + path.parameters, rtol=1e-14)
        assert path.events == ()

    def test_has_the_given_values(self):
        values = bent_path().parameters
        assert values[0] == 0.1
        assert np.abs(values - 0.3).min() < 1e-15
        assert values[-1] == pytest.approx(1.4, rel=1e-15)
        assert np.all(np.diff(values) > 0)

    def test_slope_residual_and_curvature(self):
        for point in bent_path().points:
            assert point.slope == pytest.approx(1, rel=1e-9)  # the error of a maximum is quadratic
            assert point.residual < 1e-9
            assert point.curvature == pytest.approx(-2, rel=1e-9)

    def test_prints_as_a_table(self):
        text = str(bent_path())
        for word in ("Maximal toy along temperature: followed to the end", "per K", "rad/s"):
            assert word in text

    def test_the_way_back_is_the_same(self):
        there = bent_path()
        back = follow((1.4, 0.3, 0.1), bent)
        assert np.all(np.diff(back.parameters) < 0)
        for point in back.points:
            near = np.argmin(np.abs(there.parameters - point.parameter))
            if abs(there.parameters[near] - point.parameter) < 1e-12:
                np.testing.assert_allclose(point.unit, there.units[near], atol=1e-10)
                assert point.slope == pytest.approx(there.slopes[near], rel=1e-9)


class TestEvents:
    def test_a_bound_is_met_and_left(self):
        """x = 1.5 sin(p) leaves the box between asin(2/3) and pi - asin(2/3)."""
        path = follow((0.1, 3.0), lambda x, y, p: 1 - (x - 1.5 * jnp.sin(p)) ** 2 - (y - 0.5) ** 2)
        bound = "upper bound of spin"
        assert happened(path) == [(EventKind.ACTIVATED, bound), (EventKind.DEACTIVATED, bound)]
        met, left = (event.parameter for event in path.events)
        np.testing.assert_allclose([met, np.pi - left], np.arcsin(2 / 3), rtol=1e-8)
        inside = (path.parameters > met + 1e-9) & (path.parameters < left + 1e-9)
        np.testing.assert_array_equal(
            inside, [point.active_constraints == (bound,) for point in path.points]
        )
        assert np.all(path.units[inside, 1] == 1.0)
        np.testing.assert_allclose(
            path.slopes[inside],
            3 * np.cos(path.parameters[inside]) * (1 - 1.5 * np.sin(path.parameters[inside])),
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
        assert happened(path) == [(EventKind.ACTIVATED, edge), (EventKind.DEACTIVATED, edge)]
        np.testing.assert_allclose(
            [event.parameter for event in path.events], [0.4, 0.65], rtol=1e-9
        )
        p = path.parameters
        expected = np.where(p < 0.4, p, np.clip(p - 0.25, 0.4, 1.0))
        # The path continues a little beyond an event; its error is much smaller than that.
        np.testing.assert_allclose(path.units[:, 1], expected, atol=1e-9)

    def test_a_constraint(self):
        """x <= 0.6 holds x = p from p = 0.6 on."""
        path = follow(
            (0.1, 0.9), lambda x, y, p: 1 - (x - p) ** 2 - (y - 0.5) ** 2,
            constraints=[AtMost("spin", 6e3)],
        )  # fmt: skip
        assert happened(path) == [(EventKind.ACTIVATED, "spin <= 6000 rad/s")]
        assert path.events[0].parameter == pytest.approx(0.6, rel=1e-9)
        np.testing.assert_allclose(path.units[:, 1], np.minimum(path.parameters, 0.6), atol=1e-9)
        assert path.slopes[-1] == pytest.approx(-2 * (0.9 - 0.6), rel=1e-9)

    def test_a_fold(self):
        """-z^4 / 4 + z^2 / 2 - p z has two maxima up to 3 sqrt(3) p = 2, where the first ends."""

        def quartic(x, y, p):
            z = 4 * (x - 0.5)
            return -(z**4) / 4 + z**2 / 2 - (p - 0.5) * z - (y - 0.5) ** 2

        path = follow((0.2, 1.2), quartic)
        fold = 0.5 + 2 / 3**1.5
        assert happened(path) == [(EventKind.JUMPED, "the optimum")]
        # The shortest step is 1e-4 of the interval.
        assert path.events[0].parameter == pytest.approx(fold, abs=3e-4)
        z = 4 * (path.units[:, 1] - 0.5)
        np.testing.assert_allclose(-(z**3) + z, path.parameters - 0.5, atol=1e-9)
        assert np.all(z[path.parameters < path.events[0].parameter] > 0.5)
        assert np.all(z[path.parameters >= path.events[0].parameter] < -1)
        again = with_competing_optima(path, [0.2, path.parameters[5]], options=FEW)
        overtaken = [event for event in again.events if event.kind is EventKind.OVERTAKEN]
        assert [found.score > found.path_score for found in again.competing_optima] == [False, True]
        assert [event.parameter for event in overtaken] == [path.parameters[5]]
        np.testing.assert_array_equal(again.units, path.units)
        assert "is overtaken by a better one" in str(again)

    def test_a_maximum_that_turns_into_a_saddle(self):
        """p z^2 - z^4 has one maximum, at 0, up to p = 0 and two beyond: a pitchfork."""

        def fork(x, y, p):
            z = x - 0.5
            return 1 + (p - 0.5) * z**2 - z**4 - (y - 0.5) ** 2

        path = follow((0.2, 0.8), fork)
        assert (EventKind.NO_MAXIMUM, "the optimum") in happened(path)
        assert path.events[0].parameter == pytest.approx(
            0.5, abs=1e-6
        )  # a flat direction counts as a maximum
        beyond = path.parameters > 0.51
        bend = np.sqrt((path.parameters[beyond] - 0.5) / 2)
        np.testing.assert_allclose(np.abs(path.units[beyond, 1] - 0.5), bend, rtol=1e-6)


def test_lost_where_nothing_exists():
    path = follow((0.1, 0.9), lambda x, y, p: jnp.where(p < 0.5, 1 - (x - p) ** 2, jnp.nan) - y)
    assert path.status is PathStatus.LOST
    assert path.parameters[-1] < 0.5
    assert "search again" in str(path)


def test_too_many_points():
    problem = build_problem(Toy(bent), DEVICE, BOX)
    path = trace(problem, "temperature", (0.1, 1.4), options=FEW, max_points=3)
    assert path.status is PathStatus.TOO_MANY_POINTS
    assert len(path.points) == 3


def test_figure():
    path = follow((0.1, 0.9), lambda x, y, p: 1 - (x - 1.5 * p) ** 2 - (y - 0.5) ** 2)
    figure = path_figure(with_competing_optima(path, options=FEW))
    assert figure.axes[-1].get_xlabel() == "bath temperature $T$ (mK)"
    (legend,) = figure.legends
    labels = [text.get_text() for text in legend.get_texts()]
    assert labels == [
        "optimum followed", "best of an independent search",
        "bound, constraint or hinge becomes active", "field on its upper bound",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "values", "error", "message"),
    [
        ("temperatur", (0.1, 0.2), TypeError, "did you mean `temperature`"),
        ("spin", (0.1, 0.2), ValueError, "must not be free in the box"),
        ("temperature", (0.1,), ValueError, "two or more numbers in ascending or descending order"),
        ("temperature", (0.1, 0.3, 0.2), ValueError, "ascending or descending"),
        ("temperature", (-0.1, 0.2), ValueError, "finite and at least 0"),
    ],
)
def test_bad_arguments(field, values, error, message):
    with pytest.raises(error, match=message):
        trace(build_problem(Toy(bent), DEVICE, BOX), field, values, options=FEW)


def test_bad_number_of_points_and_places():
    with pytest.raises(ValueError, match="`max_points` must be a whole number from 2"):
        trace(build_problem(Toy(bent), DEVICE, BOX), "temperature", (0.1, 0.2), max_points=1)
    with pytest.raises(ValueError, match="must hold parameters of points of the path"):
        with_competing_optima(bent_path(), [0.123456])


DESIGN = jc.SpinningResonator()
DEVICES = Box(spin=(0, 30e3), power=(1e-3, 20e-3), detuning=(-OMEGA_M, 4 * OMEGA_M))

# max |Delta E_N| in that box by J / kappa, found by independent searches.
KNOWN = {0.0: 0.1476249, 0.5: 0.14548064, 1.0: 0.1392913, 2.0: 0.12150510}


@functools.cache
def physical_path():
    """Path of the largest nonreciprocity against backscattering."""
    kappa = DESIGN.kappa
    best = maximize(
        objectives.abs_nonreciprocity, DESIGN.replace(backscattering=2 * kappa), DEVICES,
        starts=32, rounds=1, polish=3, progress=False,
    )  # fmt: skip
    return trace(best, "backscattering", [J * kappa for J in sorted(KNOWN, reverse=True)])


@pytest.mark.slow
class TestBackscattering:
    def test_known_optima(self):
        path = physical_path()
        assert path.status is PathStatus.REACHED_THE_END
        for J, score in KNOWN.items():
            k = np.argmin(np.abs(path.parameters - J * DESIGN.kappa))
            assert path.scores[k] == pytest.approx(score, abs=1e-7)  # digits of the known values
            assert path.points[k].residual < 1e-6

    def test_scores_by_the_independent_path(self):
        for point in physical_path().points:
            assert point.verified_value == pytest.approx(point.score, abs=1e-12)

    def test_slopes_agree_with_differences(self):
        """d(max E_N)/dJ from optima polished at J (1 -+ 1e-3), with an error of 1e-6 relative."""
        path = physical_path()
        for J in (0.5, 1.0):
            at = [J * DESIGN.kappa * (1 + sign * 1e-3) for sign in (-1, 0, 1)]
            k = np.argmin(np.abs(path.parameters - at[1]))
            problem = with_field(path.problem, "backscattering", at[1])
            low, high = (
                polish(with_field(problem, "backscattering", value), path.units[k]).score
                for value in (at[0], at[2])
            )
            assert path.slopes[k] == pytest.approx((high - low) / (at[2] - at[0]), rel=1e-5)

    def test_the_edge_where_the_other_direction_becomes_entangled(self):
        """E_N(left) is 0 up to the edge, where its unclipped value passes through 0."""
        path = physical_path()
        edge = "edge of the hinge"
        assert happened(path) == [(EventKind.ACTIVATED, edge), (EventKind.DEACTIVATED, edge)]
        k = np.argmin(np.abs(path.parameters - path.events[0].parameter))
        (wanted, unwanted) = sorted(verify(path.design(k)), key=lambda side: -side.unclipped)
        assert wanted.unclipped == pytest.approx(path.scores[k], abs=1e-12)
        assert abs(unwanted.unclipped) < 1e-9  # Newton's method, and rounding of ln(2 nu_-)

    def test_away_from_the_ridge(self):
        """At J = 0 spin and detuning can be traded; any backscattering selects one design."""
        problem = with_field(physical_path().problem, "backscattering", 0.0)
        kappa = DESIGN.kappa
        search_options = SearchOptions(starts=32, rounds=1, polish=3, progress=False)
        path = trace(problem, "backscattering", (0.0, kappa / 2), options=search_options)
        assert abs(path.points[0].curvature) < 1e-6  # rounding of a curvature that is 0
        assert (
            path.points[1].curvature < -1e-3
            or "upper bound of spin" in path.points[1].active_constraints
        )
        assert path.scores[[0, -1]] == pytest.approx([KNOWN[0.0], KNOWN[0.5]], abs=1e-7)

    def test_nothing_better_elsewhere(self):
        kappa = DESIGN.kappa
        search_options = SearchOptions(starts=32, rounds=1, polish=3, progress=False)
        again = with_competing_optima(
            physical_path(), [2 * kappa, kappa, 0.0], options=search_options
        )
        assert [found.score for found in again.competing_optima] == pytest.approx(
            [KNOWN[2.0], KNOWN[1.0], KNOWN[0.0]], abs=1e-7
        )
        assert again.events == physical_path().events
