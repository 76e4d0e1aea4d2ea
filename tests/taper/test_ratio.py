"""Ratio eta of S3.13 against the mean field by matrices and the printed displacement."""

import math

import jax
import numpy as np
import pytest
from references import printed_forms as printed

import jaxcom as jc
from jaxcom.taper import Taper, displacement_ratio, spin_limits

PAPER = Taper(), jc.SpinningResonator(spin=23e3)
SIDES = pytest.mark.parametrize("side", list(jc.Direction), ids=lambda d: d.label)
BISTABLE = jc.SpinningResonator(power=100e-3, spin=1e3, detuning=115e6)


@SIDES
@pytest.mark.parametrize("spin", [8e3, 23e3, -23e3])
def test_against_the_mean_field(side, spin):
    device = PAPER[1].replace(spin=spin)
    x_zp = (6.62607015e-34 / (2 * math.pi * 1e-11 * 63e6)) ** 0.5
    d = float(printed.displacement(printed.exact(PAPER[0]), printed.exact(device)))
    expected = float(jc.steady_state(device, side).q_s) * x_zp / d
    assert float(displacement_ratio(PAPER[0], device, side)) == pytest.approx(
        expected, rel=1e-11, abs=0
    )


def test_branches():
    """For three mean-field solutions eta has three values, and no fourth."""
    found = [float(displacement_ratio(PAPER[0], BISTABLE, jc.LEFT, branch=k)) for k in range(4)]
    assert found[0] < found[1] < found[2]
    assert np.isnan(found[3])
    q_s = jc.mean_field(BISTABLE, jc.LEFT).q_s[:3]
    np.testing.assert_allclose(np.divide(found[:3], found[0]), np.divide(q_s, q_s[0]), rtol=1e-9)


def test_directions_as_text():
    assert displacement_ratio(*PAPER, "right") == displacement_ratio(*PAPER, jc.RIGHT)


def test_directions_as_an_array():
    sides = np.array([1, -1])
    alone = [float(displacement_ratio(*PAPER, side)) for side in jc.Direction]
    np.testing.assert_allclose(displacement_ratio(*PAPER, sides), alone, rtol=1e-13)
    grid = displacement_ratio(
        Taper(separation=np.array([[1e-7], [2e-7]])), PAPER[1], sides[None, :]
    )
    assert grid.shape == (2, 2)


def test_other_direction_equals_opposite_spin():
    """Fig. S2(a): eta(Omega) for light from the left is eta(-Omega) for light from the right."""
    spins = np.linspace(-30e3, 30e3, 6)
    left = displacement_ratio(PAPER[0], PAPER[1].replace(spin=spins), jc.LEFT)
    right = displacement_ratio(PAPER[0], PAPER[1].replace(spin=-spins), jc.RIGHT)
    np.testing.assert_allclose(left, right, rtol=1e-12)


def test_derivative():
    """With respect to the spin, against fourth-order differences in steps of 1e-3."""

    def ratio(spin):
        return displacement_ratio(PAPER[0], PAPER[1].replace(spin=spin), jc.LEFT)

    plus, minus, far, back = (float(ratio(23e3 * (1 + k * 1e-3))) for k in (1, -1, 2, -2))
    difference = (8 * (plus - minus) - far + back) / 12e-3
    assert float(jax.grad(ratio)(23e3)) * 23e3 == pytest.approx(difference, rel=1e-7, abs=0)


def test_without_a_shape_of_the_fiber():
    last = float(spin_limits(*PAPER).aerodynamic)
    spins = np.array([0.0, 0.5 * last, 1.5 * last])
    found = displacement_ratio(PAPER[0], PAPER[1].replace(spin=spins), jc.LEFT)
    assert np.isposinf(found[0])
    assert np.isfinite(found[1])
    assert np.isnan(found[2])


def test_a_sixth_branch_is_refused():
    with pytest.raises(ValueError, match="branch"):
        displacement_ratio(*PAPER, jc.LEFT, branch=5)
