"""Properties of every design, on designs drawn by hypothesis from wide ranges of all parameters.

Near an edge of stability every number loses digits: values are compared where the margin of
stability is above 1e-7 of the largest rate.
"""

import pickle
import tempfile

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

import jaxcom as jc
from jaxcom import gaussian
from jaxcom.io.design_file import read_design, write_design
from jaxcom.lyapunov import lyapunov

CLEAR = 1e-7  # margin of stability over the largest rate
LEFT = jnp.asarray(int(jc.LEFT))
SOLVERS = {type(s).__name__: s for s in (jc.Kronecker(), jc.BartelsStewart(), jc.Hurwitz())}

# Ranges of positive fields, covered by decades.
DECADES = {
    "radius": (1e-4, 1e-2),
    "mass": (1e-13, 1e-9),
    "wavelength": (5e-7, 5e-6),
    "optical_quality": (1e6, 1e9),
    "omega_m": (1e6, 1e9),
    "gamma_m": (1e2, 1e7),
    "temperature": (1e-4, 1e1),
    "power": (1e-5, 1.0),
    "backscattering": (1e4, 1e9),
}
MAY_BE_ZERO = ("temperature", "power", "backscattering")

many = settings(max_examples=300, deadline=None, derandomize=True, database=None)


@st.composite
def designs(draw) -> jc.SpinningResonator:
    fields = {}
    for name, (low, high) in DECADES.items():
        share = draw(st.floats(0, 1), label=name)
        zero = name in MAY_BE_ZERO and share < 0.05
        fields[name] = 0.0 if zero else low * (high / low) ** share
    fields["refractive_index"] = draw(st.floats(1.2, 3.2))
    fields["dispersion"] = draw(st.floats(-0.05, 0.05))
    fields["spin"] = draw(st.floats(-5e4, 5e4))
    fields["detuning"] = fields["omega_m"] * draw(st.floats(-1, 4))
    return jc.SpinningResonator(**fields)


@jax.jit
def states(resonator, side):
    return jc.steady_state(resonator, side)


@jax.jit
def unclipped(resonator, side):
    return jc.entanglement(resonator, side, unclipped=True)


def largest_rate(state) -> float:
    return float(np.abs(state.drift).max())


def is_clear(state) -> bool:
    """Whether a design is stable, and far enough from an edge to compare values."""
    return bool(state.stable) and float(state.margin) > CLEAR * largest_rate(state)


@many
@given(designs(), st.integers(-6, 6))
def test_only_ratios_of_rates_matter(r, power_of_two):
    """All rates times 2^k: the same E_N in a device with that factor in time.

    The laser frequency is not a rate of the dynamics: the power makes up for it.
    """
    factor = 2.0**power_of_two
    rates = ("omega_m", "gamma_m", "temperature", "spin", "detuning", "backscattering")
    faster = r.replace(
        optical_quality=r.optical_quality / factor,
        **{name: factor * getattr(r, name) for name in rates},
    )
    faster = faster.replace(power=factor**4 * r.power * faster.omega_l / r.omega_l)
    usual = states(r, LEFT)
    if abs(float(usual.margin)) > CLEAR * largest_rate(usual):
        assert usual.status == states(faster, LEFT).status
    if is_clear(usual):
        assert_close(unclipped(r, LEFT), unclipped(faster, LEFT))


@many
@given(designs())
def test_reversed_spin_swaps_left_and_right(resonator):
    """To the bit: the arithmetic is the same."""
    left, right = states(resonator, LEFT), states(resonator.replace(spin=-resonator.spin), -LEFT)
    for name in ("q_s", "drift", "covariance", "status", "margin", "log_negativity"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name))


@many
@given(designs(), st.floats(-3.2, 3.2))
def test_the_phase_of_backscattering_is_irrelevant(resonator, phase):
    """J exp(i phase), by complex amplitudes and SciPy, has the E_N of J."""
    usual = states(resonator, LEFT)
    if is_clear(usual):
        A, D = rotated_drift(resonator, usual, phase), np.asarray(usual.diffusion)
        V = scipy.linalg.solve_continuous_lyapunov(A, -D)
        expected = gaussian.log_negativity(jnp.asarray(V), (0, 2), unclipped=True)
        assert_close(expected, unclipped(resonator, LEFT))
        assert_close(max(0.0, float(expected)), usual.log_negativity)


def rotated_drift(r, state, phase: float) -> np.ndarray:
    """Drift matrix of a design with the backscattering J exp(i phase)."""
    D_1, D_2 = np.asarray(state.detuning)
    there, back = r.backscattering * np.exp(1j * phase), r.backscattering * np.exp(-1j * phase)
    K = np.array([[r.kappa + 1j * D_1, 1j * back], [1j * there, r.kappa + 1j * D_2]])
    G = np.sqrt(2) * r.coupling * np.linalg.solve(K, [r.drive_amplitude, 0.0])
    A = np.zeros((6, 6))
    for j in range(2):
        for k in range(2):
            re, im = K[j, k].real, K[j, k].imag
            A[2 * j : 2 * j + 2, 2 * k : 2 * k + 2] = [[-re, im], [-im, -re]]
        A[2 * j : 2 * j + 2, 4] = -G[j].imag, G[j].real
        A[5, 2 * j : 2 * j + 2] = G[j].real, G[j].imag
    A[4, 5], A[5, 4:] = r.omega_m, [-r.omega_m, -r.gamma_m]
    return A


@many
@given(designs(), st.floats(1.01, 100))
def test_heat_does_not_entangle(resonator, factor):
    """A hotter bath adds to V a positive matrix, so that no symplectic eigenvalue falls."""
    hotter = resonator.replace(temperature=factor * resonator.temperature + 1e-3)
    cold, warm = (float(unclipped(each, LEFT)) for each in (resonator, hotter))
    assert np.isnan(cold) == np.isnan(warm)
    if is_clear(states(resonator, LEFT)):
        assert warm < cold + 1e-7


@many
@given(designs())
def test_covariances_are_quantum_states(resonator):
    """V + i Omega/2 >= 0, with the noise that Eq. (6) lacks.

    Damping of p alone is a quantum operation with a diffusion of q by at least
    gamma_m / (4 (2 n_m + 1)).
    """
    state = states(resonator, LEFT)
    D = np.array(state.diffusion)
    D[4, 4] = resonator.gamma_m**2 / D[5, 5] / 4
    if is_clear(state):
        V = covariances(state.drift, jnp.asarray(D))["Kronecker"]
        assert gaussian.uncertainty_slack(V) > -1e-9 * np.linalg.norm(V)


@jax.jit
def covariances(drift, diffusion):
    return {name: lyapunov(drift, diffusion, solver=solver) for name, solver in SOLVERS.items()}


@many
@given(designs())
def test_solvers_agree(resonator):
    """To the rounding of the rates over the margin of stability; `Hurwitz` may give up."""
    state = states(resonator, LEFT)
    if not state.stable:
        return
    found = covariances(state.drift, state.diffusion)
    allowed = 1e-14 * largest_rate(state) / float(state.margin)
    for name, V in found.items():
        error = np.linalg.norm(V - found["Kronecker"]) / np.linalg.norm(found["Kronecker"])
        assert error < allowed or (name == "Hurwitz" and np.isnan(error))


@many
@given(designs())
def test_status_is_that_of_the_eigenvalues(resonator):
    """Where the largest real part is larger than the rounding of the eigenvalues."""
    state = states(resonator, LEFT)
    growth = np.linalg.eigvals(np.asarray(state.drift)).real.max()
    if abs(growth) > 1e-11 * largest_rate(state):
        assert state.status == (jc.Status.STABLE if growth < 0 else jc.Status.UNSTABLE)
    assert np.isfinite(unclipped(resonator, LEFT)) == (state.status == jc.Status.STABLE)


@settings(many, max_examples=5)
@given(designs())
def test_compiled_mapped_and_eager_agree(resonator):
    if is_clear(states(resonator, LEFT)):
        value = unclipped(resonator, LEFT)
        batch = jax.tree.map(lambda field: jnp.full(2, field), resonator)
        with jax.disable_jit():
            assert_close(unclipped(resonator, LEFT), value)
        assert_close(jax.vmap(unclipped, (0, None))(batch, LEFT), np.full(2, value))


def assert_close(found, expected) -> None:
    """Compare E_N of designs that are clear of edges."""
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)


@many
@given(designs())
def test_designs_survive_pickling_and_files(resonator):
    """To the bit."""
    assert pickle.loads(pickle.dumps(resonator)) == resonator
    with tempfile.TemporaryDirectory() as folder:
        assert read_design(write_design(f"{folder}/design.json", resonator)) == resonator


def test_a_state_survives_pickling():
    state = states(jc.SpinningResonator(), LEFT)
    copy = pickle.loads(pickle.dumps(state))
    assert jax.tree.structure(copy) == jax.tree.structure(state)
    jax.tree.map(np.testing.assert_array_equal, copy, state)
