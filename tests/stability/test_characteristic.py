"""Faddeev-Le Verrier expansion of the resolvent, tested by its defining identities."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcom.stability.characteristic import faddeev_leverrier

SIZES = (1, 3, 6, 9)


def matrices(n, count=5):
    return jnp.array(np.random.default_rng(n).normal(size=(count, n, n)) / np.sqrt(n))


def polynomial(coefficients, s):
    return jnp.polyval(jnp.concatenate([jnp.ones(1), coefficients]), s)


@pytest.mark.parametrize("n", SIZES)
def test_coefficients_match_the_eigenvalues(n):
    """To rounding, which grows with n; entries and eigenvalues are of order 1."""
    drift = matrices(n)
    coefficients, _ = faddeev_leverrier(drift)
    expected = np.array([np.poly(one)[1:] for one in np.asarray(drift)])
    np.testing.assert_allclose(coefficients, expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("n", SIZES)
def test_adjugate_times_matrix_is_the_determinant(n):
    """(s - A) adj(s - A) = p(s)."""
    s = 0.7
    for drift in matrices(n):
        coefficients, adjugate = faddeev_leverrier(drift)
        expanded = sum(s ** (n - 1 - i) * adjugate[i] for i in range(n))
        product = (s * np.eye(n) - drift) @ expanded
        expected = polynomial(coefficients, s) * np.eye(n)
        np.testing.assert_allclose(product, expected, rtol=0, atol=1e-13)


def test_leading_dimensions_are_a_batch():
    drift = matrices(4, count=6).reshape(2, 3, 4, 4)
    coefficients, adjugate = jax.jit(faddeev_leverrier)(drift)
    assert coefficients.shape == (2, 3, 4)
    assert adjugate.shape == (2, 3, 4, 4, 4)
    for i in np.ndindex(2, 3):
        one = faddeev_leverrier(drift[i])
        np.testing.assert_allclose(coefficients[i], one[0], rtol=0, atol=1e-15)
        np.testing.assert_allclose(adjugate[i], one[1], rtol=0, atol=1e-15)


def test_units_do_not_affect_accuracy():
    """Identical bit by bit with rates in rad/s and in units of 2^26 rad/s."""
    drift, unit = matrices(6), 2.0**26
    coefficients, adjugate = faddeev_leverrier(drift)
    in_rad_per_s = faddeev_leverrier(unit * drift)
    np.testing.assert_array_equal(
        in_rad_per_s[0], np.asarray(coefficients) * unit ** np.arange(1, 7)
    )
    powers = (unit ** np.arange(6))[:, None, None]
    np.testing.assert_array_equal(in_rad_per_s[1], np.asarray(adjugate) * powers)


def test_derivative_of_the_determinant():
    """Jacobi's formula: d det(s - A) / dA = -adj(s - A)^T."""
    drift, s = matrices(5)[0], 0.7
    derivative = jax.grad(lambda a: polynomial(faddeev_leverrier(a)[0], s))(drift)
    shifted = s * np.eye(5) - np.asarray(drift)
    expected = -np.linalg.det(shifted) * np.linalg.inv(shifted).T
    np.testing.assert_allclose(derivative, expected, rtol=0, atol=1e-13)
