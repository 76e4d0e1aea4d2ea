"""Mean 0, variance 1 and the stated kurtosis of deviates; standard deviations."""

import numpy as np
import pytest

from optimize.robustness import Normal, Relative, Uniform
from optimize.robustness.distributions import AbstractDistribution

ALL = [Normal(0.3), Uniform(0.3), Relative(Normal(0.3)), Relative(Uniform(0.3))]


@pytest.mark.parametrize("distribution", ALL, ids=str)
def test_moments(distribution: AbstractDistribution):
    """Midpoint rule over probabilities; normal tails beyond 5e-7 contribute 1e-4 to E z^4."""
    n = 10**6
    deviates = distribution.deviate((np.arange(n) + 0.5) / n)
    assert np.all(np.diff(deviates) > 0)
    assert abs(deviates.mean()) < 1e-12
    assert abs((deviates**2).mean() - 1) < 1e-5
    assert abs((deviates**4).mean() - distribution.kurtosis) < 5e-4


def test_spreads():
    assert Normal(0.3).spread(7.0) == 0.3
    assert Uniform(0.3).spread(7.0) * Uniform(0.3).deviate(np.array(1.0)) == pytest.approx(0.3)
    assert Relative(Normal(0.02)).spread(-50.0) == 1.0
    assert Relative(Normal(0.02)).spread(0.0) == 0.0


@pytest.mark.parametrize("width", [0.0, -1.0, float("nan"), float("inf")])
def test_bad_widths(width):
    with pytest.raises(ValueError, match="`sigma` must be finite and above 0, but is"):
        Normal(width)
    with pytest.raises(ValueError, match="`half_width` must be finite and above 0, but is"):
        Uniform(width)


@pytest.mark.parametrize("share", [0.02, Relative(Normal(0.02))])
def test_relative_needs_a_distribution(share):
    with pytest.raises(TypeError, match="`share` must be Normal or Uniform"):
        Relative(share)
