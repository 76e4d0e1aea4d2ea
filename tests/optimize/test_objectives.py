"""A score equals its value wherever that is positive, and has a slope where the value has none."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from optimize import objectives

DESIGNS = jc.SpinningResonator(
    detuning=jnp.linspace(-1, 4, 301) * 63e6, spin=8e3, power=20e-3, backscattering=10e6
)


@pytest.mark.parametrize("name", objectives.NAMED)
def test_score_and_value(name):
    objective = objectives.NAMED[name]
    value, score = jax.jit(lambda r: (objective(r), objective.score(r)))(DESIGNS)
    np.testing.assert_array_equal(np.isnan(value), np.isnan(score))
    positive = np.asarray(value) > 0
    assert positive.any()
    np.testing.assert_allclose(score[positive], value[positive], rtol=0, atol=1e-15)
    assert np.all(np.asarray(score)[np.asarray(value) == 0] <= 0)


def test_slope_where_the_value_is_flat():
    flat = jc.SpinningResonator(detuning=3 * 63e6)
    objective = objectives.nonreciprocity
    slope = jax.jit(lambda f, r: jax.grad(f)(r).detuning, static_argnums=0)
    assert slope(objective, flat) == 0
    assert abs(slope(objective.score, flat)) * flat.omega_m > 1e-4


def test_preferences_are_opposite():
    left, right = objectives.preference(jc.LEFT), objectives.preference(jc.RIGHT)
    np.testing.assert_array_equal(left(DESIGNS), -right(DESIGNS))
