"""The numbers of the explorer against the rest of the library."""

import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from jaxcom.direction import BOTH
from optimize import Box, Log
from optimize.explorer import view as module
from optimize.explorer.view import view_of

BOX = Box(spin=(0, 30e3), temperature=Log(1e-3, 10.0), backscattering=(0, 150e6))
DESIGN = jc.SpinningResonator(detuning=1.3 * 63e6, backscattering=38e6)
DETUNINGS = np.linspace(-1, 4, 7) * 63e6


@pytest.fixture(scope="module")
def view():
    return view_of(DESIGN, DETUNINGS, BOX)


@pytest.mark.parametrize("k", range(2))
def test_spectrum_against_the_drift_matrix(view, k):
    drift = np.asarray(jc.steady_state(DESIGN, BOTH[k]).drift) / 63e6
    by = np.argsort
    found, expected = view.spectrum[k], np.linalg.eigvals(drift)
    found, expected = (v[by(np.round(v.imag, 6) + 1e-3 * v.real)] for v in (found, expected))
    np.testing.assert_allclose(found, expected, atol=1e-8)


@pytest.mark.parametrize("k", range(2))
def test_curves_and_the_design_itself(view, k):
    for place, detuning in enumerate(DETUNINGS):
        state = jc.steady_state(DESIGN.replace(detuning=detuning), BOTH[k])
        shown = view.curves.log_negativity[0, k, place]
        np.testing.assert_allclose(shown, float(state.log_negativity), atol=1e-12)
    state = jc.steady_state(DESIGN, BOTH[k])
    np.testing.assert_allclose(view.here.photons_driven[k], float(state.photons[0]), rtol=1e-12)
    assert int(view.here.status[k]) == int(state.status)


def test_branches_at_high_power():
    design = DESIGN.replace(power=100e-3, backscattering=0.0)
    view = view_of(design, np.array([113e6 + 28e6]), BOX)
    count = [int(jc.mean_field(design.replace(detuning=141e6), side).count) for side in BOTH]
    assert np.isfinite(view.curves.q_s[..., 0]).sum(axis=0).tolist() == count


def test_slopes_against_central_differences(view):
    """With a step of 1e-4 of a slider; the error is of second order in it."""
    step = 1e-4
    unit = BOX.coordinates(DESIGN)
    for k, name in enumerate(BOX.names):
        ends = [BOX.design(DESIGN, unit + s * step * jnp.eye(3)[k]) for s in (1, -1)]
        up, down = (float(jc.entanglement(end, jc.LEFT, unclipped=True)) for end in ends)
        difference = (up - down) / (2 * step)
        assert view.slopes[0, k] == pytest.approx(difference, rel=1e-5, abs=1e-8), name


def test_another_design_is_not_recompiled(view):
    programs = [module._curves, module._slopes]
    before = [program._cache_size() for program in programs]
    view_of(DESIGN.replace(spin=1e3, temperature=0.2), DETUNINGS, BOX)
    assert [program._cache_size() for program in programs] == before


def test_no_slopes_without_a_steady_state():
    slopes = view_of(DESIGN.replace(detuning=19e6, backscattering=0.0), DETUNINGS, BOX).slopes
    assert np.all(np.isfinite(slopes[0]))
    assert np.all(np.isnan(slopes[1]))
