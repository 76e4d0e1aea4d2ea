"""Folds: the signs of the heights against the number of solutions, clearances against branches."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from jaxcom.mean_field.detuning import all_detunings
from jaxcom.mean_field.equation import imbalance, residual, shift_at
from jaxcom.mean_field.folds import clearance, turning_points
from jaxcom.rates import normalized_rates

RNG = np.random.default_rng(8)
N = 2000
DESIGNS = jc.SpinningResonator(
    spin=RNG.uniform(0, 40e3, N),
    power=10 ** RNG.uniform(-3.5, 0, N),
    detuning=RNG.uniform(-1, 6, N) * 63e6,
    backscattering=RNG.uniform(0, 3, N) * 37e6,
)
RATES = normalized_rates(DESIGNS, jc.LEFT)
COUNT, DETUNINGS = all_detunings(RATES)
SHIFTS = RATES.detuning[None] - DETUNINGS


def test_heights_count_the_solutions():
    """Each pair with a maximum above and a minimum below 0 adds two solutions."""
    height = np.asarray(turning_points(RATES).height)
    pairs = (height[::2] > 0) & (height[1::2] < 0)
    np.testing.assert_array_equal(1 + 2 * pairs.sum(axis=0), COUNT)
    assert set(np.unique(COUNT)) == {1, 3, 5}


def test_clearance_is_positive_on_the_lowest_branch_only():
    points = turning_points(RATES)
    for branch in range(5):
        exists = branch < np.asarray(COUNT)
        least = np.asarray(clearance(SHIFTS[branch], points).min(axis=0))[exists]
        # On falling parts, the odd branches, the solution itself is above the maximum.
        assert np.all((least > 0) == (branch == 0))


def test_clearance_is_one_below_all_turning_points():
    points = turning_points(RATES)
    np.testing.assert_array_equal(clearance(points.shift.min(axis=0), points), 1.0)


def test_imbalance_vanishes_at_solutions_and_has_the_sign_of_the_residual():
    for branch in range(5):
        balanced = np.asarray(imbalance(SHIFTS[branch], RATES))
        assert np.abs(balanced).max() < 1e-11 * np.abs(SHIFTS).max()
    off = SHIFTS[0] + 0.01
    np.testing.assert_array_equal(
        np.sign(imbalance(off, RATES)), np.sign(residual(RATES.detuning - off, RATES))
    )


@pytest.mark.parametrize("field", ["power", "detuning", "optical_quality"])
def test_slope_of_a_height(field):
    """Against central differences, at a bistable design."""

    def height(value):
        device = jc.SpinningResonator(power=0.1, spin=0.0, detuning=113e6)
        rates = normalized_rates(device.replace(**{field: value}), jc.LEFT)
        return turning_points(rates).height[:2]

    at = {"power": 0.1, "detuning": 113e6, "optical_quality": 3.2e7}[field]
    step = 1e-5 * at
    expected = (height(at + step) - height(at - step)) / (2 * step)
    np.testing.assert_allclose(jax.jacfwd(height)(jnp.asarray(at)), expected, rtol=1e-6)


@pytest.mark.parametrize(("spin", "backscattering"), [(0.0, 0.0), (8e3, 20e6)])
def test_solutions_next_to_a_fold_solve_the_equation(spin, backscattering):
    """The power is bisected down to the floats between which the upper fold lies.

    There rounding decides whether a pair of solutions exists; what is returned is one to rounding.
    """
    detuning = jnp.linspace(80e6, 250e6, 100)

    @jax.jit
    def solve(power):
        device = jc.SpinningResonator(
            spin=spin, backscattering=backscattering, detuning=detuning, power=power
        )
        rates = normalized_rates(device, jc.LEFT)
        count, found = all_detunings(rates)
        shift = jax.vmap(shift_at, (0, None))(found, rates)
        return count, jnp.abs(jax.vmap(imbalance, (0, None))(shift, rates) / shift).max(axis=0)

    grid = np.geomspace(1e-4, 3.0, 400)
    several = np.array([solve(jnp.full(100, power))[0] > 1 for power in grid])
    last = 399 - np.argmax(several[::-1], axis=0)
    low, high = grid[last], grid[last + 1]
    for _ in range(60):
        middle = (low + high) / 2
        below = np.asarray(solve(jnp.asarray(middle))[0]) > 1
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    np.testing.assert_allclose(low, high, rtol=1e-15)
    for power in (low, high):
        assert np.max(solve(jnp.asarray(power))[1]) < 1e-13
