"""Numbers of a population from samples of it, with their 95 % confidence intervals."""

import equinox as eqx
import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import binom, binomtest, norm
from scipy.stats import t as student

CONFIDENCE = 0.95
BATCHES = 64

Samples = Float[np.ndarray, " n"]


class Estimate(eqx.Module):
    """A number and the ends of its 95 % confidence interval.

    >>> print(Estimate(0.125, 0.12, 0.13))
    0.125 (0.12 .. 0.13)
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.5g} ({self.low:.5g} .. {self.high:.5g})"


def mean(samples: Samples) -> Estimate:
    """The mean, by the central limit theorem.

    >>> print(mean(np.arange(101.0)))
    50 (44.286 .. 55.714)
    """
    error = samples.std(ddof=1) / np.sqrt(samples.size)
    return _about(samples.mean(), error, norm.ppf((1 + CONFIDENCE) / 2))


def share(chosen: Bool[np.ndarray, " n"]) -> Estimate:
    """How often something is so: the exact binomial interval of Clopper and Pearson.

    >>> print(share(np.arange(100) < 0))
    0 (0 .. 0.036217)
    """
    found = binomtest(int(chosen.sum()), chosen.size)
    interval = found.proportion_ci(CONFIDENCE, method="exact")
    return Estimate(float(found.statistic), float(interval.low), float(interval.high))


def quantile(samples: Samples, level: float) -> Estimate:
    """The quantile, between two order statistics that hold whatever the distribution.

    The number of samples below it is binomial. An end of the interval for which there are too
    few samples is infinite.

    >>> print(quantile(np.arange(1.0, 1001.0), 0.05))
    50 (37 .. 65)
    """
    ordered, tail = np.sort(samples), (1 - CONFIDENCE) / 2
    first, last = (int(binom.ppf(p, samples.size, level)) for p in (tail, 1 - tail))
    edged = np.concatenate([[-np.inf], ordered, [np.inf]])  # so that ranks count from 1
    low, high = edged[first], edged[last + 1]
    return Estimate(float(ordered[rank(samples.size, level)]), float(low), float(high))


def rank(samples: int, level: float) -> int:
    """The place of a quantile among ordered samples, from 0: the first with F >= level.

    >>> rank(1000, 0.05), rank(10, 0.99)
    (49, 9)
    """
    return max(int(np.ceil(level * samples - 1e-9)) - 1, 0)  # 1e-9: 0.05 * 1000 is not whole


def over_batches(parts: Float[np.ndarray, " batches"]) -> Estimate:
    """The mean of a number that each of several independent batches of samples has given.

    By Student's t distribution: for numbers of which no error is known in closed form.

    >>> print(over_batches(np.array([1.0, 2.0, 3.0])))
    2 (-0.48414 .. 4.4841)
    """
    error = parts.std(ddof=1) / np.sqrt(parts.size)
    return _about(parts.mean(), error, student.ppf((1 + CONFIDENCE) / 2, parts.size - 1))


def _about(middle, error, reach) -> Estimate:
    return Estimate(float(middle), float(middle - reach * error), float(middle + reach * error))
