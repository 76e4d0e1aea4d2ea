"""Estimates of population quantities from samples, with 95 % confidence intervals."""

import equinox as eqx
import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import binom, binomtest, norm
from scipy.stats import t as student

CONFIDENCE = 0.95
BATCHES = 64

Samples = Float[np.ndarray, " n"]


class Estimate(eqx.Module):
    """Estimated value and the ends of its 95 % confidence interval.

    >>> print(Estimate(0.125, 0.12, 0.13))
    0.125 (0.12 .. 0.13)
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.5g} ({self.low:.5g} .. {self.high:.5g})"


def mean(samples: Samples) -> Estimate:
    """Mean, with an interval by the central limit theorem.

    >>> print(mean(np.arange(101.0)))
    50 (44.286 .. 55.714)
    """
    error = samples.std(ddof=1) / np.sqrt(samples.size)
    return _symmetric(samples.mean(), error, norm.ppf((1 + CONFIDENCE) / 2))


def share(chosen: Bool[np.ndarray, " n"]) -> Estimate:
    """Share of True entries, with the exact binomial interval of Clopper and Pearson.

    >>> print(share(np.arange(100) < 0))
    0 (0 .. 0.036217)
    """
    found = binomtest(int(chosen.sum()), chosen.size)
    interval = found.proportion_ci(CONFIDENCE, method="exact")
    return Estimate(float(found.statistic), float(interval.low), float(interval.high))


def quantile(samples: Samples, level: float) -> Estimate:
    """Quantile, with a distribution-free interval between two order statistics.

    The number of samples below the quantile is binomial. An end of the interval for which there are
    too few samples is infinite.

    >>> print(quantile(np.arange(1.0, 1001.0), 0.05))
    50 (37 .. 65)
    """
    ordered, tail = np.sort(samples), (1 - CONFIDENCE) / 2
    first, last = (int(binom.ppf(p, samples.size, level)) for p in (tail, 1 - tail))
    padded = np.concatenate([[-np.inf], ordered, [np.inf]])  # so that ranks count from 1
    low, high = padded[first], padded[last + 1]
    return Estimate(float(ordered[rank(samples.size, level)]), float(low), float(high))


def rank(samples: int, level: float) -> int:
    """Index of a quantile among ordered samples, from 0: the first with F >= level.

    >>> rank(1000, 0.05), rank(10, 0.99)
    (49, 9)
    """
    return max(int(np.ceil(level * samples - 1e-9)) - 1, 0)  # 1e-9: 0.05 * 1000 is not whole


def over_batches(parts: Float[np.ndarray, " batches"]) -> Estimate:
    """Mean over independent batches of samples, with an interval by Student's t distribution.

    It serves statistics whose error has no closed form.

    >>> print(over_batches(np.array([1.0, 2.0, 3.0])))
    2 (-0.48414 .. 4.4841)
    """
    error = parts.std(ddof=1) / np.sqrt(parts.size)
    return _symmetric(parts.mean(), error, student.ppf((1 + CONFIDENCE) / 2, parts.size - 1))


def _symmetric(middle, error, quantile) -> Estimate:
    reach = quantile * error
    return Estimate(float(middle), float(middle - reach), float(middle + reach))
