"""Confidence intervals have the stated coverage."""

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from optimize.robustness import estimates

TRIALS = 400
SAMPLES = np.random.default_rng(0).normal(size=(TRIALS, 400))


@pytest.mark.parametrize(
    ("estimate", "truth"),
    [
        (estimates.mean, 0.0),
        (lambda x: estimates.quantile(x, 0.05), norm.ppf(0.05)),
        (lambda x: estimates.quantile(x, 0.7), norm.ppf(0.7)),
        (lambda x: estimates.share(x > 1.0), norm.sf(1.0)),
        (lambda x: estimates.over_batches(x[:16]), 0.0),
    ],
    ids=["mean", "low quantile", "quantile", "share", "batches"],
)
def test_coverage(estimate, truth):
    """At least 95 % within the accuracy of 400 trials, and not much more."""
    found = [estimate(row) for row in SAMPLES]
    held = sum(each.low <= truth <= each.high for each in found)
    assert binomtest(held, TRIALS, 0.95, alternative="less").pvalue > 1e-3
    assert held < 0.985 * TRIALS
    assert all(each.low <= each.value <= each.high for each in found)


def test_quantiles_are_order_statistics():
    for level in (0.01, 0.05, 0.5, 0.99):
        expected = np.quantile(SAMPLES[0], level, method="inverted_cdf")
        assert estimates.quantile(SAMPLES[0], level).value == expected


def test_too_few_samples_for_an_end():
    assert estimates.quantile(np.arange(10.0), 0.05).low == -np.inf
