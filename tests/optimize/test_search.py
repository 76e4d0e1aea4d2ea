"""The search, against optima that differential evolution has found on its own."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.optimize import differential_evolution

import jaxcom as jc
from optimize import Box, Log, SearchStatus, maximize, objectives

OMEGA_M = 63e6
DEVICE = jc.SpinningResonator()
BOX = Box(spin=(0, 30e3), power=(1e-3, 20e-3), detuning=(-OMEGA_M, 4 * OMEGA_M))
SMALL = Box(detuning=(-OMEGA_M, 4 * OMEGA_M))

# |Delta E_N| of the global optimum in BOX, both directions stable, by J / kappa.
GLOBAL = {0.0: 0.1476, 1.0: 0.13929}


@functools.cache
def best(J=0.0, seed=0):
    device = DEVICE.replace(backscattering=J * DEVICE.kappa)
    return maximize(objectives.nonreciprocity, device, BOX, seed=seed, progress=False)


@functools.cache
def small(**options):
    return maximize(objectives.one_way(jc.LEFT), DEVICE, SMALL, starts=8, progress=False, **options)


@pytest.mark.slow
@pytest.mark.parametrize("J", GLOBAL)
@pytest.mark.parametrize("seed", range(20))
def test_every_seed_finds_the_global_optimum(J, seed):
    found = best(J, seed)
    assert abs(found.value - GLOBAL[J]) < 1e-4
    assert found.left.verified.margin > 0
    assert found.right.verified.margin > 0


@pytest.mark.slow
@pytest.mark.parametrize("J", GLOBAL)
def test_differential_evolution_finds_nothing_better(J):
    device = DEVICE.replace(backscattering=J * DEVICE.kappa)

    @jax.jit
    def value(unit):
        return jax.vmap(lambda u: objectives.nonreciprocity(BOX.design(device, u)))(unit.T)

    evolved = differential_evolution(
        lambda unit: -np.nan_to_num(value(jnp.asarray(unit)), nan=-1.0),
        [(0, 1)] * 3, vectorized=True, updating="deferred", popsize=30, maxiter=150, tol=1e-10,
        seed=0, polish=False,
    )  # fmt: skip
    assert -evolved.fun < best(J).value + 1e-7
    assert -evolved.fun > best(J).value - 1e-4


class TestOptimum:
    def test_verified_by_the_independent_path(self):
        found = small()
        assert found.status is SearchStatus.CONVERGED
        assert abs(found.verified_value - found.value) < 1e-10
        state = jc.steady_state(found.design, jc.LEFT)
        assert abs(float(state.log_negativity) - found.value) < 1e-10
        assert abs(float(state.margin) / found.left.verified.margin - 1) < 1e-9

    def test_the_gradient_vanishes_inside_the_box(self):
        """SLSQP stops where a step gains less than 1e-13, so slopes over the box are below 1e-5."""
        found = small()
        assert found.active == {}
        assert abs(found.gradient["detuning"]) * 5 * OMEGA_M < 1e-5

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
        assert history.scores.shape == (200, 8)
        assert np.all(np.diff(history.best) >= 0)
        assert history.best[-1] <= small().value + 1e-12
        assert history.feasible[0] < 1  # some Sobol points are unstable

    def test_prints_as_a_table(self):
        text = str(small())
        for word in ("converged", "detuning", "rad/s", "E_N(left)", "margin(left)"):
            assert word in text


def test_active_bounds_are_met_exactly():
    narrow = Box(detuning=(0.4 * OMEGA_M, OMEGA_M), power=(10e-3, 15e-3))
    found = maximize(objectives.one_way(jc.LEFT), DEVICE, narrow, starts=8, progress=False)
    assert found.active == {"detuning": "lower", "power": "upper"}
    assert (found.design.detuning, found.design.power) == (0.4 * OMEGA_M, 15e-3)


def test_the_margin_is_kept():
    margin = 0.11 * OMEGA_M  # excludes the unconstrained optimum, whose margin is 0.086 omega_m
    assert small().left.verified.margin < margin
    found = small(margin=margin)
    assert found.left.verified.margin > margin * (1 - 1e-9)
    assert found.value < small().value


def test_nothing_feasible_is_a_status():
    blue = Box(detuning=(-OMEGA_M, -0.5 * OMEGA_M))
    found = maximize(objectives.one_way(jc.LEFT), DEVICE, blue, starts=4, steps=25, progress=False)
    assert found.status is SearchStatus.NOTHING_FEASIBLE
    assert np.isnan(found.value)
    assert "widen the box" in str(found)


def test_logarithmic_interval_and_function_of_the_user():
    """x^2 - x^4 / 2 has its maximum 1/2 at x = 1, here T / 0.1 K."""

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
        ({"margin": -1.0}, ValueError, "`margin`"),
        ({"margin": float("nan")}, ValueError, "`margin`"),
    ],
)
def test_bad_options(options, error, message):
    with pytest.raises(error, match=message):
        maximize(objectives.nonreciprocity, DEVICE, BOX, **options)


def test_bad_objective():
    with pytest.raises(TypeError, match="`objective` must be a function"):
        maximize("nonreciprocity", DEVICE, BOX)
