"""Objectives: the score equals the value where it is positive, and its parts add up to it."""

import functools
import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxcom as jc
from optimize import Box, SearchOptions, maximize, objectives
from optimize.objectives import NAMED
from optimize.operating_point import LowestBranch

DESIGNS = jc.SpinningResonator(
    detuning=jnp.linspace(-1, 4, 301) * 63e6, spin=8e3, power=20e-3, backscattering=10e6
)
STABLE = [  # in both directions
    jc.SpinningResonator(detuning=63e6, spin=8e3, backscattering=10e6),
    jc.SpinningResonator(detuning=2.2 * 63e6, spin=23e3, backscattering=38e6),
    jc.SpinningResonator(detuning=0.9 * 63e6, spin=2e3, power=5e-3, temperature=0.05),
]
HINGED = ["nonreciprocity", "abs_nonreciprocity", "prefer-left", "prefer-right"]
VERIFIED = [name for name in NAMED if not name.startswith("revive")]
DIRECTED = [
    objectives.OneWay, objectives.Preference, objectives.Isolation, objectives.Revival,
    objectives.Survival,
]  # fmt: skip


@functools.cache
def at_designs(name):
    """Value, score, smooth part and hinges; without an outer `jit` objectives share programs."""
    objective = NAMED[name]
    terms = objective.terms_at(LowestBranch(DESIGNS))
    return tuple(map(np.asarray, (objective(DESIGNS), objective.score(DESIGNS), *terms)))


@pytest.mark.parametrize("name", NAMED)
def test_score_and_value(name):
    """Equal to the rounding of E_N."""
    value, score, _, _ = at_designs(name)
    np.testing.assert_array_equal(np.isnan(value), np.isnan(score))
    positive = value > 0
    assert positive.any()
    np.testing.assert_allclose(score[positive], value[positive], rtol=0, atol=1e-14)
    assert np.all(score[value == 0] <= 0)


@pytest.mark.parametrize("name", HINGED)
def test_score_is_the_smooth_part_minus_the_positive_hinges(name):
    _, score, smooth, hinges = at_designs(name)
    assert len(hinges) > 0
    assert np.isfinite(score).sum() > 100
    assembled = smooth - np.maximum(hinges, 0.0).sum(axis=0)
    np.testing.assert_allclose(assembled, score, rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", VERIFIED)
@pytest.mark.parametrize("design", STABLE)
def test_verified_value(name, design):
    """The value from the matrices, to the rounding of their determinants."""
    value = float(NAMED[name](design))
    assert np.isfinite(value)
    assert abs(NAMED[name].verified(design) - value) < 1e-8


@pytest.mark.parametrize("objective", [NAMED["revive-left"], objectives.FromFunction(abs)])
def test_no_verified_value(objective):
    assert np.isnan(objective.verified(STABLE[0]))


def test_slope_where_the_value_is_flat():
    flat = jc.SpinningResonator(detuning=3 * 63e6)
    objective = objectives.abs_nonreciprocity
    slope = jax.jit(lambda f, r: jax.grad(f)(r).detuning, static_argnums=0)
    assert slope(objective, flat) == 0
    assert abs(slope(objective.score, flat)) * flat.omega_m > 1e-4


def test_preferences_are_opposite():
    left, right = objectives.Preference(jc.LEFT), objectives.Preference(jc.RIGHT)
    np.testing.assert_array_equal(left(DESIGNS), -right(DESIGNS))


def test_nonreciprocity_is_signed():
    signed, absolute = objectives.nonreciprocity, objectives.abs_nonreciprocity
    np.testing.assert_array_equal(signed(DESIGNS), jc.nonreciprocity(DESIGNS))
    np.testing.assert_array_equal(absolute(DESIGNS), np.abs(jc.nonreciprocity(DESIGNS)))
    assert np.nanmin(signed(DESIGNS)) < 0


@pytest.mark.parametrize("kind", DIRECTED)
def test_forms_of_a_direction(kind):
    assert kind("left") == kind(1) == kind(jc.LEFT) != kind("right")
    with pytest.raises(ValueError, match="Argument `direction` must be"):
        kind("up")


def test_directions_of_a_function():
    objective = objectives.FromFunction(abs, name="size", directions=("right", 1))
    assert (objective.name, objective.directions) == ("size", (jc.RIGHT, jc.LEFT))


@pytest.mark.slow
def test_maximize_the_signed_nonreciprocity():
    """Its maximum over the detuning lies at an edge of stability, above that of a scan."""
    few = {"starts": 4, "rounds": 1, "polish": 1, "progress": False}
    device, box = jc.SpinningResonator(), Box(detuning=(-63e6, 252e6))
    found = maximize(objectives.nonreciprocity, device, box, **few)
    assert found.value == pytest.approx(float(jc.nonreciprocity(found.design)), abs=1e-12)
    scan = jc.nonreciprocity(device.replace(detuning=jnp.linspace(-1, 4, 2001) * 63e6))
    assert 0 < jnp.nanmax(scan) <= found.value


def test_defaults_of_maximize_are_those_of_the_options():
    parameters = inspect.signature(maximize).parameters
    assert {n: parameters[n].default for n in SearchOptions._fields} == SearchOptions()._asdict()


def test_several_directions_are_refused_by_name():
    with pytest.raises(ValueError, match=r"^Argument `direction` must be one of jaxcom.LEFT"):
        objectives.OneWay(np.array([1, -1]))
