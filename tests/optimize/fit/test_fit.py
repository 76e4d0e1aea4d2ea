"""Fits of data of a known device, against SciPy alone and against their own scatter."""

import functools

import jax.numpy as jnp
import numpy as np
import pytest
from references import baselines
from scipy import stats
from scipy.optimize import minimize

import jaxcom as jc
from optimize import Box, Log
from optimize.fit import FitStatus, MeasuredQuantity, Measurement, fit, simulate

OMEGA_M = 63e6
TRUTH = jc.SpinningResonator()
START = TRUTH.replace(power=10e-3, spin=20e3, temperature=0.5)  # not the truth
BOX = Box(power=Log(5e-3, 50e-3), spin=(0, 30e3), temperature=Log(0.01, 1.0))
LEFT_DETUNINGS = np.linspace(0.35, 1.1, 12) * OMEGA_M  # E_N is 0 beyond 1.01 omega_m
RIGHT_DETUNINGS = np.linspace(1.2, 2.0, 12) * OMEGA_M


def noisy(seed):
    noise = np.random.default_rng(seed)
    return (
        simulate(TRUTH, LEFT_DETUNINGS, 0.002, noise=noise),
        simulate(TRUTH, RIGHT_DETUNINGS, 0.002, direction=jc.RIGHT, noise=noise),
    )


@functools.cache
def found(seed=0):
    return fit(noisy(seed), START, BOX, starts=1024, polish=4, seed=seed)


def scipy_residuals(design, measurements):
    """Residuals (model - value) / error of all points by SciPy alone."""
    parts = []
    for m in measurements:
        f = baselines.fields(design.replace(detuning=m.detunings), m.direction)
        parts.append((baselines.from_design_scipy(f) - m.values) / m.errors)
    return np.concatenate(parts)


def scipy_covariance(design, measurements, names):
    """Inverse Fisher information from central differences with steps of 1e-5."""
    columns = []
    for name in names:
        value = getattr(design, name)
        up, down = (
            scipy_residuals(design.replace(**{name: value * (1 + step)}), measurements)
            for step in (1e-5, -1e-5)
        )
        columns.append((up - down) / (2e-5 * value))
    jacobian = np.stack(columns, axis=1)
    scale = np.linalg.norm(jacobian, axis=0)
    return np.linalg.inv((jacobian / scale).T @ (jacobian / scale)) / np.outer(scale, scale)


class TestRecovery:
    def test_planted_parameters_are_found(self):
        """Four standard errors of three fields miss the truth in one of 5000 sets of data."""
        assert found().status is FitStatus.CONVERGED
        for name, (low, high) in found().intervals(1 - 6.3e-5).items():
            assert low < getattr(TRUTH, name) < high
        assert found().standard_errors["power"] < 0.02 * TRUTH.power

    def test_fields_that_are_not_free_stay(self):
        assert found().design.mass == START.mass
        assert found().design.detuning == START.detuning

    def test_without_noise_the_truth_is_found(self):
        """The solver stops within 1e-6 of a side of the box where chi2 is 0."""
        exact = [
            simulate(TRUTH, LEFT_DETUNINGS, 0.002),
            simulate(TRUTH, RIGHT_DETUNINGS, 0.002, direction=jc.RIGHT),
        ]
        best = fit(exact, START, BOX, starts=1024, polish=4)
        assert best.chi2 < 1e-6
        for name, estimate in best.estimates.items():
            assert estimate == pytest.approx(getattr(TRUTH, name), rel=1e-5)

    def test_chi2_agrees_with_scipy(self):
        """E_N of both paths agree to about 1e-12, here divided by errors of 0.002."""
        residuals = scipy_residuals(found().design, found().measurements)
        np.testing.assert_allclose(np.concatenate(found().residuals), residuals, atol=1e-7)
        assert found().chi2 == pytest.approx(residuals @ residuals, rel=1e-7)

    def test_degrees_of_freedom_and_p_value(self):
        assert found().degrees_of_freedom == 24 - 3
        assert found().p_value == stats.chi2.sf(found().chi2, 21)
        assert found().p_value > 1e-3

    def test_seeds_reproduce(self):
        again = fit(noisy(0), START, BOX, starts=1024, polish=4, seed=0)
        assert again.design == found().design
        np.testing.assert_array_equal(again.polished, found().polished)

    @pytest.mark.slow
    def test_scipy_alone_finds_no_better_design(self):
        """Nelder-Mead on the SciPy path, started at the truth and stopped within 1e-6 of chi2."""
        truth = np.array([getattr(TRUTH, name) for name in BOX.names])

        def chi2(scaled):
            design = TRUTH.replace(**dict(zip(BOX.names, (scaled * truth).tolist(), strict=True)))
            residuals = scipy_residuals(design, noisy(0))
            return residuals @ residuals

        best = minimize(
            chi2, np.ones(3), method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-6}
        )
        assert best.fun == pytest.approx(found().chi2, abs=1e-5)
        errors = np.array(list(found().standard_errors.values()))
        estimates = np.array(list(found().estimates.values()))
        np.testing.assert_array_less(np.abs(best.x * truth - estimates), 0.01 * errors)


class TestErrors:
    def test_covariance_agrees_with_finite_differences(self):
        """Steps of 1e-5 give errors of 1e-10 by curvature and 1e-6 by rounding (E_N to 1e-12)."""
        expected = scipy_covariance(found().design, found().measurements, BOX.names)
        np.testing.assert_allclose(found().covariance, expected, rtol=1e-5)

    def test_estimates_scatter_as_stated(self):
        """Variance and mean of the pulls of 40 sets of data have p > 1e-3."""
        fits = [found(seed) for seed in range(40)]
        pulls = np.array(
            [
                [
                    (one.estimates[name] - getattr(TRUTH, name)) / one.standard_errors[name]
                    for name in BOX.names
                ]
                for one in fits
            ]
        )
        spread = stats.chi2.cdf((pulls**2).sum(axis=0), len(fits))
        assert np.all((spread > 5e-4) & (spread < 1 - 5e-4))
        mean = stats.norm.cdf(pulls.mean(axis=0) * np.sqrt(len(fits)))
        assert np.all((mean > 5e-4) & (mean < 1 - 5e-4))

    def test_larger_errors_give_larger_standard_errors(self):
        wide = [
            Measurement(m.detunings, m.values, 2 * m.errors, m.quantity, m.direction)
            for m in noisy(0)
        ]
        twice = fit(wide, START, BOX, starts=1024, polish=4)
        assert twice.chi2 == pytest.approx(found().chi2 / 4, rel=1e-9)
        ratio = np.array(list(twice.standard_errors.values())) / np.array(
            list(found().standard_errors.values())
        )
        np.testing.assert_allclose(ratio, 2.0, rtol=1e-6)  # the same minimum to 1e-6 of the box

    @pytest.mark.parametrize("level", [0, 1, -0.5, float("nan")])
    def test_bad_levels(self, level):
        with pytest.raises(ValueError, match="`level` must be between 0 and 1"):
            found().intervals(level)


class TestBounds:
    LOW = Box(power=Log(5e-3, 18e-3), spin=(0, 30e3), temperature=Log(0.01, 1.0))

    @functools.cached_property
    def bounded(self):
        return fit(noisy(0), START, self.LOW, starts=1024, polish=4)

    def test_a_fit_on_a_bound(self):
        bounded = self.bounded
        assert bounded.active == {"power": "upper"}
        assert bounded.design.power == pytest.approx(18e-3, rel=1e-15)
        assert bounded.status is FitStatus.CONVERGED
        assert np.isnan(bounded.standard_errors["power"])
        assert bounded.degrees_of_freedom == 24 - 2
        assert bounded.p_value < 1e-3  # a bound this wrong shows
        assert "upper" in str(bounded)

    def test_the_others_take_it_as_known(self):
        bounded = self.bounded
        expected = scipy_covariance(bounded.design, noisy(0), ("spin", "temperature"))
        np.testing.assert_allclose(bounded.covariance[1:, 1:], expected, rtol=1e-5)


class TestEdges:
    """Model in closed form: u = (P - 20 mW) / 1 mW, clipped at 0 or missing above it."""

    BOX = Box(power=(10e-3, 30e-3))

    def fitted(self, missing, *values):
        def curve(resonator, side):
            u = (resonator.power - 20e-3) / 1e-3 + 0 * resonator.detuning
            other = jnp.where(u > 0, jnp.nan, u) if missing else jnp.maximum(u, 0.0)
            return jnp.where(resonator.detuning < 1e6, u, other)

        toy = MeasuredQuantity("toy", "toy", curve)
        return fit(Measurement([0.0, 2e6], values, 1.0, toy), START, self.BOX, starts=64)

    def test_a_minimum_on_a_kink_converges(self):
        """For u > 0 chi2 = (u - 0.5)^2 + (u + 2)^2 rises; for u < 0 (u - 0.5)^2 + 4 falls."""
        best = self.fitted(False, 0.5, -2.0)
        assert best.status is FitStatus.CONVERGED
        assert best.chi2 == pytest.approx(4.25, abs=0.01)
        assert best.design.power == pytest.approx(20e-3, abs=0.05e-3)  # a twentieth of the error

    def test_a_clipped_point_carries_no_information(self):
        best = self.fitted(False, -2.0, 0.0)
        assert best.design.power == pytest.approx(18e-3, rel=1e-9)
        assert best.standard_errors["power"] == pytest.approx(1e-3, rel=1e-9)

    def test_a_minimum_beyond_the_edge_of_stability_is_not_reached(self):
        best = self.fitted(True, 3.0, 3.0)
        assert best.status is FitStatus.NOT_CONVERGED
        assert best.design.power <= 20e-3
        assert "edge of stability" in str(best)


def test_nothing_feasible_is_a_status():
    """A device spinning in the other sense is unstable at these points."""
    other_way = Box(power=Log(5e-3, 50e-3), spin=(-30e3, -25e3), temperature=Log(0.01, 1.0))
    lost = fit(noisy(0), START, other_way, starts=1024, polish=4)
    assert lost.status is FitStatus.NOTHING_FEASIBLE
    assert np.isnan(lost.chi2)
    assert np.isnan(lost.p_value)
    assert all(np.isnan(error) for error in lost.standard_errors.values())
    assert not lost.feasible.any()
    assert "widen the box" in str(lost)


def test_mass_and_power_cannot_both_be_fitted():
    """Only their ratio enters E_N: the fit finds it and reports that it cannot separate them."""
    box = Box(mass=Log(2e-12, 5e-11), power=Log(5e-3, 50e-3), temperature=Log(0.01, 1.0))
    best = fit(noisy(0), TRUTH, box, starts=1024, polish=4)
    assert best.status is FitStatus.NOT_IDENTIFIABLE
    (null,) = best.null_directions
    assert null.changes["mass"] == pytest.approx(null.changes["power"], rel=1e-6)
    assert best.standard_errors["mass"] == best.standard_errors["power"] == np.inf
    assert 0 < best.standard_errors["temperature"] < 0.1 * TRUTH.temperature
    ratio = best.design.power / best.design.mass
    assert ratio == pytest.approx(TRUTH.power / TRUTH.mass, rel=0.02)  # errors are about 0.5 %
    assert best.degrees_of_freedom == 24 - 2
    assert "Null direction:" in str(best)
    assert "by 1 %: nothing changes" in str(best)


def test_prints_as_a_table():
    text = str(found())
    for word in ("converged", "standard error", "rad/s", "E_N, light from the right", "p-value"):
        assert word in text


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"starts": 0}, ValueError, "`starts` must be a whole number from 1, but is 0"),
        ({"polish": -1}, ValueError, "`polish`"),
        ({"measurements": []}, ValueError, "`measurements` must hold at least one"),
        ({"measurements": [1.0]}, TypeError, "`measurements` must hold Measurements"),
        ({"box": Box(detuning=(0, 1e6))}, ValueError, "`box` must not free `detuning`"),
    ],
)
def test_bad_input(changes, error, message):
    good = {"measurements": noisy(0), "resonator": START, "box": BOX}
    with pytest.raises(error, match=message):
        fit(**(good | changes))


def test_fewer_points_than_fields_are_refused():
    two = simulate(TRUTH, [0.4 * 63e6, 63e6], 0.01)
    with pytest.raises(ValueError, match=r"at least one point for each of the 3 free fields .* 2"):
        fit(two, TRUTH, BOX)
