"""Budgets of a quadratic objective in closed form, others against finite differences."""

import jax.numpy as jnp
import numpy as np
import pytest
from references.toleranced_devices import DEVICE, TOLERANCES, abs_nonreciprocity, built

import jaxcom as jc
from optimize import objectives
from optimize.robustness import Normal, Relative, Tolerances, Uniform, budget

DESIGN = jc.SpinningResonator(spin=2.0, power=0.5)


def quadratic(resonator):
    x, y = resonator.spin, resonator.power
    return 3 * x - 2 * y + 0.5 * x**2 + 1.5 * y**2 - 4 * x * y


@pytest.mark.parametrize("spin", [Normal(0.1), Uniform(0.3), Relative(Uniform(0.2))], ids=str)
def test_quadratic(spin):
    """Variance and shift for a = 3 + x - 4 y, b = -2 + 3 y - 4 x, by hand and by samples.

    In pairs of opposite deviates slopes cancel from the mean; moments of 512 Sobol points have
    errors of a few percent.
    """
    tolerances = Tolerances(spin=spin, power=Normal(0.02))
    found = budget(quadratic, DESIGN, tolerances)
    sigma_y, sigma_x = 0.02, float(spin.spread(2.0))
    a, b = (3 + 2.0 - 4 * 0.5) * sigma_x, (-2 + 3 * 0.5 - 4 * 2.0) * sigma_y
    np.testing.assert_allclose(found.slopes, [b, a], rtol=1e-12)
    np.testing.assert_allclose(found.shifts, [1.5 * sigma_y**2, 0.5 * sigma_x**2], rtol=1e-12)
    np.testing.assert_allclose(found.shares, np.array([b**2, a**2]) / (a**2 + b**2), rtol=1e-12)
    own = 2 * (1.5 * sigma_y**2) ** 2 + (spin.kurtosis - 1) * (0.5 * sigma_x**2) ** 2
    variance = a**2 + b**2 + own + (4 * sigma_x * sigma_y) ** 2
    assert found.deviation == pytest.approx(np.sqrt(variance), rel=1e-12)
    np.testing.assert_allclose(found.alone.deviation, found.deviations, rtol=2e-2)
    np.testing.assert_allclose(found.alone.shift, found.shifts, rtol=2e-2)
    assert found.together.deviation == pytest.approx(found.deviation, rel=2e-2)
    mixed = 4 * sigma_x * sigma_y  # has mean 0 to a few percent
    assert found.together.shift == pytest.approx(found.shifts.sum(), rel=2e-2, abs=2e-2 * mixed)


def test_prints_as_a_table():
    text = str(budget(quadratic, DESIGN, Tolerances(spin=Normal(0.1), power=Uniform(0.02))))
    for word in ("quadratic = 3.375", "uniform, +- 0.02", "power x spin", "unstable"):
        assert word in text


def test_unstable_samples_count_as_zero():
    """The value is 1 for x > 2, half of all devices, and NaN for the others."""

    def half(resonator):
        return jnp.where(resonator.spin > 2.0, 1.0, jnp.nan) + 0 * resonator.power

    found = budget(half, DESIGN.replace(spin=2.001), Tolerances(spin=Normal(5), power=Normal(0.02)))
    np.testing.assert_allclose(found.alone.unstable, [0.0, 0.5], atol=0.01)
    np.testing.assert_allclose(found.alone.shift, [0.0, -0.5], atol=0.01)
    np.testing.assert_allclose(found.alone.deviation, [0.0, 0.5], atol=0.01)
    assert found.together.unstable == pytest.approx(0.5, abs=0.01)


@pytest.mark.slow
def test_derivatives_of_the_entanglement():
    """Against central differences on the SciPy path.

    Rounding of 1e-13 in E_N becomes 1e-10 in a second difference of step h = 0.03, whose
    truncation error is about 1e-4 of the curvature.
    """
    found = budget(objectives.abs_nonreciprocity, DEVICE, TOLERANCES)
    h, d = 0.03, 5
    steps = h * np.eye(d)
    corners = [s * steps[i] + t * steps[j] for i in range(d) for j in range(d)
               for s, t in ((1, 1), (1, -1), (-1, 1), (-1, -1))]  # fmt: skip
    values = abs_nonreciprocity(built(DEVICE, np.array(corners))).reshape(d, d, 4)
    curvatures = (values[..., 0] - values[..., 1] - values[..., 2] + values[..., 3]) / (4 * h**2)
    both = abs_nonreciprocity(built(DEVICE, np.concatenate([steps, -steps]))).reshape(2, d)
    size = np.abs(curvatures).max()
    np.testing.assert_allclose(found.slopes, (both[0] - both[1]) / (2 * h), atol=1e-3 * size)
    np.testing.assert_allclose(found.curvatures, curvatures, atol=1e-3 * size)
    np.testing.assert_allclose(found.curvatures, found.curvatures.T, atol=1e-9 * size)
    assert found.value == pytest.approx(abs_nonreciprocity(built(DEVICE, np.zeros((1, d))))[0])
