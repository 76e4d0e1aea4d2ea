"""Measures of the values that the devices of one design have under tolerances.

A measure has two forms, like an objective. `value` is the measure itself, `smooth` the score that a
search climbs: it has slopes where the measure is a step or has kinks, and where all samples fail to
contribute. The smoothing width minimizes the mean square error of the estimated distribution
function, so that there is nothing to tune.
"""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr
from jaxtyping import Array, Float

from . import estimates
from .estimates import Estimate

Samples = Float[Array, " n"]
Scalar = Float[Array, ""]

_BISECTIONS = 60  # of the range of the samples: to rounding


class AbstractMeasure(eqx.Module):
    """One number computed from the values of many samples; larger is better."""

    @abc.abstractmethod
    def value(self, values: Samples) -> Scalar:
        """Measure of the samples."""

    @abc.abstractmethod
    def smooth(self, scores: Samples, values: Samples) -> Scalar:
        """Score that a search climbs, from the scores (unclipped) and values of the samples."""

    @abc.abstractmethod
    def estimate(self, values: Float[np.ndarray, " n"]) -> Estimate:
        """Estimate of the measure of all devices, from random samples of them."""

    @abc.abstractmethod
    def label(self, name: str) -> str:
        """Name of the measure in tables and figures, for an objective of that name."""


class Mean(AbstractMeasure):
    """Mean of the values.

    Its score is the mean of the values, or that of the scores where all values are 0.

    >>> print(Mean().label("E_N"), Mean().value(jnp.array([0.0, 1.0, 5.0])))
    mean of E_N 2.0
    """

    def value(self, values: Samples) -> Scalar:
        """Mean of the values."""
        return values.mean()

    def smooth(self, scores: Samples, values: Samples) -> Scalar:
        """Mean of the values if positive, else of the scores."""
        mean = values.mean()
        return jnp.where(mean > 0, mean, scores.mean())

    def estimate(self, values: Float[np.ndarray, " n"]) -> Estimate:
        """Mean with an interval by the central limit theorem."""
        return estimates.mean(values)

    def label(self, name: str) -> str:
        """Label "mean of ..."."""
        return f"mean of {name}"


class WorstCase(AbstractMeasure):
    """Smallest value of all samples.

    For an unbounded distribution it falls slowly with the number of samples; a quantile does not.
    Its confidence interval has no lower end. Its maximum often lies where two samples are the
    smallest, on a kink: a search gets there but reports that its polish has not converged.

    >>> print(WorstCase().label("E_N"), WorstCase().value(jnp.array([0.0, 1.0, 5.0])))
    least E_N 0.0
    """

    def value(self, values: Samples) -> Scalar:
        """Smallest value."""
        return values.min()

    def smooth(self, scores: Samples, values: Samples) -> Scalar:
        """Smallest score: equal to the smallest value where positive."""
        return scores.min()

    def estimate(self, values: Float[np.ndarray, " n"]) -> Estimate:
        """Smallest sample, with no lower end: there may be devices below it."""
        least = float(values.min())
        return Estimate(least, -float("inf"), least)

    def label(self, name: str) -> str:
        """Label "least ..."."""
        return f"least {name}"


class Quantile(AbstractMeasure):
    r"""Value that all but a given share of the devices reach.

    It is the order statistic at which the empirical distribution function reaches the level. Its
    score is the quantile q of the smoothed distribution function,

    $$
    F(q) = \frac{1}{n} \sum_i \Phi\!\left(\frac{q - s_i}{h}\right) = \mathrm{level}, \qquad
    h = (4 / n)^{1/3} \sigma,
    $$

    with the normal distribution function Phi and the standard deviation sigma of the n scores s_i.
    This h has the least mean square error for normal scores (A. Azzalini, Biometrika 68, 326
    (1981)). It widens the distribution by a factor of sqrt(1 + h^2 / sigma^2), 1.03 for 256
    samples.

    Attributes:
        level: share of the devices that may fall below, between 0 and 1.

    Raises:
        ValueError: `level` is not between 0 and 1.

    >>> print(Quantile(0.25).label("E_N"), Quantile(0.25).value(jnp.arange(1.0, 9.0)))
    25 % quantile of E_N 2.0
    """

    level: float = eqx.field(static=True)

    def __check_init__(self):
        if not 0 < self.level < 1:
            raise ValueError(
                f"Argument `level` must be above 0 and below 1, but is {self.level:g}."
            )

    def value(self, values: Samples) -> Scalar:
        """Order statistic at the level."""
        return jnp.sort(values)[estimates.rank(values.size, self.level)]

    def smooth(self, scores: Samples, values: Samples) -> Scalar:
        """Quantile of the smoothed distribution function."""
        fixed = jax.lax.stop_gradient(scores)
        q = _smooth_quantile(fixed, self.level)
        # The derivative of one Newton step is that of the implicit function.
        slope = jax.grad(_smooth_cdf, argnums=1)(fixed, q)
        return q - (_smooth_cdf(scores, q) - self.level) / slope

    def estimate(self, values: Float[np.ndarray, " n"]) -> Estimate:
        """Quantile with an interval between two order statistics."""
        return estimates.quantile(values, self.level)

    def label(self, name: str) -> str:
        """Label "... % quantile of ..."."""
        return f"{100 * self.level:g} % quantile of {name}"


class YieldAbove(AbstractMeasure):
    """Share of the devices whose value is above a threshold.

    Its score is that share by the smoothed distribution function of `Quantile`; where no sample is
    above the threshold, it is the mean score minus the threshold, which is negative.

    Attributes:
        threshold: value that a device must exceed.

    Raises:
        ValueError: `threshold` is negative or not finite.

    >>> print(YieldAbove(0.1).label("E_N"), YieldAbove(0.1).value(jnp.array([0.0, 0.1, 0.2, 0.3])))
    P(E_N > 0.1) 0.5
    """

    threshold: float

    def __check_init__(self):
        if not 0 <= self.threshold < float("inf"):
            raise ValueError(
                f"Argument `threshold` must be finite and at least 0, but is {self.threshold:g}."
            )

    def value(self, values: Samples) -> Scalar:
        """Share of the values above the threshold."""
        return (values > self.threshold).astype(float).mean()  # the mean of booleans is float32

    def smooth(self, scores: Samples, values: Samples) -> Scalar:
        """Share by the smoothed distribution function, or the mean score minus the threshold."""
        some = (scores > self.threshold).any()
        share = 1 - _smooth_cdf(scores, self.threshold)
        return jnp.where(some, share, scores.mean() - self.threshold)

    def estimate(self, values: Float[np.ndarray, " n"]) -> Estimate:
        """Share with the exact binomial interval."""
        return estimates.share(np.asarray(values > self.threshold))

    def label(self, name: str) -> str:
        """Label "P(... > threshold)"."""
        return f"P({name} > {self.threshold:g})"


def _smooth_cdf(scores: Samples, q: Scalar | float) -> Scalar:
    """Smoothed distribution function at q."""
    return ndtr((q - scores) / _bandwidth(scores)).mean()


def _bandwidth(scores: Samples) -> Scalar:
    """Width h of `Quantile`, at least the smallest normal number where all scores are equal."""
    variance = jnp.maximum(scores.var(), jnp.finfo(scores.dtype).tiny)
    return (4 / scores.size) ** (1 / 3) * jnp.sqrt(variance)


def _smooth_quantile(scores: Samples, level: float) -> Scalar:
    """Quantile of the smoothed distribution function by bisection."""
    reach = 9 * _bandwidth(scores)  # beyond it the distribution function is 0 or 1

    def bisect(_, ends):
        low, high = ends
        middle = (low + high) / 2
        below = _smooth_cdf(scores, middle) < level
        return jnp.where(below, middle, low), jnp.where(below, high, middle)

    ends = scores.min() - reach, scores.max() + reach
    low, high = jax.lax.fori_loop(0, _BISECTIONS, bisect, ends)
    return (low + high) / 2
