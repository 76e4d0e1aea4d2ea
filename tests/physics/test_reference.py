"""All stages against 230 designs (266 branches) in 50-digit arithmetic.

The designs include the points of the paper, edge cases (P = 0, T = 0, J = 0, J << kappa) and random
devices with 1, 3 and 5 branches. The stable branch closest to the threshold has a spectral abscissa
of -1.5e-7 omega_m.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from references.reference_states import CASES, COUNTS, DESIGNS, DIRECTIONS, branches, relative

import jaxcom as jc
from jaxcom import gaussian

SOLVERS = [jc.Kronecker(), jc.BartelsStewart(), jc.Hurwitz()]


@functools.cache
def states(solver):
    state = jax.jit(
        lambda branch: jc.steady_state(DESIGNS, DIRECTIONS, branch=branch, solver=solver)
    )
    return jax.tree.map(lambda *entries: np.stack(entries), *(state(k) for k in range(5)))


@functools.cache
def fields():
    return jc.mean_field(DESIGNS, DIRECTIONS)


@pytest.mark.parametrize("name", ["kappa", "drive_amplitude", "thermal_phonons", "sagnac_shift"])
def test_derived_rates(name):
    expected = np.array([case["derived"][name] for case in CASES])
    assert relative(getattr(DESIGNS, name), expected) < 1e-14


def test_single_photon_coupling():
    assert relative(DESIGNS.coupling, [case["derived"]["G0"] for case in CASES]) < 1e-14


def test_number_of_branches():
    np.testing.assert_array_equal(fields().count, COUNTS)


def test_displacement():
    assert relative(fields().q_s, branches("q_s")) < 1e-13


@pytest.mark.parametrize(("mode", "name"), [(0, "driven"), (1, "reflected")])
def test_amplitudes_and_detunings(mode, name):
    alpha = branches(f"alpha_{name}") @ np.array([1, 1j])
    assert relative(fields().alpha[..., mode], alpha) < 1e-12
    assert relative(fields().detuning[..., mode], branches(f"detuning_{name}")) < 1e-12


@pytest.mark.parametrize("solver", SOLVERS, ids=lambda s: type(s).__name__)
class TestEverySolver:
    def test_status(self, solver):
        exists = np.arange(5)[:, None] < COUNTS
        stable = branches("stable", missing=0.0).astype(bool)
        expected = np.where(exists, np.where(stable, 0, 1), 2)
        np.testing.assert_array_equal(states(solver).status, expected)

    def test_covariance(self, solver):
        """Rounding of the entries of A changes V by 9e-14; the rest covers other machines."""
        expected = branches("covariance")
        computed = states(solver).covariance
        np.testing.assert_array_equal(np.isnan(computed), np.isnan(expected))
        norm = np.linalg.norm
        error = norm(computed - expected, axis=(-2, -1)) / norm(expected, axis=(-2, -1))
        assert np.nanmax(error) < 1e-11

    def test_log_negativity(self, solver):
        computed = states(solver)
        for name in ("driven", "reflected"):
            expected = branches(f"log_negativity_{name}")
            value = (
                computed.log_negativity if name == "driven" else computed.log_negativity_reflected
            )
            np.testing.assert_array_equal(np.isnan(value), np.isnan(expected))
            assert np.nanmax(np.abs(value - expected)) < 1e-12


def test_margin():
    computed = states(SOLVERS[0]).margin / np.asarray(DESIGNS.omega_m)
    expected = -branches("spectral_abscissa") / np.asarray(DESIGNS.omega_m)
    np.testing.assert_array_equal(np.isnan(computed), np.isnan(expected))
    assert np.nanmax(np.abs(computed - expected)) < 1e-13


def test_fast_path():
    fast = np.stack([jc.entanglement(DESIGNS, DIRECTIONS, branch=branch) for branch in range(5)])
    expected = branches("log_negativity_driven")
    np.testing.assert_array_equal(np.isnan(fast), np.isnan(expected))
    assert np.nanmax(np.abs(fast - expected)) < 1e-12


def test_every_covariance_is_a_quantum_state():
    covariance = states(SOLVERS[0]).covariance
    stable = np.isfinite(covariance[..., 0, 0])
    V = jnp.asarray(covariance[stable])
    np.testing.assert_array_equal(V, V.mT)
    # Pure states (P = 0 at T = 0) have slack 0, up to the rounding of an eigenvalue.
    scale = np.linalg.norm(V, axis=(-2, -1))
    assert np.all(np.asarray(gaussian.uncertainty_slack(V)) > -1e-14 * scale)
