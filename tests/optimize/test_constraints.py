"""Constraints: their residuals against other functions of the library, and searches with them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from jaxcom.taper import Taper, maximal_spin
from optimize import Box, SearchStatus, maximize, objectives
from optimize.constraints import (
    AtLeast,
    AtMost,
    BelowSpinLimit,
    Equal,
    EqualEntanglement,
    SingleValued,
    Stable,
)
from optimize.margins import excess_margin, excess_of_squares

OMEGA_M = 63e6
DEVICE = jc.SpinningResonator(backscattering=10e6)
BOX = Box(spin=(0, 30e3), power=(1e-3, 20e-3), detuning=(-OMEGA_M, 4 * OMEGA_M))
RNG = np.random.default_rng(5)


def designs(n):
    return jc.SpinningResonator(
        spin=RNG.uniform(0, 40e3, n),
        power=10 ** RNG.uniform(-3.5, 0, n),
        detuning=RNG.uniform(-1, 6, n) * OMEGA_M,
        backscattering=RNG.uniform(0, 3, n) * 37e6,
    )


class TestSingleValued:
    def test_counts_branches(self):
        """No residual is negative exactly where there is one mean field, for 5000 designs."""
        many = jax.tree.map(lambda field: jnp.broadcast_to(field, 5000), designs(5000))
        one = SingleValued((jc.LEFT,))
        residuals = jax.jit(jax.vmap(one.residuals))(many)
        single = np.asarray(jc.mean_field(many, jc.LEFT).count) == 1
        assert 0.5 < single.mean() < 0.95
        np.testing.assert_array_equal(np.asarray(residuals).min(axis=1) >= 0, single)

    def test_sign_of_its_slope(self):
        """The sign agrees with differences, at a bistable design and near a fold."""
        one = SingleValued((jc.LEFT,))

        def least(power):
            return one.residuals(jc.SpinningResonator(power=power, spin=0.0, detuning=113e6)).min()

        for power in (60e-3, 100e-3):
            step = 1e-6 * power
            difference = (least(power + step) - least(power - step)) / (2 * step)
            # The residual is scaled by a size that counts as constant: only the sign agrees.
            assert np.sign(jax.grad(least)(power)) == np.sign(difference)


def test_stable_is_the_margin():
    state = jc.steady_state(jc.SpinningResonator(detuning=19e6), jc.LEFT)
    at = float(state.margin)
    device = jc.SpinningResonator(detuning=19e6)
    for rate, holds in ((0.999 * at, True), (1.001 * at, False)):
        assert (Stable(rate, (jc.LEFT,)).residuals(device)[0] > 0) == holds


def test_excess_of_squares_is_linear_near_a_fold():
    """The margin goes as the root of the distance to the fold, the excess as the distance."""
    distance = np.array([1e-10, 2e-10, 3e-10])
    excess = excess_of_squares(jnp.sqrt(distance), 0.5e-5)
    np.testing.assert_allclose(np.diff(excess), 1e-10 / 1e-8, rtol=1e-9)


@pytest.mark.parametrize("excess", [excess_margin, excess_of_squares])
def test_excess_is_zero_at_the_required_margin(excess):
    assert excess(jnp.array(0.5e-5), 0.5e-5) == 0
    assert excess(jnp.array(0.6e-5), 0.5e-5) > 0 > excess(jnp.array(-1e-5), 0.5e-5)


def test_spin_limit():
    fiber = Taper()
    limit = float(maximal_spin(fiber, DEVICE))
    half = BelowSpinLimit(fiber, share=0.5)
    assert half.residuals(DEVICE.replace(spin=0.5 * limit))[0] == pytest.approx(0.0, abs=1e-12)
    assert half.residuals(DEVICE.replace(spin=limit))[0] == pytest.approx(-1.0)


def test_fields_functions_and_objectives():
    assert AtMost("power", 10e-3).residuals(DEVICE)[0] == pytest.approx(-1.0)
    assert Equal(lambda r: r.spin, 8e3, name="v").residuals(DEVICE)[0] == 0
    red = DEVICE.replace(detuning=3 * OMEGA_M)  # E_N = 0 there, with slope 0
    floor = AtLeast(objectives.OneWay(jc.LEFT), 0.1)
    slope = jax.grad(lambda d: floor.residuals(red.replace(detuning=d))[0])(red.detuning)
    assert slope != 0
    assert floor.name == "E_N(left) >= 0.1"


@pytest.mark.slow
class TestSearches:
    """Optima with active constraints."""

    def test_quantum_with_little_classical_nonreciprocity(self):
        """|ln N(left)/N(right)| <= 0.1 is active; 0.05507 is the best of 400000 random designs.

        With equal photons and both directions stable, nothing is left at this J.
        """
        found = searched(AtMost(objectives.ClassicalNonreciprocity(), 0.1))
        assert found.status is SearchStatus.CONVERGED
        photons = [
            jc.steady_state(found.design, side).photons.sum() for side in (jc.LEFT, jc.RIGHT)
        ]
        assert abs(np.log(photons[0] / photons[1])) == pytest.approx(0.1, rel=1e-6)
        assert found.value > 0.05507

    def test_shadow_price_is_the_slope_of_the_value(self):
        """The multiplier of power <= P is the gain per unit of the residual."""
        best, more = (searched(AtMost("power", P, scale=1e-2)) for P in (10e-3, 10.01e-3))
        price = best.certificate.shadow_prices["power <= 0.01 W"]
        assert (more.value - best.value) / (0.01e-3 / 1e-2) == pytest.approx(price, rel=1e-2)

    def test_an_unsatisfiable_constraint_is_a_status(self):
        found = searched(AtLeast(objectives.OneWay(jc.LEFT), 5.0))
        assert found.status is SearchStatus.NOTHING_FEASIBLE
        assert np.isnan(found.value)


def searched(*constraints):
    return maximize(
        objectives.abs_nonreciprocity, DEVICE, BOX, constraints=constraints,
        starts=16, rounds=1, progress=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Stable(-1.0), ValueError, "`rate` must be finite and at least 0, but is -1.0"),
        (lambda: BelowSpinLimit(share=2.0), ValueError, "`share` must be above 0"),
        (lambda: AtLeast("powr", 1.0), TypeError, "did you mean `power`"),
        (lambda: AtLeast(3, 1.0), TypeError, "`what` must be the name of a field"),
        (lambda: AtMost("power", float("nan")), ValueError, "`bound` must be finite"),
        (lambda: AtMost("power", 1.0, scale=0.0), ValueError, "`scale` must be finite"),
        (lambda: maximize(objectives.abs_nonreciprocity, DEVICE, BOX, constraints=["x"]), TypeError,
         "`constraints` must hold"),
    ],
)  # fmt: skip
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_equal_entanglement():
    still = EqualEntanglement().residuals(DEVICE.replace(spin=0.0))
    assert still[0] == pytest.approx(0.0, abs=1e-12)
