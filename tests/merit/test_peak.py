"""Maxima over an interval in which a function does not exist everywhere."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcom.merit.peak import Peak, highest_peak

LOW, HIGH = jnp.array(-1.0), jnp.array(1.0)


def peak(function, *parameters):
    return highest_peak(lambda p, x: function(x, *p), parameters, LOW, HIGH)


def test_the_higher_of_two_hills():
    found = peak(lambda x: jnp.exp(-((x - 0.7) ** 2) * 50) + 1.01 * jnp.exp(-((x + 0.6) ** 2) * 50))
    assert abs(found.detuning + 0.6) < 1e-9
    assert not found.at_edge


def test_position_of_a_smooth_maximum():
    """33 bisections of 2/512 leave 5e-13; the value is exact."""
    found = peak(lambda x: jnp.cos(x - 0.123))
    assert abs(found.detuning - 0.123) < 5e-13
    assert found.value == 1


@pytest.mark.parametrize("sign", [1, -1])
def test_rising_to_an_edge(sign):
    found = peak(lambda x: jnp.where(sign * x < 0.4321, sign * x, jnp.nan))
    assert found.at_edge
    assert 4e-13 < 0.4321 - found.value < 2e-12  # one interval away from the edge
    assert abs(found.detuning - sign * 0.4321) < 2e-12


def test_rising_to_a_jump():
    found = peak(lambda x: jnp.where(x < 0.4321, x, x - 1))
    assert found.at_edge
    assert 4e-13 < 0.4321 - found.value < 2e-12


def test_bound_is_not_an_edge():
    found = peak(lambda x: x)
    assert found.detuning == 1
    assert not found.at_edge


def test_function_that_exists_nowhere():
    found = peak(lambda x: jnp.full_like(x, jnp.nan))
    assert jnp.isnan(found.value)
    assert not found.at_edge


def test_derivative_by_the_envelope_theorem():
    slope = jax.grad(lambda a: peak(lambda x, a: a**3 * jnp.cos(x - 0.1 * a), a).value)(1.5)
    assert abs(slope - 3 * 1.5**2) < 1e-12


def test_derivative_at_an_edge_is_nan():
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


class TestPrinted:
    def test_one_design(self):
        lines = str(Peak(jnp.array(0.1476), jnp.array(47.4e6), jnp.array(True))).splitlines()
        rows = [" ".join(line.split()) for line in lines]
        assert rows[0] == "Maximum over the detuning"
        assert "largest value 0.1476" in rows
        assert "detuning 4.74e+07 rad/s" in rows
        assert "at an edge yes" in rows

    def test_batch(self):
        found = Peak(jnp.array([0.1, 0.2]), jnp.array([1e6, 2e6]), jnp.array([True, False]))
        rows = [" ".join(line.split()) for line in str(found).splitlines()]
        assert "largest value 0.1 .. 0.2 (2)" in rows
        assert "at an edge 1 of 2" in rows

    def test_peak_is_a_pytree(self):
        found = peak(lambda x: -(x**2))
        assert len(jax.tree.leaves(found)) == 3
        assert jax.jit(lambda p: p)(found).value == found.value
