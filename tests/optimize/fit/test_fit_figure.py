"""Figures of a fit show its data, model and covariance."""

import numpy as np
import pytest

import jaxcom as jc
from optimize import Box
from optimize.fit import (
    Fit,
    FitStatus,
    Information,
    confidence_figure,
    fit_figure,
    quantities,
    simulate,
)

OMEGA_M = 63e6
DEVICE = jc.SpinningResonator(detuning=20e6)
BOX = Box(mass=(5e-12, 2e-11), power=(5e-3, 50e-3), spin=(0, 30e3))
ERRORS = np.array([2e-13, 2e-4, 50.0])
CORRELATION = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, -0.8], [0.0, -0.8, 1.0]])


def fit_with(covariance):
    """Fit with a given covariance, of E_N from the left and of -ln(2 nu_-) from the right."""
    left = simulate(DEVICE, np.linspace(20e6, 60e6, 6), 0.002)
    right = simulate(
        DEVICE, np.linspace(80e6, 120e6, 6), 0.01, quantities.log_negativity_unclipped, jc.RIGHT
    )
    return Fit(
        design=DEVICE,
        status=FitStatus.CONVERGED,
        information=Information(BOX.names, covariance, (), 3),
        chi2=12.0,
        residuals=(np.ones(6), -np.ones(6)),
        active={},
        start=DEVICE,
        box=BOX,
        measurements=(left, right),
        feasible=np.ones(8, bool),
        polished=np.array([12.0]),
        seed=0,
    )


@pytest.fixture(scope="module")
def known():
    return fit_with(CORRELATION * np.outer(ERRORS, ERRORS))


def test_a_column_per_quantity(known):
    above = [axes.get_ylabel() for axes in fit_figure(known).axes[:2]]
    assert above == [quantities.log_negativity.label, quantities.log_negativity_unclipped.label]


def test_points_and_model_are_drawn(known):
    figure = fit_figure(known)
    axes = figure.axes[0]
    points = axes.containers[0].lines[0]
    np.testing.assert_allclose(points.get_xdata(), known.measurements[0].detunings / OMEGA_M)
    np.testing.assert_array_equal(points.get_ydata(), known.measurements[0].values)
    words = [text.get_text() for text in axes.get_legend().get_texts()]
    assert words == ["fit, light from the left", "measured, light from the left"]
    assert "rad/s" in figure.axes[2].get_xlabel()


def test_the_model_line_is_broken_where_there_is_no_steady_state(known):
    """Light from the right has no steady state below 0.88 omega_m, 55.4e6 rad/s."""
    wide = simulate(DEVICE, [58e6, 120e6], 0.002, direction=jc.RIGHT)
    line = fit_figure(with_measurement(known, wide)).axes[0].get_lines()[-1]
    expected = jc.entanglement(DEVICE.replace(detuning=line.get_xdata() * OMEGA_M), jc.RIGHT)
    np.testing.assert_allclose(line.get_ydata(), expected, atol=1e-12)
    assert np.isnan(line.get_ydata()).any()


def with_measurement(known, measurement):
    return Fit(
        **{
            **vars(known),
            "measurements": (measurement,),
            "residuals": (np.zeros(measurement.values.size),),
        }
    )


def test_ellipses_follow_from_the_covariance(known):
    """Every point of the 95 % ellipse of a pair has the same chi2 distance, 5.991."""
    axes = confidence_figure(known).axes[0]  # mass in ng across, power in mW up
    ellipse = axes.get_lines()[1]
    offsets = np.stack([ellipse.get_xdata() - 10.0, ellipse.get_ydata() - 20.0]) * [[1e-12], [1e-3]]
    scaled = offsets / ERRORS[:2, None]
    distances = np.sum(scaled * np.linalg.solve(CORRELATION[:2, :2], scaled), axis=0)
    np.testing.assert_allclose(distances, 5.991, rtol=1e-3)  # the printed digits of the quantile
    assert axes.get_title() == "correlation +0.50"


@pytest.mark.parametrize("variance", [np.nan, np.inf, 4e-26])
def test_fields_without_covariances_are_named(variance):
    covariance = CORRELATION * np.outer(ERRORS, ERRORS)
    covariance[0] = covariance[:, 0] = np.nan
    covariance[0, 0] = variance
    figure = confidence_figure(fit_with(covariance))
    assert len(figure.axes) == 1
    assert figure.legends[0].get_title().get_text() == "without an ellipse: mass"


def test_too_few_covariances():
    with pytest.raises(ValueError, match="two fields with a covariance, but has none"):
        confidence_figure(fit_with(np.where(np.eye(3, dtype=bool), 1.0, np.nan)))
