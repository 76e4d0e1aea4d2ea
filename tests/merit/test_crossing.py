"""First zero crossings and their derivatives."""

import jax
import jax.numpy as jnp
import pytest

from jaxcom.merit.crossing import first_crossing


def crossing(function, start, end, parameter=1.0, **options):
    return first_crossing(function, parameter, jnp.array(start), jnp.array(end), **options)


@pytest.mark.parametrize(("start", "end"), [(0.0, 5.0), (5.0, 0.0)])
def test_first_of_two_crossings(start, end):
    """(x - 1)(4 - x) is positive between 1 and 4."""
    point = crossing(lambda _, x: (x - 1) * (4 - x), start, end)
    assert abs(point - (1 if start == 0 else 4)) < 1e-14


def test_positive_from_the_start():
    def point(a):
        return crossing(lambda a, x: a + x, 2.0, 5.0, a)

    assert point(1.0) == 2
    assert jax.grad(point)(1.0) == 0


def test_never_positive():
    def point(a, **options):
        return crossing(lambda a, x: -a - x, 2.0, 5.0, a, **options)

    assert jnp.isnan(point(1.0))
    assert point(1.0, never=-jnp.inf) == -jnp.inf
    assert jax.grad(lambda a: jnp.exp(point(a, never=-jnp.inf)))(1.0) == 0
    assert jnp.isnan(jax.grad(point)(1.0))


def test_function_that_exists_nowhere():
    assert jnp.isnan(crossing(lambda _, x: x * jnp.nan, 2.0, 5.0, never=-jnp.inf))


def test_derivatives_of_both_orders():
    """x^3 = a has dx/da = x / (3 a) and d2x/da2 = -2 x / (9 a^2)."""

    def root(a):
        return crossing(lambda a, x: x**3 - a, 0.0, 5.0, a)

    assert abs(jax.grad(root)(8.0) - 2 / 24) < 1e-14
    assert abs(jax.grad(jax.grad(root))(8.0) + 4 / 576) < 1e-14
