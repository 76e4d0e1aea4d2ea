"""Axes: the values that devices make are those that files hold."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcom.scan.axes import Geomspace, Linspace, Values, as_axis, description

AXES = [
    Linspace(-1.1e8, 2.52e8, 10_007),
    Linspace(0.1, 0.7, 3),
    Linspace(5.0, -5.0, 12),
    Linspace(2.0, 3.0, 1),
    Geomspace(1e-3, 7.0, 101),
    Values([3.0, 1.0, 2.0]),
]


@pytest.mark.parametrize("axis", AXES, ids=lambda a: f"{type(a).__name__}-{a.count}")
def test_values_from_the_index_are_those_of_numpy_to_the_bit(axis):
    made = jax.jit(lambda a, i: a.at(i))(axis, jnp.arange(axis.count))
    np.testing.assert_array_equal(made, axis.values())


def test_linspace_and_geomspace_are_those_of_numpy():
    np.testing.assert_array_equal(Linspace(-1.0, 4.0, 7).values(), np.linspace(-1, 4, 7))
    np.testing.assert_array_equal(Geomspace(1.0, 4.0, 7).values(), np.geomspace(1, 4, 7))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Linspace(0.0, 1.0, 0), "Argument `count` must be at least 1, but is 0."),
        (lambda: Linspace(float("nan"), 1.0, 3), "Argument `first` must be finite, but is nan."),
        (lambda: Geomspace(0.0, 1.0, 3), "Argument `first` must be above 0, but is 0."),
        (lambda: Values([]), "one-dimensional array of real numbers"),
        (lambda: Values([[1.0]]), "one-dimensional array of real numbers"),
        (lambda: as_axis("spin", ["a"]), "Axis `spin`: .*real numbers"),
    ],
)
def test_wrong_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_descriptions_differ_where_values_do():
    told = [description(axis) for axis in (*AXES, Values([3.0, 1.5, 2.0]), Linspace(0.1, 0.8, 3))]
    assert len({str(each) for each in told}) == len(told)
