"""Figures of merit against optimizers and root finders of SciPy, on steady states by SciPy."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize
from references import baselines

import jaxcom as jc
from jaxcom import merit

OMEGA_M = 63e6
DEVICE = jc.SpinningResonator()
KAPPA = float(DEVICE.kappa)


def scipy_entanglement(resonator, side):
    """E_N of one design by `numpy.roots` and Bartels-Stewart; NaN where unstable."""
    fields = {n: v.reshape(1) for n, v in baselines.fields(resonator, side).items()}
    return baselines.from_design_scipy(fields)[0]


def scipy_largest(resonator, side, near):
    """Local maximum over the detuning near a detuning, by Brent's method."""

    def negative(x):
        return -scipy_entanglement(resonator.replace(detuning=float(x)), side)

    width = 0.05 * OMEGA_M
    bounds = (near - width, near + width)
    return -scipy.optimize.minimize_scalar(
        negative, bounds=bounds, method="bounded", options={"xatol": 1.0}
    ).fun


@functools.cache
def peaks():
    """Maxima of a batch of designs, in one call."""
    spin = np.array([0.0, 8e3, 8e3, 23e3, 23e3])
    J = np.array([0.0, 0.0, 0.3, 1.0, 1.0]) * KAPPA
    sides = jnp.array([1, 1, -1, 1, -1])
    r = DEVICE.replace(spin=spin, backscattering=J)
    return r, sides, merit.largest_entanglement(r, sides)


class TestLargestEntanglement:
    @pytest.mark.parametrize("k", range(5))
    def test_against_scipy(self, k):
        """Brent's method stops within 1 rad/s, where E_N is lower by less than 1e-14."""
        r, sides, found = peaks()
        one = DEVICE.replace(spin=float(r.spin[k]), backscattering=float(r.backscattering[k]))
        best = scipy_largest(one, int(sides[k]), float(found.detuning[k]))
        assert abs(found.value[k] - best) < 1e-11
        assert not found.at_edge[k]

    @pytest.mark.parametrize("k", range(5))
    def test_no_detuning_gives_more(self, k):
        r, sides, found = peaks()
        one = DEVICE.replace(spin=float(r.spin[k]), backscattering=float(r.backscattering[k]))
        grid = one.replace(detuning=np.linspace(-2, 5, 20001) * OMEGA_M)
        assert np.nanmax(jc.entanglement(grid, int(sides[k]))) <= found.value[k]

    def test_the_edge_of_a_bistable_range(self):
        """At 100 mW E_N rises up to the end of the lowest branch; beyond, another is the lowest."""
        strong = DEVICE.replace(spin=0.0, power=100e-3)
        found = merit.largest_entanglement(strong, jc.LEFT)
        assert found.at_edge
        sides = [strong.replace(detuning=float(found.detuning) + d) for d in (-1.0, 1.0)]
        values = [float(jc.entanglement(r, jc.LEFT)) for r in sides]
        limit = float(found.value)
        assert sum(abs(v - limit) < 1e-4 for v in values) == 1
        assert sum(np.isnan(v) or v < limit - 0.01 for v in values) == 1

    def test_given_detunings(self):
        found = merit.largest_entanglement(
            DEVICE.replace(spin=0.0), jc.LEFT, detunings=(OMEGA_M, 2 * OMEGA_M)
        )
        assert found.detuning == OMEGA_M

    def test_spinning_fast_shifts_the_range(self):
        """At 35e3 rad/s the maximum for light from the left lies below -1 omega_m."""
        found = merit.largest_entanglement(DEVICE.replace(spin=35e3), jc.LEFT)
        assert found.detuning < -OMEGA_M
        assert abs(found.value - 0.1476) < 1e-4

    def test_derivative(self):
        def value(power):
            return merit.largest_entanglement(DEVICE.replace(power=power), jc.LEFT).value

        slope = (value(0.02 + 1e-6) - value(0.02 - 1e-6)) / 2e-6
        assert abs(jax.grad(value)(0.02) / slope - 1) < 1e-5

    def test_directions_as_text(self):
        device = DEVICE.replace(spin=0.0)
        found = merit.largest_entanglement(device, "left")
        assert found.value == merit.largest_entanglement(device, jc.LEFT).value
        with pytest.raises(ValueError, match="`direction` must be"):
            merit.largest_entanglement(device, "up")

    def test_bad_input(self):
        for bounds in ((1.0, 0.0), (0.0, np.nan), (-np.inf, 1.0), (0.0, 1j), (0.0, 1.0, 2.0)):
            with pytest.raises(ValueError, match=r"`detunings` must be a lower and a higher bound"):
                merit.largest_entanglement(DEVICE, jc.LEFT, detunings=bounds)


class TestLargestAbsNonreciprocity:
    def test_against_a_dense_grid(self):
        found = merit.largest_abs_nonreciprocity(DEVICE)
        grid = DEVICE.replace(detuning=np.linspace(-1, 4, 20001) * OMEGA_M)
        best = np.nanmax(np.abs(jc.nonreciprocity(grid)))
        assert best <= found.value
        assert found.value - best < 1e-6

    def test_the_edge_of_stability(self):
        """There is no steady state 1e3 rad/s below the maximum, and the slope does not vanish."""
        r = DEVICE.replace(optical_quality=4e6)
        found = merit.largest_abs_nonreciprocity(r)
        assert found.at_edge
        assert jnp.isnan(jc.nonreciprocity(r.replace(detuning=found.detuning - 1e3)))

    def test_ranges_of_detunings_are_a_batch(self):
        low, high = np.array([-1.0, 0.9]) * OMEGA_M, np.array([0.9, 4.0]) * OMEGA_M
        both = merit.largest_abs_nonreciprocity(DEVICE, detunings=(low, high)).value
        for k in range(2):
            one = merit.largest_abs_nonreciprocity(DEVICE, detunings=(low[k], high[k])).value
            assert abs(both[k] - one) < 1e-12

    def test_zero_at_rest(self):
        assert merit.largest_abs_nonreciprocity(DEVICE.replace(spin=0.0)).value == 0


class TestRevivalFactor:
    def test_is_one_without_backscattering(self):
        """Up to 3e-7: the drive at the shifted maximum is stronger, the laser being 1e-7 redder."""
        chi = merit.revival_factor(DEVICE.replace(spin=23e3), jc.RIGHT)
        assert 0 < chi - 1 < 3e-7

    def test_at_folds(self):
        """At 100 mW the maxima lie at folds; within 1e-16 omega_m of one, chi would be 1.7."""
        J, spin = np.meshgrid(np.linspace(0, 2, 30) * KAPPA, np.linspace(0, 30e3, 30))
        r = DEVICE.replace(power=100e-3, spin=spin.ravel(), backscattering=J.ravel())
        for side in (jc.LEFT, jc.RIGHT):
            assert np.max(merit.revival_factor(r, side)) < 1.01

    def test_ratio_of_two_maxima(self):
        r = DEVICE.replace(spin=23e3, backscattering=KAPPA)
        both = [
            merit.largest_entanglement(d, jc.RIGHT).value
            for d in (r, r.replace(spin=0.0, backscattering=0.0))
        ]
        assert merit.revival_factor(r, jc.RIGHT) == both[0] / both[1]


class TestCriticalTemperature:
    design = DEVICE.replace(detuning=0.4 * OMEGA_M)

    def test_against_scipy(self):
        """The zero of -ln(2 nu_-) is where the clipped E_N by SciPy becomes positive."""

        def entangled(log_t):
            r = self.design.replace(temperature=float(np.exp(log_t)))
            return float(scipy_entanglement(r, 1)) - 1e-9

        brent = np.exp(scipy.optimize.brentq(entangled, np.log(0.13), 0.0, xtol=1e-14))
        found = merit.critical_temperature(self.design, jc.LEFT)
        assert abs(found / brent - 1) < 1e-8

    def test_derivatives_with_respect_to_all_fields(self):
        gradient = jax.grad(lambda r: merit.critical_temperature(r, jc.LEFT))(self.design)
        for name in ("spin", "power", "detuning", "omega_m", "optical_quality", "mass"):
            value = getattr(self.design, name)
            ends = [
                merit.critical_temperature(self.design.replace(**{name: value * (1 + h)}), jc.LEFT)
                for h in (1e-5, -1e-5)
            ]
            slope = (ends[0] - ends[1]) / (2e-5 * value)
            assert abs(getattr(gradient, name) / slope - 1) < 1e-6, name
        assert gradient.temperature == 0

    def test_never_entangled(self):
        dark = DEVICE.replace(power=0.0)
        assert merit.critical_temperature(dark, jc.LEFT) == 0
        slopes = jax.grad(lambda r: merit.critical_temperature(r, jc.LEFT))(dark)
        assert all(slope == 0 for slope in jax.tree.leaves(slopes))

    def test_unstable(self):
        assert jnp.isnan(
            merit.critical_temperature(DEVICE.replace(detuning=0.27 * OMEGA_M), jc.RIGHT)
        )

    def test_batches(self):
        x = np.array([0.27, 0.4, 1.0]) * OMEGA_M
        batch = merit.critical_temperature(DEVICE.replace(detuning=x), jc.RIGHT)
        one = [merit.critical_temperature(DEVICE.replace(detuning=d), jc.RIGHT) for d in x]
        np.testing.assert_allclose(batch, one, rtol=1e-12)


@pytest.mark.slow
class TestNonreciprocalLimits:
    def test_temperature(self):
        limit = float(merit.highest_nonreciprocal_temperature(DEVICE))
        for factor, is_nonreciprocal in ((1 - 1e-6, True), (1 + 1e-6, False)):
            found = merit.largest_abs_nonreciprocity(DEVICE.replace(temperature=limit * factor))
            assert (found.value > 0) == is_nonreciprocal

    def test_is_the_largest_critical_temperature(self):
        """Of a grid of detunings at which both directions are stable: a lower bound."""
        grid = DEVICE.replace(detuning=np.linspace(-1, 4, 5001) * OMEGA_M)
        limits = [merit.critical_temperature(grid, side) for side in (jc.LEFT, jc.RIGHT)]
        both = np.where(np.isnan(limits[0] + limits[1]), 0, np.fmax(*limits))
        found = merit.highest_nonreciprocal_temperature(DEVICE)
        assert both.max() <= found
        assert found - both.max() < 1e-3

    def test_zero_at_rest(self):
        assert merit.highest_nonreciprocal_temperature(DEVICE.replace(spin=0.0)) == 0

    def test_quality(self):
        limit = float(merit.smallest_nonreciprocal_quality(DEVICE, 1e-3))
        found = merit.largest_abs_nonreciprocity(DEVICE.replace(optical_quality=limit))
        assert abs(found.value / 1e-3 - 1) < 1e-6

    def test_level_not_reached(self):
        assert jnp.isnan(merit.smallest_nonreciprocal_quality(DEVICE, 10.0))


def test_branch_and_detunings_are_keyword_only():
    for function in (merit.critical_temperature, merit.largest_entanglement, merit.revival_factor):
        with pytest.raises(TypeError, match="positional"):
            function(DEVICE, jc.LEFT, 0)
    for function in (merit.largest_abs_nonreciprocity, merit.highest_nonreciprocal_temperature):
        with pytest.raises(TypeError, match="positional"):
            function(DEVICE, (0.0, OMEGA_M))
    with pytest.raises(TypeError, match="positional"):
        merit.smallest_nonreciprocal_quality(DEVICE, 1e-3, (0.0, OMEGA_M))


def test_bad_levels():
    with pytest.raises(ValueError, match="`level` must be positive and finite, but is 0"):
        merit.smallest_nonreciprocal_quality(DEVICE, 0.0)
    with pytest.raises(ValueError, match="`qualities` must be two positive, ascending numbers"):
        merit.smallest_nonreciprocal_quality(DEVICE, qualities=(1e9, 1e5))


def test_a_default_range_that_hides_the_design_is_said():
    device = jc.SpinningResonator(detuning=-2 * 63e6, spin=0.0)
    with pytest.warns(UserWarning, match=r"-1.26e\+08 rad/s, lies outside the default range"):
        merit.largest_entanglement(device, jc.LEFT)
    merit.largest_entanglement(device, jc.LEFT, detunings=(-3 * 63e6, 63e6))
