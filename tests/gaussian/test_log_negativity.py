"""Entanglement of two modes: closed forms, invariances, another library, edge cases."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from mpmath import mp
from thewalrus import quantum

import jaxcom as jc
from jaxcom import gaussian

Z = np.diag([1.0, -1.0])
EPS = 2.0**-52


def squeezed(r, thermal=(0.0, 0.0)):
    """Two modes with thermal occupations n_1 and n_2 after two-mode squeezing by r."""
    c, s = np.cosh(r), np.sinh(r)
    squeezer = np.block([[c * np.eye(2), s * Z], [s * Z, c * np.eye(2)]])
    return squeezer @ np.diag(np.repeat(np.array(thermal) + 0.5, 2)) @ squeezer.T


def rotation(angle):
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def local(rng):
    """Random phase shifts and squeezing of each of two modes."""
    zero = np.zeros((2, 2))
    a, b = (
        rotation(rng.uniform(0, 7)) @ np.diag(np.exp([s, -s])) @ rotation(rng.uniform(0, 7))
        for s in rng.uniform(-0.7, 0.7, 2)
    )
    return np.block([[a, zero], [zero, b]])


def random_states(modes, n, seed=0):
    """Gaussian states S diag(n_th + 1/2) S^T with S = exp(Omega H) and symmetric H."""
    rng = np.random.default_rng(seed)
    omega = np.kron(np.eye(modes), [[0.0, 1.0], [-1.0, 0.0]])
    h = rng.normal(size=(n, 2 * modes, 2 * modes)) * 0.4
    symplectic = np.asarray(jax.scipy.linalg.expm(jnp.asarray(omega @ (h + h.mT))))
    thermal = np.repeat(0.5 + rng.exponential(0.3, (n, modes)), 2, axis=-1)
    V = symplectic * thermal[:, None, :] @ symplectic.mT
    return (V + V.mT) / 2


def by_walrus(V, modes):
    """Logarithmic negativity by thewalrus, with quadratures ordered (x_1, x_2, ..., p_1, ...)."""
    n = len(V) // 2
    order = np.concatenate([np.arange(0, 2 * n, 2), np.arange(1, 2 * n, 2)])
    reordered = V[np.ix_(order, order)]
    pair, both = quantum.reduced_gaussian(np.zeros(2 * n), reordered, list(modes))[1], [0]
    return quantum.log_negativity(pair, both, hbar=1)


@pytest.mark.parametrize("r", [0.0, 1e-9, 1e-3, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0])
def test_two_mode_squeezed_vacuum(r):
    """E_N = 2 r. The entries are e^(2r)/4 and nu_- is e^(-2r)/2: rounding costs e^(4r) EPS.

    That is 1e-7 at r = 5 for any formula, since rounding the entries alone changes nu_- as much.
    Eq. (13) as printed would return infinity there.
    """
    value = jc.log_negativity(jnp.asarray(squeezed(r)), (0, 1))
    assert abs(value - 2 * r) < 4 * EPS * np.exp(4 * r)


@pytest.mark.parametrize("r", np.linspace(0.5, 9.0, 18))
def test_as_accurate_as_the_entries(r):
    """Against E_N of the rounded entries, and of the state itself, in 60 digits.

    The entries, exp(2 r) / 4, are rounded, and nu_-, exp(-2 r) / 2, is their difference: that
    changes E_N by up to EPS exp(4 r) / 2, and the formula by as much again.
    """
    V = squeezed_vacuum(r)
    value = float(jc.log_negativity(jnp.asarray(V), (0, 1)))
    with mp.workdps(60):
        given = -mp.log(2 * (mp.mpf(V[0, 0]) - mp.mpf(V[0, 2])))
        error = EPS * np.exp(4 * r) / 2
        assert abs(given - 2 * r) < error + EPS
        assert abs(value - given) < error + 4 * EPS * max(1, r)


def squeezed_vacuum(r):
    """Covariance matrix of the two-mode squeezed vacuum, each entry rounded once."""
    with mp.workdps(60):
        c, s = float(mp.cosh(2 * r) / 2), float(mp.sinh(2 * r) / 2)
    return np.block([[c * np.eye(2), s * Z], [s * Z, c * np.eye(2)]])


def test_double_precision_holds_no_stronger_squeezing():
    V = squeezed_vacuum(10.0)
    assert V[0, 0] == V[0, 2]
    assert jc.log_negativity(jnp.asarray(V), (0, 1)) == np.inf


@pytest.mark.parametrize(("n_1", "n_2"), [(0.3, 0.3), (2.0, 2.0), (0.0, 1.5), (30.0, 0.1)])
def test_thermal_noise(n_1, n_2):
    """With N_j = n_j + 1/2: det a = (C^2 N_1 + S^2 N_2)^2 etc., and nu_-^2 by Eq. (13).

    For n_1 = n_2 this is E_N = 2 r - ln(2 n + 1).
    """
    for r in (0.1, 0.8, 1.5):
        c, s, N_1, N_2 = np.cosh(r), np.sinh(r), n_1 + 0.5, n_2 + 0.5
        a, b = c**2 * N_1 + s**2 * N_2, s**2 * N_1 + c**2 * N_2
        cross = c * s * (N_1 + N_2)
        # In the standard form of symmetric correlations: nu_- is an eigenvalue of [[a, x], [x, b]].
        nu = (a * b - cross**2) / ((a + b) / 2 + np.hypot((a - b) / 2, cross))
        V = jnp.asarray(squeezed(r, (n_1, n_2)))
        value = jc.log_negativity(V, (0, 1), unclipped=True)
        assert abs(value + np.log(2 * nu)) < 1e-14 * np.exp(4 * r)
        if n_1 == n_2:
            assert abs(value - 2 * r + np.log(2 * n_1 + 1)) < 1e-14 * np.exp(4 * r)
        assert jc.log_negativity(V, (0, 1)) == max(0.0, value)


def test_against_thewalrus():
    """Thewalrus uses eigenvalues, as well conditioned as V, whose condition is below 1e4 here."""
    V = random_states(3, 200)
    assert np.all(np.asarray(gaussian.uncertainty_slack(jnp.asarray(V))) > -1e-12)
    for modes in [(0, 1), (0, 2), (1, 2)]:
        expected = np.array([by_walrus(v, modes) for v in V])
        value = jc.log_negativity(jnp.asarray(V), modes)
        np.testing.assert_allclose(value, np.maximum(expected, 0), rtol=0, atol=1e-10)
        assert 20 < np.sum(expected > 0.01) < 200


def test_invariance_under_local_operations():
    """Phase shifts and squeezing of each mode. Rounding: EPS times cond(V), below 1e4."""
    rng = np.random.default_rng(1)
    V = random_states(2, 100)
    steps = np.stack([local(rng) for _ in V])
    before, after = (
        jc.log_negativity(jnp.asarray(v), (0, 1), unclipped=True) for v in (V, steps @ V @ steps.mT)
    )
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-11)


def test_the_order_of_modes_is_irrelevant():
    V = jnp.asarray(random_states(3, 100))
    for i, j in [(0, 1), (0, 2), (1, 2)]:
        forth, back = (jc.log_negativity(V, pair, unclipped=True) for pair in ((i, j), (j, i)))
        np.testing.assert_allclose(forth, back, rtol=0, atol=1e-11)


def test_other_modes_are_irrelevant():
    """A third mode in any state changes nothing: identical blocks give identical bits."""
    pair = squeezed(0.7, (0.1, 0.4))
    V = np.diag([9.0] * 6)
    V[np.ix_([0, 1, 4, 5], [0, 1, 4, 5])] = pair
    value = jc.log_negativity(jnp.asarray(V), (0, 2))
    assert value == jc.log_negativity(jnp.asarray(pair), (0, 1))
    assert value > 0.5
    assert jc.log_negativity(jnp.asarray(V), (0, 1)) == 0


def test_clipped_and_unclipped():
    V = jnp.asarray(random_states(2, 100))
    unclipped = jc.log_negativity(V, (0, 1), unclipped=True)
    assert np.any(unclipped < -0.1)
    np.testing.assert_array_equal(jc.log_negativity(V, (0, 1)), np.maximum(unclipped, 0))


class TestDegenerateSpectrum:
    """Zeros of the square root in nu_-: vacuum, and equal thermal states without correlations."""

    @pytest.mark.parametrize("V", [0.5 * np.eye(4), 3.0 * np.eye(4)], ids=["vacuum", "thermal"])
    def test_gradient_is_finite(self, V):
        def value(V):
            return jc.log_negativity(V, (0, 1), unclipped=True)

        for mode in (jax.jacfwd, jax.jacrev):
            slope = mode(value)(jnp.asarray(V))
            assert np.isfinite(slope).all()
            # Scaling V by t changes -ln(2 nu_-) by -ln t, for any spectrum.
            assert abs(jnp.sum(slope * V) + 1) < 1e-14

    def test_gradient_elsewhere(self):
        """Derivative 2 of E_N by r for squeezed vacuum, with dV/dr in closed form."""
        r = 0.6
        V, slope = (
            squeezed(r),
            np.sinh(2 * r) * np.eye(4) + np.cosh(2 * r) * np.kron(1 - np.eye(2), Z),
        )
        derivative = jax.jvp(
            lambda V: jc.log_negativity(V, (0, 1)), (jnp.asarray(V),), (jnp.asarray(slope),)
        )[1]
        assert abs(derivative - 2) < 1e-13


def test_nan_in_nan_out():
    V = np.stack([squeezed(0.5), np.full((4, 4), np.nan)])
    for unclipped in (True, False):
        value = jc.log_negativity(jnp.asarray(V), (0, 1), unclipped=unclipped)
        np.testing.assert_array_equal(np.isnan(value), [False, True])


class TestArguments:
    @pytest.mark.parametrize("modes", [(0, 0), (0, 3), (-1, 0), (0, 1.0), (0,), (0, 1, 2)])
    def test_modes(self, modes):
        """Run-time type checkers raise first in some cases: either error is fine."""
        with pytest.raises(Exception, match=r"modes") as caught:
            jc.log_negativity(jnp.eye(6), modes)
        if caught.type is ValueError:
            assert str(caught.value) == (
                f"Argument `modes` must be two different modes in 0..2, but is {modes}."
            )
        else:
            assert "TypeCheckError" in caught.type.__name__

    def test_numpy_arrays_and_lists_of_modes(self):
        V = squeezed(0.5)
        assert jc.log_negativity(V, [0, 1]) == jc.log_negativity(jnp.asarray(V), (0, 1))

    @pytest.mark.parametrize("shape", [(5, 5)])
    def test_odd_size(self, shape):
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            jc.log_negativity(jnp.ones(shape), (0, 1))
        assert str(caught.value) == (
            f"Argument `covariance` must have shape (..., 2 N, 2 N), but has shape {shape}."
        )

    @pytest.mark.parametrize("shape", [(6, 4), (4,)])
    def test_not_square(self, shape):
        with pytest.raises(Exception, match=r"covariance"):
            jc.log_negativity(jnp.ones(shape), (0, 1))


class TestUncertainty:
    def test_pure_states_have_zero_slack(self):
        """The rounding of an eigenvalue is EPS times the norm, e^(2r)/2."""
        for r in (0.0, 1.0, 3.0):
            slack = gaussian.uncertainty_slack(jnp.asarray(squeezed(r)))
            assert abs(slack) < 4 * EPS * np.exp(2 * r)

    def test_thermal_states_have_their_occupation(self):
        V = np.stack([squeezed(0.0, (n, n)) for n in (0.0, 0.25, 4.0)])
        np.testing.assert_allclose(
            gaussian.uncertainty_slack(jnp.asarray(V)), [0, 0.25, 4], atol=1e-15
        )

    def test_unphysical_matrices_have_negative_slack(self):
        below_vacuum = np.diag([0.4, 0.4, 0.5, 0.5])
        assert abs(gaussian.uncertainty_slack(jnp.asarray(below_vacuum)) + 0.1) < 1e-15
        too_correlated = squeezed(1.0)
        too_correlated[:2, 2:] *= 1.01
        too_correlated[2:, :2] *= 1.01
        assert gaussian.uncertainty_slack(jnp.asarray(too_correlated)) < -0.01
        # The partial transpose of an entangled state is unphysical as well (Simon's criterion).
        flip = np.diag([1.0, 1.0, 1.0, -1.0])
        assert gaussian.uncertainty_slack(jnp.asarray(flip @ squeezed(0.3) @ flip)) < -0.1
