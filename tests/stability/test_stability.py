"""Routh-Hurwitz criterion against determinants, eigenvalues and the reference data."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from references.linear_systems import random_stable, reference_states

from jaxcom.paper.minors import hurwitz_minors, printed_hurwitz_minors, signed_log_minors
from jaxcom.stability import (
    decays_faster,
    hurwitz_matrix,
    is_hurwitz,
    margin,
    routh_hurwitz_coefficients,
    slowest_mode,
)

SIZES = (1, 3, 6, 9)


def matrices(n, count=500):
    """Random drifts, about half of them stable."""
    drift = np.random.default_rng(n).normal(size=(count, n, n))
    abscissa = np.linalg.eigvals(drift).real.max(axis=-1)
    return jnp.array(drift - np.median(abscissa) * np.eye(n))


def determinants(matrix):
    n = matrix.shape[-1]
    return np.stack([np.linalg.det(matrix[..., :k, :k]) for k in range(1, n + 1)], axis=-1)


def test_hurwitz_matrix_of_six():
    a_1, a_2, a_3, a_4, a_5, a_6 = a = [2.0, 3.0, 5.0, 7.0, 11.0, 13.0]
    expected = [
        [a_1, 1.0, 0.0, 0.0, 0.0, 0.0],
        [a_3, a_2, a_1, 1.0, 0.0, 0.0],
        [a_5, a_4, a_3, a_2, a_1, 1.0],
        [0.0, a_6, a_5, a_4, a_3, a_2],
        [0.0, 0.0, 0.0, a_6, a_5, a_4],
        [0.0, 0.0, 0.0, 0.0, 0.0, a_6],
    ]
    np.testing.assert_array_equal(hurwitz_matrix(jnp.array(a)), expected)


@pytest.mark.parametrize("n", SIZES)
def test_minors_are_determinants(n):
    """To the rounding of LU on a graded matrix, relative to the largest minor of the same order."""
    coefficients = routh_hurwitz_coefficients(matrices(n))
    expected = determinants(np.asarray(hurwitz_matrix(coefficients)))
    error = np.abs(hurwitz_minors(coefficients) - expected).max(axis=0)
    assert (error < 1e-11 * np.abs(expected).max(axis=0)).all()


@pytest.mark.parametrize("n", SIZES)
def test_criterion_matches_the_eigenvalues(n):
    drift = matrices(n)
    stable = np.linalg.eigvals(np.asarray(drift)).real.max(axis=-1) < 0
    assert 0.4 < stable.mean() < 0.6
    coefficients = routh_hurwitz_coefficients(drift)
    np.testing.assert_array_equal(is_hurwitz(coefficients), stable)
    np.testing.assert_array_equal((hurwitz_minors(coefficients) > 0).all(axis=-1), stable)
    np.testing.assert_array_equal(margin(drift) > 0, stable)


@pytest.fixture(scope="module")
def states():
    return reference_states()


@pytest.fixture(scope="module")
def drift(states):
    return jnp.array([drift for drift, _, _ in states])


@pytest.fixture(scope="module")
def stable(states):
    return np.array([branch["stable"] for _, _, branch in states])


class TestReferenceStates:
    """266 branches in rad/s, some within 1.5e-7 omega_m of the threshold."""

    def test_stability(self, drift, stable):
        coefficients = routh_hurwitz_coefficients(drift)
        np.testing.assert_array_equal(is_hurwitz(coefficients), stable)
        np.testing.assert_array_equal((hurwitz_minors(coefficients) > 0).all(axis=-1), stable)
        log_minors = signed_log_minors(coefficients)
        np.testing.assert_array_equal((log_minors > 0).all(axis=-1), stable)

    def test_printed_minors_contradict_the_criterion(self, drift, stable):
        printed = printed_hurwitz_minors(routh_hurwitz_coefficients(drift))
        assert ((printed > 0).all(axis=-1) != stable).any()

    def test_margins(self, states, drift):
        """Errors of eigenvalues are roundings of the largest, about 1e-15 of |A|."""
        expected = [-branch["spectral_abscissa"] for _, _, branch in states]
        np.testing.assert_allclose(margin(drift), expected, rtol=0, atol=1e-13 * 63e6)


def test_printed_minors_omit_indices_above_their_order():
    coefficients = routh_hurwitz_coefficients(matrices(6))
    printed, true = (np.asarray(f(coefficients)) for f in (printed_hurwitz_minors, hurwitz_minors))
    np.testing.assert_array_equal(printed[:, [0, 5]], true[:, [0, 5]])
    for k in range(2, 6):
        truncated = np.where(np.arange(1, 7) <= k, coefficients, 0.0)
        expected = np.asarray(hurwitz_minors(jnp.array(truncated)))[:, k - 1]
        size = np.abs(expected).max()
        np.testing.assert_allclose(printed[:, k - 1], expected, rtol=0, atol=1e-12 * size)
        assert np.abs(printed[:, k - 1] - true[:, k - 1]).max() > 0.01 * size


@pytest.mark.parametrize("n", [3, 6])
def test_signed_logarithms(n):
    coefficients = routh_hurwitz_coefficients(matrices(n))
    theta = np.asarray(hurwitz_minors(coefficients))
    expected = np.sign(theta) * np.log(np.abs(theta))
    np.testing.assert_allclose(signed_log_minors(coefficients), expected, rtol=1e-9, atol=1e-12)


def test_signed_logarithms_do_not_overflow():
    """theta_k scales as the unit to the power k (k + 1) / 2: 1e440 for ten rates of 1e8."""
    drift, _ = random_stable(10)
    unit, k = 1e8, np.arange(1, 11)
    own = signed_log_minors(routh_hurwitz_coefficients(jnp.array(drift)))
    theta = hurwitz_minors(routh_hurwitz_coefficients(jnp.array(drift)))
    assert (theta > 0).all()
    in_rad_per_s = signed_log_minors(routh_hurwitz_coefficients(jnp.array(unit * drift)))
    expected = own + k * (k + 1) / 2 * np.log(unit)
    np.testing.assert_allclose(in_rad_per_s, expected, rtol=1e-12)


@pytest.mark.parametrize(
    "coefficients",
    [
        [jnp.nan, 1.0, 1.0, 1.0],
        [1.0, 3.0, 1.0, jnp.nan],
        [jnp.inf, jnp.inf, jnp.inf, jnp.inf],
        [0.0, 2.0, 0.0, 1.0],  # marginal: (s^2 + 1)^2
        [1.0, 2.0, 1.0, 1.0],  # marginal: (s^2 + 1)(s^2 + s + 1)
        [2.0, 2.0, 1.0, 0.0],  # marginal: a root at 0
        [-1.0, 2.0, -1.0, 1.0],
    ],
)
def test_not_hurwitz(coefficients):
    assert is_hurwitz(jnp.array([4.0, 6.0, 4.0, 1.0]))  # (s + 1)^4
    assert not is_hurwitz(jnp.array(coefficients))


def test_the_criterion_is_elementwise():
    """No library call, loop or branch, so that XLA can fuse it into one kernel on a grid."""
    text = jax.jit(is_hurwitz).lower(jnp.ones((100, 6))).as_text()
    assert not any(word in text for word in ("custom_call", "while", "case", "dot_general"))


@pytest.mark.parametrize("minors", [hurwitz_minors, signed_log_minors])
def test_minors_are_differentiable(minors):
    """Forward and reverse mode agree, and with a central difference (h^2, 1e-16 / h below 1e-9)."""
    coefficients = routh_hurwitz_coefficients(jnp.array(random_stable(4)[0]))
    forward = jax.jit(jax.jacfwd(minors))(coefficients)
    reverse = jax.jit(jax.jacrev(minors))(coefficients)
    np.testing.assert_allclose(reverse, forward, rtol=1e-12, atol=1e-13)
    direction, h = jnp.array([0.3, -0.2, 0.5, 0.1]), 1e-5
    above, below = (minors(coefficients + step * direction) for step in (h, -h))
    np.testing.assert_allclose((above - below) / (2 * h), forward @ direction, rtol=1e-7, atol=1e-8)


class TestMargin:
    def test_derivatives(self):
        """In both modes, under jit and vmap, against a central difference."""
        drift = jnp.array([random_stable(5, seed)[0] for seed in range(3)])
        direction = jnp.array(np.random.default_rng(0).normal(size=drift.shape))
        by_reverse = jnp.sum(jax.jit(jax.vmap(jax.grad(margin)))(drift) * direction, axis=(-2, -1))
        _, by_forward = jax.jit(lambda a, t: jax.jvp(margin, (a,), (t,)))(drift, direction)
        np.testing.assert_allclose(by_forward, by_reverse, rtol=1e-11)
        h = 1e-5
        above, below = margin(drift + h * direction), margin(drift - h * direction)
        np.testing.assert_allclose((above - below) / (2 * h), by_forward, rtol=1e-7)

    def test_nan_in_nan_out(self):
        drift = jnp.stack([-jnp.eye(3), jnp.full((3, 3), jnp.nan)])
        np.testing.assert_array_equal(margin(drift), [1.0, jnp.nan])
        gradient = jax.grad(lambda a: margin(a)[1])(drift)
        assert np.isnan(gradient[1]).all()


class TestSlowestMode:
    @pytest.mark.parametrize("n", [2, 4, 6])
    def test_against_eigenvalues(self, n):
        """To the rounding of the coefficients; nearly double zeros lose half of the digits.

        The zeros are conjugate pairs or real, stable or unstable.
        """
        drift = matrices(n)
        spectrum = np.linalg.eigvals(np.asarray(drift))
        slowest = np.take_along_axis(spectrum, spectrum.real.argmax(axis=1)[:, None], 1)[:, 0]
        growth, frequency = slowest_mode(routh_hurwitz_coefficients(drift))
        errors = np.abs(growth - slowest.real)
        assert np.quantile(errors, 0.98) < 1e-10
        assert errors.max() < 1e-5
        assert np.quantile(np.abs(frequency - np.abs(slowest.imag)), 0.98) < 1e-8

    def test_a_single_zero(self):
        """Of s + 3: at -3, with no frequency."""
        growth, frequency = slowest_mode(jnp.array([3.0]))
        assert abs(growth + 3) < 1e-15
        assert frequency == 0

    def test_derivatives_of_the_zero(self):
        """First and second, for s^2 + b s + c with b^2 < 4 c: -b/2 and sqrt(c - b^2/4)."""
        b, c = 0.4, 2.0
        frequency = np.sqrt(c - b * b / 4)
        at = jnp.array([b, c])
        np.testing.assert_allclose(
            jax.grad(lambda a: slowest_mode(a)[0])(at), [-0.5, 0], atol=1e-15
        )
        slope = jax.grad(lambda a: slowest_mode(a)[1])(at)
        np.testing.assert_allclose(slope, [-b / 4 / frequency, 0.5 / frequency], rtol=1e-14)
        bend = jax.hessian(lambda a: slowest_mode(a)[1])(at)
        np.testing.assert_allclose(bend[1, 1], -0.25 / frequency**3, rtol=1e-13)

    def test_nan_in_nan_out(self):
        assert np.isnan(slowest_mode(jnp.array([1.0, jnp.nan]))[0])


@pytest.mark.parametrize("n", [2, 4, 6])
def test_decays_faster_against_eigenvalues(n):
    """True just below the margin given by the eigenvalues, False just above it."""
    drift = matrices(n)
    slowest = -np.linalg.eigvals(np.asarray(drift)).real.max(axis=1)
    coefficients = routh_hurwitz_coefficients(drift)
    aside = 1e-4 * np.abs(slowest)
    assert np.all(decays_faster(coefficients, jnp.asarray(slowest - aside)))
    assert not np.any(decays_faster(coefficients, jnp.asarray(slowest + aside)))
    assert not decays_faster(jnp.full(n, jnp.nan), 0.0)
