"""Searches against optima found by differential evolution and by scans."""

import functools

import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxcom as jc
from optimize import Box, Log, SearchStatus, maximize, objectives
from optimize.results.crosscheck import dense_scan, evolve

OMEGA_M = 63e6
DEVICE = jc.SpinningResonator()
BOX = Box(spin=(0, 30e3), power=(1e-3, 20e-3), detuning=(-OMEGA_M, 4 * OMEGA_M))
SMALL = Box(detuning=(-OMEGA_M, 4 * OMEGA_M))

# Global maximum of |Delta E_N| in BOX with both directions stable, by J / kappa.
GLOBAL = {0.0: 0.14762, 1.0: 0.13929, 2.0: 0.12150}


@functools.cache
def best(J=0.0, seed=0):
    device = DEVICE.replace(backscattering=J * DEVICE.kappa)
    return maximize(objectives.abs_nonreciprocity, device, BOX, seed=seed, progress=False)


@functools.cache
def small(**options):
    return maximize(objectives.OneWay(jc.LEFT), DEVICE, SMALL, starts=8, progress=False, **options)


@pytest.mark.slow
@pytest.mark.parametrize("J", GLOBAL)
@pytest.mark.parametrize("seed", range(20))
def test_every_seed_finds_the_global_optimum(J, seed):
    found = best(J, seed)
    assert abs(found.value - GLOBAL[J]) < 1e-5  # the digits given
    assert found.status is SearchStatus.CONVERGED
    assert found.left.verified.margin > 0
    assert found.right.verified.margin > 0


@pytest.mark.slow
@pytest.mark.parametrize("J", GLOBAL)
def test_differential_evolution_finds_nothing_better(J):
    check = evolve(best(J), population=30, generations=150)
    assert check.confirms
    assert check.gap < 1e-4


class TestOptimum:
    def test_verified_by_matrices(self):
        found = small()
        assert found.status is SearchStatus.CONVERGED
        assert abs(found.verified_value - found.value) < 1e-10
        state = jc.steady_state(found.design, jc.LEFT)
        assert abs(float(state.log_negativity) - found.value) < 1e-10
        assert abs(float(state.margin) / found.left.verified.margin - 1) < 1e-9

    def test_the_gradient_vanishes_inside_the_box(self):
        """The slope is at rounding, at a curvature of about 100."""
        found = small()
        assert found.active == {}
        assert abs(found.gradient["detuning"]) * 5 * OMEGA_M < 1e-12

    def test_certificate(self):
        """The curvature agrees with differences of the matrix path, to their rounding."""
        proof = small().certificate
        assert proof.holds
        assert proof.residual < 1e-12
        assert proof.disagreement < 1e-12
        assert proof.ridges == 0
        assert proof.shadow_prices == {}
        step, at = 1e-3, small().design.detuning
        values = [
            float(jc.steady_state(DEVICE.replace(detuning=d), jc.LEFT).log_negativity)
            for d in at + step * 5 * OMEGA_M * np.array([-1, 0, 1])
        ]
        assert proof.curvatures[0] == pytest.approx(np.diff(values, 2)[0] / step**2, rel=1e-3)

    def test_a_scan_finds_nothing_better(self):
        detuning = jnp.linspace(-1, 4, 20001) * OMEGA_M
        scan = jc.entanglement(DEVICE.replace(detuning=detuning), jc.LEFT)
        assert jnp.nanmax(scan) <= small().value + 1e-12
        assert jnp.nanmax(scan) > small().value - 1e-6

    def test_seeds_reproduce(self):
        small.cache_clear()
        first = small(seed=3)
        small.cache_clear()
        again = small(seed=3)
        assert first.design == again.design
        np.testing.assert_array_equal(first.history.scores, again.history.scores)
        assert not np.array_equal(first.history.scores, small(seed=4).history.scores)

    def test_history(self):
        history = small().history
        assert history.scores.shape == (100, 8 * len(history.rounds))
        assert np.all(np.diff(history.best) >= 0)
        assert history.best[-1] <= small().value + 1e-12

    def test_prints_as_a_table(self):
        text = str(small())
        for word in ("converged", "detuning", "rad/s", "E_N(left)", "margin(left)"):
            assert word in text


def test_active_bounds_are_met_exactly():
    narrow = Box(detuning=(0.4 * OMEGA_M, OMEGA_M), power=(10e-3, 15e-3))
    found = maximize(objectives.OneWay(jc.LEFT), DEVICE, narrow, starts=8, progress=False)
    assert found.active == {"detuning": "lower", "power": "upper"}
    assert (found.design.detuning, found.design.power) == (0.4 * OMEGA_M, 15e-3)


def test_the_required_margin_is_kept():
    margin = 0.11 * OMEGA_M  # excludes the unconstrained optimum, whose margin is 0.086 omega_m
    assert small().left.verified.margin < margin
    found = small(margin=margin)
    assert found.left.verified.margin > margin * (1 - 1e-9)
    assert found.value < small().value


@functools.cache
def at_the_edge(margin=None):
    """Optimum for P <= 100 mW, which lies at a fold of the mean field."""
    box = Box(spin=(0, 30e3), power=(1e-3, 100e-3), detuning=(-OMEGA_M, 4 * OMEGA_M))
    device = DEVICE.replace(backscattering=DEVICE.kappa)
    return maximize(objectives.abs_nonreciprocity, device, box, margin=margin, progress=False)


@pytest.mark.slow
class TestAtTheEdge:
    @pytest.mark.parametrize("margin", [None, 1e5])
    def test_it_ends_at_the_margin_on_the_lowest_branch(self, margin):
        """One unit in the last place of the detuning changes the margin of 520 rad/s by 2e-5.

        Entries of the covariance reach 4e4, and the determinants in E_N have the rounding error of
        their squares: 3e-7. Designs that differ in the last place scatter by half of that.
        """
        found = at_the_edge(margin)
        required = 0.1 * DEVICE.gamma_m if margin is None else margin
        assert found.status is SearchStatus.CONVERGED
        assert found.right.verified.margin == pytest.approx(required, rel=5e-5)
        state = jc.steady_state(found.design, jc.RIGHT, branch=0)
        rounding = np.finfo(float).eps * float(abs(state.covariance).max()) ** 2
        assert float(state.log_negativity) == pytest.approx(found.value, abs=1e-8 + rounding)

    def test_a_wider_margin_costs(self):
        assert at_the_edge(1e5).value < at_the_edge().value

    def test_no_neighbor_within_the_margin_is_better(self):
        """The best of 100000 points around the optimum comes within 1e-2."""
        check = dense_scan(at_the_edge(1e5), points=100_000, reach=1e-3)
        assert check.confirms
        assert check.gap < 1e-2


def test_callback():
    """The callback receives each polished point, the optimum among them."""
    polished = []
    found = small(callback=polished.append)
    assert len(polished) == found.certificate.polished
    best = max((point for point in polished if point.feasible), key=lambda point: point.score)
    np.testing.assert_array_equal(best.unit, found.unit)


def test_nothing_feasible_is_a_status():
    blue = Box(detuning=(-OMEGA_M, -0.5 * OMEGA_M))
    found = maximize(objectives.OneWay(jc.LEFT), DEVICE, blue, starts=8, rounds=1, progress=False)
    assert found.certificate is None
    assert found.status is SearchStatus.NOTHING_FEASIBLE
    assert np.isnan(found.value)
    assert "widen the box" in str(found)


def test_logarithmic_interval_and_user_function():
    """x^2 - x^4 / 2 has its maximum 1/2 at x = 1, where x = T / 0.1 K."""

    def bump(resonator):
        x = resonator.temperature / 0.1
        return x**2 - x**4 / 2

    cold = DEVICE.replace(detuning=20e6, spin=0.0)
    box = Box(temperature=Log(1e-3, 10.0))
    found = maximize(bump, cold.replace(detuning=70e6), box, starts=4, progress=False)
    assert abs(found.value - 0.5) < 1e-10
    assert abs(found.design.temperature - 0.1) < 1e-6
    assert found.objective == "bump"


@pytest.mark.slow
@pytest.mark.parametrize(
    "optimizer", [optax.sgd(0.05, momentum=0.9), optax.lbfgs()], ids=["sgd", "lbfgs"]
)
def test_any_optimizer(optimizer):
    found = small(optimizer=optimizer)
    assert abs(found.value - small().value) < 1e-9


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"starts": 0}, ValueError, "`starts`"),
        ({"steps": 0}, ValueError, "`steps`"),
        ({"polish": -1}, ValueError, "`polish`"),
        ({"rounds": 0}, ValueError, "`rounds`"),
        ({"margin": -1.0}, ValueError, "`margin`"),
        ({"margin": float("nan")}, ValueError, "`margin`"),
    ],
)
def test_bad_options(options, error, message):
    with pytest.raises(error, match=message):
        maximize(objectives.abs_nonreciprocity, DEVICE, BOX, **options)


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        ("nonreciprocity", "`objective` must be a function"),
        (lambda r: float(r.spin), "differentiable by JAX, but <lambda> raises Concretization"),
        (lambda r: r.spin * jnp.ones(3), r"returns an array of shape \(3,\)"),
    ],
)
def test_bad_objective(objective, message):
    with pytest.raises(TypeError, match=message):
        maximize(objective, DEVICE, BOX)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_every_seed_finds_the_optimum_at_a_fold(seed):
    """P <= 100 mW, J = kappa: two margins of 0.01 omega_m are active."""
    box = Box(spin=(0, 30e3), power=(1e-3, 100e-3), detuning=(-OMEGA_M, 4 * OMEGA_M))
    device = DEVICE.replace(backscattering=DEVICE.kappa)
    found = maximize(
        objectives.abs_nonreciprocity, device, box, margin=0.01 * OMEGA_M, seed=seed, progress=False
    )
    assert found.status is SearchStatus.CONVERGED
    assert abs(found.value - 0.387987372) < 1e-9
    for side in (found.left, found.right):
        assert side.verified.margin == pytest.approx(0.01 * OMEGA_M, rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("margin", [1e-2, 1e-6])
@pytest.mark.parametrize("J", [0.0, 1.0])
def test_the_best_design_before_a_lower_mean_field_is_born(J, margin):
    """For light from the left, at strong drive; differential evolution finds nothing better."""
    box = Box(spin=(0, 30e3), power=(1e-3, 0.1), detuning=(-OMEGA_M, 4 * OMEGA_M))
    device = DEVICE.replace(backscattering=J * DEVICE.kappa)
    found = maximize(
        objectives.Preference("left"), device, box, margin=margin * OMEGA_M, progress=False
    )
    assert found.status is SearchStatus.CONVERGED
    assert evolve(found, population=20, generations=200).gap > -1e-6
