"""Maxima over a range in which a function does not exist everywhere."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcom.merit.peak import highest_peak

LOW, HIGH = jnp.array(-1.0), jnp.array(1.0)


def peak(function, *parameters):
    return highest_peak(lambda p, x: function(x, *p), parameters, LOW, HIGH)


def test_the_higher_of_two_hills():
    found = peak(lambda x: jnp.exp(-((x - 0.7) ** 2) * 50) + 1.01 * jnp.exp(-((x + 0.6) ** 2) * 50))
    assert abs(found.detuning + 0.6) < 1e-9
    assert not found.at_edge


def test_the_place_of_a_smooth_maximum():
    """33 halvings of 2/512 leave 5e-13; the value is exact."""
    found = peak(lambda x: jnp.cos(x - 0.123))
    assert abs(found.detuning - 0.123) < 5e-13
    assert found.value == 1


@pytest.mark.parametrize("sign", [1, -1])
def test_rising_to_an_edge(sign):
    found = peak(lambda x: jnp.where(sign * x < 0.4321, sign * x, jnp.nan))
    assert found.at_edge
    assert 4e-13 < 0.4321 - found.value < 2e-12  # an interval is kept from the edge
    assert abs(found.detuning - sign * 0.4321) < 2e-12


def test_rising_to_a_jump():
    found = peak(lambda x: jnp.where(x < 0.4321, x, x - 1))
    assert found.at_edge
    assert 4e-13 < 0.4321 - found.value < 2e-12


def test_a_bound_is_no_edge():
    found = peak(lambda x: x)
    assert found.detuning == 1
    assert not found.at_edge


def test_what_exists_nowhere():
    found = peak(lambda x: jnp.full_like(x, jnp.nan))
    assert jnp.isnan(found.value)
    assert not found.at_edge


def test_derivative_by_the_envelope_theorem():
    slope = jax.grad(lambda a: peak(lambda x, a: a**3 * jnp.cos(x - 0.1 * a), a).value)(1.5)
    assert abs(slope - 3 * 1.5**2) < 1e-12


def test_an_edge_has_no_derivative():
    edge = jax.grad(lambda a: peak(lambda x, a: jnp.where(x < 0.4, a * x, jnp.nan), a).value)(1.5)
    assert jnp.isnan(edge)


def test_batches():
    places = jnp.array([[-0.3], [0.2]])
    found = highest_peak(
        lambda a, x: -((x - jnp.broadcast_to(a, x.shape)) ** 2),
        places,
        jnp.full((2, 1), -1.0),
        jnp.full((2, 1), 1.0),
    )
    np.testing.assert_allclose(found.detuning, places, atol=5e-13, rtol=0)
