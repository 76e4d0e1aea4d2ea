"""Steady state of one branch: statuses, NaN where there is none, agreement with the fast path."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from jaxcom.status import Status
from jaxcom.steady_state import describe_status

STABLE = jc.SpinningResonator(detuning=0.3 * 63e6)
LEFT, RIGHT = int(jc.LEFT), int(jc.RIGHT)

# Name, changed fields, direction, branch and status: one batch, so that it is compiled once.
CASES = [
    ("stable", {}, LEFT, 0, Status.STABLE),
    ("unstable", {}, RIGHT, 0, Status.UNSTABLE),
    ("no second branch", {}, LEFT, 1, Status.NO_SUCH_BRANCH),
    ("no fifth branch", {}, LEFT, 4, Status.NO_SUCH_BRANCH),
    ("branch -1", {}, LEFT, -1, Status.NO_SUCH_BRANCH),
    ("branch 5", {}, LEFT, 5, Status.NO_SUCH_BRANCH),
    ("middle branch", {"power": 0.1, "detuning": 90e6}, LEFT, 1, Status.UNSTABLE),
    ("negative mass", {"mass": -1e-11}, LEFT, 0, Status.INVALID_INPUT),
    ("no mass", {"mass": 0.0}, LEFT, 0, Status.INVALID_INPUT),
    ("negative power", {"power": -0.01}, LEFT, 0, Status.INVALID_INPUT),
    ("negative temperature", {"temperature": -1.0}, LEFT, 0, Status.INVALID_INPUT),
    ("index below 1", {"refractive_index": 0.9}, LEFT, 0, Status.INVALID_INPUT),
    ("NaN", {"spin": np.nan}, LEFT, 0, Status.INVALID_INPUT),
    ("infinity", {"detuning": -np.inf}, LEFT, 0, Status.INVALID_INPUT),
    ("laser without frequency", {"detuning": 2e15}, LEFT, 0, Status.INVALID_INPUT),
]
NAMES = ("mass", "power", "temperature", "refractive_index", "spin", "detuning")
FIELDS = jnp.array([[c[1].get(name, getattr(STABLE, name)) for name in NAMES] for c in CASES])
SIDES, WHICH = (jnp.array([case[i] for case in CASES]) for i in (2, 3))
EXPECTED = np.array([int(case[4]) for case in CASES])


def resonator_of(values):
    return STABLE.replace(**dict(zip(NAMES, values, strict=True)))


@jax.jit
@jax.vmap
def everything(values, side, branch):
    """Steady state; covariance and E_N by both paths; their derivatives by the power."""

    def numbers(power):
        resonator = resonator_of(values).replace(power=power)
        state = jc.steady_state(resonator, side, branch=branch)
        fast = jc.entanglement(resonator, side, branch=branch)
        return (state.covariance, state.log_negativity, state.log_negativity_reflected, fast), state

    power = values[NAMES.index("power")]
    results, slopes, state = jax.jvp(numbers, (power,), (jnp.ones(()),), has_aux=True)
    return state, results, slopes


@functools.cache
def cases():
    return everything(FIELDS, SIDES, WHICH)


@pytest.mark.parametrize("k", range(len(CASES)), ids=[case[0] for case in CASES])
class TestStatuses:
    def test_status(self, k):
        """The values are traced, so the constructor has not checked them."""
        state = cases()[0]
        assert Status(int(state.status[k])) is CASES[k][4]
        assert bool(state.stable[k]) is (CASES[k][4] is Status.STABLE)

    def test_nan_unless_stable(self, k):
        """Derivatives as well: a search would take 0 for a stationary point."""
        _, results, slopes = cases()
        for value in (*results, *slopes):
            finite = np.isfinite(np.asarray(value)[k])
            assert np.all(finite if CASES[k][4] is Status.STABLE else ~finite)


def test_the_margin_agrees_with_the_status():
    """Wherever there is a drift matrix, and with the eigenvalues of that."""
    state = cases()[0]
    for k, case in enumerate(CASES):
        if case[4] in (Status.STABLE, Status.UNSTABLE):
            eigenvalues = np.linalg.eigvals(np.asarray(state.drift[k]))
            assert (eigenvalues.real.max() < 0) == (case[4] is Status.STABLE)
            # The rounding of eigenvalues is EPS times the norm, 1e8: 1e-7 rad/s, and more for a
            # pair close to the real axis.
            assert abs(state.margin[k] + eigenvalues.real.max()) < 1e-3


@functools.cache
def scalar_state():
    return jc.steady_state(STABLE, jc.LEFT)


class TestResult:
    def test_entries_are_those_of_the_stages(self):
        """To a few roundings, since the stages are compiled separately."""
        s, m = scalar_state(), jc.mean_field(STABLE, jc.LEFT)
        np.testing.assert_allclose(s.q_s, m.q_s[0], rtol=1e-13)
        np.testing.assert_allclose(s.drift, jc.drift(STABLE, m), rtol=1e-12)
        np.testing.assert_allclose(s.diffusion, jc.diffusion(STABLE), rtol=1e-15)
        np.testing.assert_allclose(s.photons, np.abs(np.asarray(m.alpha[0])) ** 2, rtol=1e-12)
        coupling = np.sqrt(2) * STABLE.coupling * np.asarray(m.alpha[0])
        np.testing.assert_allclose(s.coupling, coupling, rtol=1e-12)

    def test_covariance_solves_the_lyapunov_equation(self):
        s = jax.tree.map(np.asarray, scalar_state())
        residual = s.drift @ s.covariance + s.covariance @ s.drift.T + s.diffusion
        assert np.abs(residual).max() < 1e-14 * np.abs(s.drift).max() * np.abs(s.covariance).max()

    def test_scalar_table(self):
        lines = [" ".join(line.split()) for line in str(scalar_state()).splitlines()]
        assert lines[0] == "Steady state, light from the left, branch 0"
        assert "status stable: the steady state exists" in lines
        assert any(line.startswith("margin of stability ") and "rad/s" in line for line in lines)
        assert "E_N, driven mode and mirror 0.147594" in lines
        assert "photons, reflected mode 0" in lines

    def test_batch_table(self):
        state = cases()[0]
        lines = [" ".join(line.split()) for line in str(state).splitlines()]
        assert lines[0] == "Steady state, light from the left or right, branch as given"
        assert "status 1 stable, 2 unstable, 4 no such branch, 8 invalid input" in lines
        assert "E_N, driven mode and mirror 0.147594 .. 0.147594 (15)" in lines

    def test_statuses_as_text(self):
        for status in Status:
            assert describe_status(int(status)) == status.advice
            assert status.advice.startswith(status.name.lower().replace("_", " "))


def random_resonators(n=2000, seed=3):
    rng = np.random.default_rng(seed)
    return jc.SpinningResonator(
        mass=1e-11 * rng.uniform(0.5, 2, n),
        optical_quality=3.2e7 * 10 ** rng.uniform(-0.5, 0.8, n),
        temperature=rng.choice([0, 0.05, 0.13, 1], n),
        spin=rng.uniform(-30e3, 30e3, n) * rng.choice([0, 1, 1], n),
        power=10 ** rng.uniform(-3, -0.7, n),
        detuning=63e6 * rng.uniform(-0.5, 4, n),
        backscattering=1e6 * rng.choice([0, 1e-6, 1, 30], n) * rng.uniform(0, 3, n),
    )


def test_the_fast_path_agrees():
    """NaN in the same places, E_N to 1e-9.

    The errors of both are proportional to 1/margin (1e-8 at 1e-7 omega_m, see tests/closed_form),
    so the error times the margin in units of kappa is compared with 1e-13 as well.
    """
    resonators = random_resonators()
    sides, which = (x.reshape(-1, 1) for x in jnp.meshgrid(
        jnp.array([1, -1]), jnp.array([0, 2]), indexing="ij"
    ))  # fmt: skip
    row = jax.tree.map(lambda x: x[None] if np.ndim(x) else x, resonators)
    fast = jc.entanglement(row, sides, branch=which)
    state = jax.jit(jax.vmap(lambda s, b: jc.steady_state(resonators, s, branch=b)))(
        sides[:, 0], which[:, 0]
    )
    assert fast.shape == state.log_negativity.shape == (4, 2000)
    np.testing.assert_array_equal(np.isnan(fast), np.asarray(state.status) != 0)
    np.testing.assert_array_equal(np.isnan(state.log_negativity), np.isnan(fast))
    error = np.abs(np.asarray(fast - state.log_negativity))
    assert np.nanmax(error) < 1e-9
    assert np.nanmax(error * np.asarray(state.margin) / np.asarray(resonators.kappa)) < 1e-13
    assert np.sum(np.asarray(fast) > 0.01) > 300
    assert np.isfinite(fast[1]).any()  # stable upper branches are rare, but occur
    difference = jc.nonreciprocity(resonators)
    np.testing.assert_allclose(difference, fast[0] - fast[2], rtol=0, atol=1e-9)


def test_solvers_agree():
    for solver in (jc.BartelsStewart(), jc.Hurwitz()):
        s = jc.steady_state(STABLE, jc.LEFT, solver=solver)
        np.testing.assert_allclose(s.covariance, scalar_state().covariance, rtol=1e-10, atol=1e-12)


def test_32_bits_are_rejected():
    for name, call in [
        ("steady_state", lambda: jc.steady_state(STABLE, jc.LEFT)),
        ("entanglement", lambda: jc.entanglement(STABLE, jc.LEFT)),
        ("entanglement", lambda: jc.nonreciprocity(STABLE)),
    ]:
        with jax.enable_x64(False), pytest.raises(RuntimeError, match=f"`jaxcom.{name}` computes"):
            call()
