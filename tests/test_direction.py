"""Directions of the light: what is accepted, what is refused, eagerly and under `jit`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from jaxcom.direction import Direction, direction_sign, is_direction

DEVICE = jc.SpinningResonator(detuning=0.4 * 63e6)
FUNCTIONS = [
    lambda direction: jc.entanglement(DEVICE, direction),
    lambda direction: jc.strongest_entanglement(DEVICE, direction),
    lambda direction: jc.observables(DEVICE, direction).log_negativity,
    lambda direction: jc.steady_state(DEVICE, direction).log_negativity,
    lambda direction: jc.mean_field(DEVICE, direction).q_s,
]
NAMES = ["entanglement", "strongest_entanglement", "observables", "steady_state", "mean_field"]
every_function = pytest.mark.parametrize("function", FUNCTIONS, ids=NAMES)


@every_function
@pytest.mark.parametrize(
    ("given", "meant"),
    [("left", jc.LEFT), ("right", jc.RIGHT), (1, jc.LEFT), (-1.0, jc.RIGHT), (np.int8(1), jc.LEFT)],
)
def test_every_spelling_means_the_same(function, given, meant):
    np.testing.assert_array_equal(function(given), function(meant))


@every_function
@pytest.mark.parametrize("wrong", [0, 2, 0.5, -3, float("nan"), True, "up", "LEFT"])
def test_anything_else_is_refused(function, wrong):
    """A factor other than +-1 would multiply the spin, and give a number."""
    with pytest.raises(ValueError, match=r"^Argument `direction` must be "):
        function(wrong)


@every_function
def test_a_traced_value_that_is_no_direction_gives_nan(function):
    """With a traced direction XLA folds other constants: the last digit may differ."""
    compiled = jax.jit(function)
    np.testing.assert_allclose(compiled(1), function(1), rtol=1e-12)
    for wrong in (0, 2, -3):
        assert np.isnan(compiled(wrong)).all()


def test_a_traced_value_that_is_no_direction_has_the_status_of_invalid_input():
    for function in (jc.steady_state, jc.observables):
        status = jax.jit(lambda direction, f=function: f(DEVICE, direction).status)
        assert status(1) == jc.Status.STABLE
        assert status(2) == jc.Status.INVALID_INPUT


def test_arrays_of_signs():
    both = jc.entanglement(DEVICE, np.array([1, -1]))
    for k, direction in enumerate((jc.LEFT, jc.RIGHT)):
        np.testing.assert_array_equal(both[k], jc.entanglement(DEVICE, direction))
    assert is_direction(jnp.array([1, -1, 2])).tolist() == [True, True, False]


def test_labels_and_opposites():
    assert [Direction(name).label for name in ("left", "right")] == ["left", "right"]
    assert jc.LEFT.opposite is jc.RIGHT
    assert direction_sign("left") == 1
