"""Errors and null directions of linear models with closed-form results."""

import jax.numpy as jnp
import numpy as np
import pytest
from references import baselines

import jaxcom as jc
from optimize import Box, Log
from optimize.fit import MeasuredQuantity, forecast, quantities, simulate
from optimize.fit.identifiability import information

DEVICE = jc.SpinningResonator()
BOX = Box(mass=(5e-12, 2e-11), power=(5e-3, 45e-3), spin=(0, 30e3))  # sides 1.5e-11, 0.04, 3e4
SIDES = np.array([1.5e-11, 0.04, 30e3])
UNIT = np.asarray(BOX.coordinates(DEVICE))
RANDOM = np.random.default_rng(0).normal(size=(20, 3))


def information_from(jacobian, **options):
    return information(jacobian, BOX, UNIT, DEVICE, **options)


class TestDetermined:
    def test_covariance_is_the_inverse_of_the_fisher_information(self):
        """Both have rounding errors of 1e-16 times the condition of J^T J, which is below 10."""
        known = information_from(10 * RANDOM)
        expected = np.linalg.inv(100 * RANDOM.T @ RANDOM) * np.outer(SIDES, SIDES)
        np.testing.assert_allclose(known.covariance, expected, rtol=1e-12)
        assert known.null_directions == ()
        assert known.rank == 3

    def test_standard_errors_and_correlation(self):
        known = information_from(10 * RANDOM)
        errors = np.sqrt(np.diag(known.covariance))
        np.testing.assert_array_equal(list(known.standard_errors.values()), errors)
        rebuilt = known.correlation * np.outer(errors, errors)
        np.testing.assert_allclose(rebuilt, known.covariance, rtol=1e-14)

    def test_logarithmic_intervals_have_errors_in_si(self):
        """d(value)/d(coordinate) of Log(low, high) is value ln(high / low), here 0.13 K ln 100."""
        box = Box(temperature=Log(0.01, 1.0))
        unit = np.asarray(box.coordinates(DEVICE))
        known = information(np.array([[50.0]]), box, unit, DEVICE)
        expected = 0.13 * np.log(100) / 50
        assert known.standard_errors["temperature"] == pytest.approx(expected, rel=1e-12)

    def test_held_fields_are_taken_as_known(self):
        known = information_from(10 * RANDOM, free=np.array([True, False, True]))
        rest = RANDOM[:, [0, 2]]
        expected = np.sqrt(np.diag(np.linalg.inv(100 * rest.T @ rest))) * SIDES[[0, 2]]
        errors = known.standard_errors
        np.testing.assert_allclose([errors["mass"], errors["spin"]], expected, rtol=1e-12)
        assert np.isnan(errors["power"])
        assert known.rank == 2


class TestNullDirections:
    def test_a_combination_is_found_and_named(self):
        """Only mass x power^2 enters: + 1 % of mass is compensated by - 0.5 % of power."""
        column = 100 * RANDOM[:, :1]
        logs = SIDES[:2] / [DEVICE.mass, DEVICE.power]  # d ln / d coordinate
        jacobian = np.hstack([column * logs[0], column * 2 * logs[1], 100 * RANDOM[:, 1:2]])
        known = information_from(jacobian)
        (null,) = known.null_directions
        assert null.changes == pytest.approx({"mass": 0.01, "power": -0.005}, rel=1e-9)
        assert null.deviation == np.inf
        assert str(null) == "raise mass by 1 %, lower power by 0.5 %: nothing changes"
        errors = known.standard_errors
        assert errors["mass"] == errors["power"] == np.inf
        assert known.rank == 2

    def test_other_fields_keep_their_errors(self):
        column = 100 * RANDOM[:, :1]
        jacobian = np.hstack([column, column, 100 * RANDOM[:, 1:2]])
        two = 100 * RANDOM[:, :2]
        expected = np.sqrt(np.linalg.inv(two.T @ two)[1, 1]) * SIDES[2]
        assert information_from(jacobian).standard_errors["spin"] == pytest.approx(
            expected, rel=1e-9
        )

    def test_errors_wider_than_the_box_give_a_null_direction(self):
        weak = 100 * RANDOM * np.array([1.0, 1.0, 1e-3])
        known = information_from(weak)
        (null,) = known.null_directions
        assert null.changes["spin"] == pytest.approx(0.01)
        assert max(abs(null.changes["mass"]), abs(null.changes["power"])) < 1e-4  # 1e-3 of a side
        expected = np.sqrt(np.linalg.inv(weak.T @ weak)[2, 2])  # the others adjust by about 1e-3
        assert null.deviation == pytest.approx(expected, rel=1e-5)
        assert null.deviation > 1
        assert "lost in the errors" in str(null)
        assert known.standard_errors["spin"] == np.inf

    def test_a_field_without_effect_is_a_null_direction_alone(self):
        known = information_from(100 * RANDOM * np.array([1.0, 0.0, 1.0]))
        (null,) = known.null_directions
        assert str(null) == "raise power by 1 %: nothing changes"

    def test_a_field_at_zero_is_reported_in_its_unit(self):
        still = DEVICE.replace(spin=0.0)
        unit = np.asarray(BOX.coordinates(still))
        jacobian = 100 * RANDOM * np.array([1.0, 1.0, 0.0])
        (null,) = information(jacobian, BOX, unit, still).null_directions
        assert str(null) == "raise spin by 3e+04 rad/s: nothing changes"

    def test_fewer_points_than_fields(self):
        known = information_from(100 * RANDOM[:1])
        assert known.rank == 1
        assert len(known.null_directions) == 2
        assert all(error == np.inf for error in known.standard_errors.values())


class TestOfTheModel:
    """Mass and power enter E_N by their ratio (G_0^2 eps^2); photons separate them."""

    DETUNINGS = np.linspace(22e6, 60e6, 8)

    def test_mass_and_power_are_one(self):
        known = forecast(simulate(DEVICE, self.DETUNINGS, 0.002), DEVICE, BOX)
        (null,) = known.null_directions
        assert null.changes["mass"] == pytest.approx(null.changes["power"], rel=1e-8)
        assert abs(null.changes["mass"]) == pytest.approx(0.01)
        assert "spin" not in null.changes

    def test_the_direction_is_null_on_the_other_path(self):
        """SciPy's E_N is unchanged by a step of 1 %, to its rounding of about 1e-12."""
        before, after = (
            baselines.from_design_scipy(
                baselines.fields(device.replace(detuning=self.DETUNINGS), jc.LEFT)
            )
            for device in (DEVICE, DEVICE.replace(mass=1.01e-11, power=20.2e-3))
        )
        np.testing.assert_allclose(before, after, atol=1e-10)

    def test_photons_resolve_it(self):
        planned = [
            simulate(DEVICE, self.DETUNINGS, 0.002),
            simulate(DEVICE, self.DETUNINGS, 5e7, quantities.photons_driven),
        ]
        known = forecast(planned, DEVICE, BOX)
        assert known.null_directions == ()
        assert known.standard_errors["mass"] < 0.05 * DEVICE.mass

    def test_a_forecast_needs_a_steady_state(self):
        planned = simulate(DEVICE, self.DETUNINGS, 0.002)
        fast = DEVICE.replace(spin=-10e3)
        with pytest.raises(ValueError, match="`resonator` must have a steady state at every"):
            forecast(planned, fast, BOX)


class TestProfiles:
    """Fields without a slope, in models with errors in closed form."""

    POINTS, ERROR = np.linspace(1e6, 9e6, 9), 0.3

    def forecast_of(self, curve, device, box):
        toy = MeasuredQuantity("toy", "toy", lambda r, side: curve(r) + 0 * r.detuning)
        return forecast(simulate(device, self.POINTS, self.ERROR, toy), device, box)

    @pytest.mark.parametrize("interval", [(0, 4e6), Log(1e2, 4e6)])
    def test_a_field_that_enters_as_its_square_has_a_profile_error(self, interval):
        """|change| / error x sqrt(9 points) = 1 at J^2 = 0.1 (1e6)^2.

        Steps end at 1e-3 of the distance moved, which in the logarithm is 8 long.
        """
        box = Box(backscattering=interval)
        device = DEVICE.replace(backscattering=1e2)
        known = self.forecast_of(lambda r: (r.backscattering / 1e6) ** 2, device, box)
        expected = 1e6 * np.sqrt(0.1)
        assert known.standard_errors["backscattering"] == pytest.approx(expected, rel=8e-3)
        assert known.null_directions == ()
        assert known.rank == 1

    def test_profile_error_on_a_bound(self):
        box = Box(backscattering=(0, 4e6))
        known = self.forecast_of(lambda r: (r.backscattering / 1e6) ** 2, DEVICE, box)
        expected = 1e6 * np.sqrt(0.1)
        assert known.standard_errors["backscattering"] == pytest.approx(expected, rel=2e-3)

    def test_a_curved_valley_is_followed_to_the_end_of_the_box(self):
        """Mass x power is a hyperbola in a linear box: along a straight line the model changes."""
        box = Box(mass=(5e-12, 2e-11), power=(5e-3, 45e-3))
        known = self.forecast_of(lambda r: 1e15 * r.mass * r.power, DEVICE, box)
        (null,) = known.null_directions
        assert str(null) == "raise mass by 1 %, lower power by 1 %: nothing changes"
        assert set(known.standard_errors.values()) == {np.inf}
        assert known.rank == 1

    def test_a_valley_between_edges_of_stability_is_followed(self):
        """Mass x power with no model beyond 3 %: steps are halved until they stay inside."""

        def curve(r):
            product = r.mass * r.power / (DEVICE.mass * DEVICE.power)
            return jnp.where(jnp.abs(product - 1) < 0.03, product, jnp.nan)

        known = self.forecast_of(curve, DEVICE, Box(mass=(8e-12, 1.2e-11), power=(5e-3, 45e-3)))
        assert set(known.standard_errors.values()) == {np.inf}

    def test_others_adjust_while_a_field_is_moved(self):
        """J^2 + spin and spin: if spin is known to 0.1, J^2 is known to sqrt(0.1^2 + 0.1^2)."""

        def curve(r, side):
            spin, square = r.spin / 1e3, (r.backscattering / 1e6) ** 2
            return jnp.where(r.detuning < 10e6, spin + square, spin)

        toy = MeasuredQuantity("toy", "toy", curve)
        detunings = np.concatenate([self.POINTS, self.POINTS + 10e6])
        box = Box(backscattering=(0, 4e6), spin=(0, 30e3))
        known = forecast(simulate(DEVICE, detunings, self.ERROR, toy), DEVICE, box)
        errors = known.standard_errors
        assert errors["backscattering"] == pytest.approx(1e6 * 0.02**0.25, rel=2e-3)
        assert errors["spin"] == pytest.approx(1e3 * 0.3 / np.sqrt(18), rel=1e-6)
