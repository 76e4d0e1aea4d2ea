"""First crossings, and their derivatives."""

import jax
import jax.numpy as jnp
import pytest

from jaxcom.merit.crossing import first_crossing


def crossing(function, start, end, parameter=1.0):
    return first_crossing(lambda p, x: function(p, x), parameter, jnp.array(start), jnp.array(end))


@pytest.mark.parametrize(("start", "end"), [(0.0, 5.0), (5.0, 0.0)])
def test_the_first_of_two(start, end):
    """(x - 1)(4 - x) is positive between 1 and 4."""
    place, exists = crossing(lambda _, x: (x - 1) * (4 - x), start, end)
    assert abs(place - (1 if start == 0 else 4)) < 1e-14
    assert exists


def test_positive_from_the_start():
    assert crossing(lambda _, x: 1 + x, 2.0, 5.0)[0] == 2


def test_never_positive():
    place, exists = crossing(lambda _, x: -1 - x, 2.0, 5.0)
    assert jnp.isnan(place)
    assert exists


def test_existing_nowhere():
    place, exists = crossing(lambda _, x: x * jnp.nan, 2.0, 5.0)
    assert jnp.isnan(place)
    assert not exists


def test_derivatives_of_both_orders():
    """x^3 = a has dx/da = x / (3 a) and d2x/da2 = -2 x / (9 a^2)."""

    def root(a):
        return crossing(lambda a, x: x**3 - a, 0.0, 5.0, a)[0]

    assert abs(jax.grad(root)(8.0) - 2 / 24) < 1e-14
    assert abs(jax.grad(jax.grad(root))(8.0) + 4 / 576) < 1e-14
