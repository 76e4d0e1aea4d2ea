"""Axes: values computed on the device equal those in the files."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxcom.scan import axes
from jaxcom.scan.axes import Geomspace, Linspace, Values, as_axis, description

AXES = [
    Linspace(-1.1e8, 2.52e8, 10_007),
    Linspace(0.1, 0.7, 3),
    Linspace(5.0, -5.0, 12),
    Linspace(2.0, 3.0, 1),
    Geomspace(1e-3, 7.0, 101),
    Values([3.0, 1.0, 2.0]),
]


@pytest.mark.parametrize("axis", AXES, ids=lambda a: f"{type(a).__name__}-{a.num}")
def test_values_from_the_index_are_those_of_numpy_to_the_bit(axis):
    made = jax.jit(lambda a, i: a.at(i))(axis, jnp.arange(axis.num))
    np.testing.assert_array_equal(made, axis.values())


def test_linspace_and_geomspace_are_those_of_numpy():
    np.testing.assert_array_equal(Linspace(-1.0, 4.0, 7).values(), np.linspace(-1, 4, 7))
    np.testing.assert_array_equal(Geomspace(1.0, 4.0, 7).values(), np.geomspace(1, 4, 7))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Linspace(0.0, 1.0, 0), "Argument `num` must be an integer above 0, but is 0."),
        (lambda: Linspace(0.0, 1.0, 10**400), "Argument `num` must be at most 9007199254740992"),
        (lambda: Geomspace(1.0, 2.0, 10**10), "Argument `num` must be at most 16777216"),
        (
            lambda: Linspace(float("nan"), 1.0, 3),
            "Argument `start` must be a finite number, but is nan.",
        ),
        (
            lambda: Linspace(0.0, float("inf"), 3),
            "Argument `stop` must be a finite number, but is inf.",
        ),
        (lambda: Geomspace(0.0, 1.0, 3), "Argument `start` must be above 0, but is 0."),
        (lambda: Geomspace(1.0, -1.0, 3), "Argument `stop` must be above 0, but is -1."),
        (lambda: Geomspace(1.0, 2.0, -3), "Argument `num` must be an integer above 0, but is -3."),
        (lambda: Values([]), "one-dimensional array of real numbers"),
        (lambda: Values([[1.0]]), "one-dimensional array of real numbers"),
        (lambda: as_axis("spin", ["a"]), "Axis `spin`: .*real numbers"),
    ],
)
def test_wrong_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_wrong_types_are_named():
    """The checks themselves: under test, beartype refuses the arguments before them."""
    with pytest.raises(TypeError, match="`start` must be a finite number, but is 'a'"):
        axes._require_finite("start", "a")
    with pytest.raises(TypeError, match=r"`num` must be an integer above 0, but is 2\.5"):
        axes._require_count(2.5)


def test_arguments_are_named_as_in_numpy():
    arguments = {"start": 1.0, "stop": 4.0, "num": 3}
    for ours, numpys in ((Linspace, np.linspace), (Geomspace, np.geomspace)):
        np.testing.assert_array_equal(ours(**arguments).values(), numpys(**arguments))


def test_descriptions_differ_where_values_do():
    every = (*AXES, Values([3.0, 1.5, 2.0]), Linspace(0.1, 0.8, 3))
    assert len({str(description(axis)) for axis in every}) == len(every)
