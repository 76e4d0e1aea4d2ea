"""Objectives under tolerances against NumPy on the SciPy path, and their slopes."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from references import baselines
from references.toleranced_devices import (
    DEVICE,
    OMEGA_M,
    TOLERANCES,
    abs_nonreciprocity,
    built,
    random_deviates,
)

import jaxcom as jc
from optimize import objectives
from optimize.operating_point import LowestBranch
from optimize.robustness import Mean, Quantile, UnderTolerances, WorstCase, YieldAbove

MEASURES = {
    "mean": (Mean(), np.mean),
    "least": (WorstCase(), np.min),
    "quantile": (Quantile(0.05), lambda v: np.quantile(v, 0.05, method="inverted_cdf")),
    "yield": (YieldAbove(0.12), lambda v: np.mean(v > 0.12)),
}


def under(measure, samples=64):
    return UnderTolerances(objectives.abs_nonreciprocity, TOLERANCES, measure, samples=samples)


def arrays(design):
    """Design with arrays for numbers, so that they are arguments of the compiled program."""
    return jax.tree.map(jnp.asarray, design)


@eqx.filter_jit
def value_of(robust, design):
    return robust(design)


@eqx.filter_jit
def score_of(robust, design):
    return robust.score(design)


@eqx.filter_jit
def slopes_of(robust, design):
    return jax.grad(robust.score)(design)


@eqx.filter_jit
def margins_of(robust, design):
    return robust.margins_at(LowestBranch(design))


@pytest.fixture(scope="module")
def values():
    """Values of the devices of all these objectives, by the independent path."""
    return abs_nonreciprocity(built(DEVICE, under(Mean()).deviates))


@pytest.mark.parametrize("name", ["mean", "quantile"])
def test_value(name, values):
    """Equal on the same devices to the accuracy of both paths for one device."""
    measure, expected = MEASURES[name]
    assert abs(float(value_of(under(measure), arrays(DEVICE))) - expected(values)) < 1e-9


def test_mean_against_plain_monte_carlo():
    """256 Sobol points agree with fresh random devices to four standard errors of the latter.

    The error of the Sobol points is about 1e-5, a tenth of the standard error.
    """
    values = abs_nonreciprocity(built(DEVICE, random_deviates(10_000, seed=5)))
    found = float(value_of(under(Mean(), samples=256), arrays(DEVICE)))
    assert abs(found - values.mean()) < 4 * values.std() / 100
    assert abs(values.mean() - abs_nonreciprocity(built(DEVICE, np.zeros((1, 5))))[0]) > 1e-3


def test_margins_are_the_smallest_of_all_devices():
    robust = under(Mean())
    found = margins_of(robust, arrays(DEVICE))
    for side, margin in zip(robust.directions, found, strict=True):
        fields = baselines.fields(built(DEVICE, robust.deviates), side)
        polynomials = baselines.quintic(fields)
        x = np.array([baselines.lowest_real(np.roots(p)) for p in polynomials])
        eigenvalues = np.linalg.eigvals(baselines.drift(fields, x)[0])
        assert abs(float(margin) + eigenvalues.real.max()) < 1e-9


@pytest.mark.slow
@pytest.mark.parametrize("name", MEASURES)
def test_slopes(name):
    """Relative derivatives by a field, against central differences with the same devices.

    A step of 1e-5 leaves 1e-10 of the third derivative and 1e-15 / 1e-5 of rounding.
    """
    robust = under(MEASURES[name][0])
    slopes = slopes_of(robust, arrays(DEVICE))
    for field in ("detuning", "power", "temperature", "mass"):
        size = getattr(DEVICE, field)
        step = 1e-5 * size
        moved = (arrays(DEVICE.replace(**{field: size + s})) for s in (step, -step))
        up, down = (score_of(robust, design) for design in moved)
        expected = (up - down) / (2 * step)
        # The worst case has a kink only where another device becomes the worst.
        assert abs(float(getattr(slopes, field) - expected)) * size < 1e-6 * (
            1 + abs(expected) * size
        )


def test_an_unstable_device_gives_nan():
    """The nominal design is stable, devices 2 % below it in detuning are not."""
    near, robust = arrays(DEVICE.replace(detuning=1.7 * OMEGA_M)), under(Mean())
    assert np.isfinite(jc.nonreciprocity(near))
    assert np.isnan(value_of(robust, near))
    assert margins_of(robust, near).min() < 0


def test_verified_by_the_independent_path():
    robust = under(Mean(), samples=8)
    values = abs_nonreciprocity(built(DEVICE, robust.deviates))
    assert abs(robust.verified(DEVICE) - values.mean()) < 1e-9


def test_names():
    robust = under(Quantile(0.05))
    assert robust.name == "5 % quantile of |Delta E_N|"
    assert robust.directions == (jc.LEFT, jc.RIGHT)


def test_bad_input():
    with pytest.raises(ValueError, match="`samples` must be a whole number from 2, but is 1"):
        under(Mean(), samples=1)
    with pytest.raises(TypeError, match="`objective` must be a function of a resonator"):
        UnderTolerances("nonreciprocity", TOLERANCES, Mean())
