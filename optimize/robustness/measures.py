"""What counts of the many values that one design has under tolerances.

A measure has two faces, as an objective has. `of` is the number itself, `smooth` what a search
climbs: it has slopes where the number is a step or has kinks, and where all samples lie below what
counts. Its width is the one with the least mean square error of an estimated distribution function,
so there is nothing to tune.
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

_HALVINGS = 60  # of the range of the samples: to rounding


class AbstractMeasure(eqx.Module):
    """One number made of the values of many samples; larger is better."""

    @abc.abstractmethod
    def of(self, values: Samples) -> Scalar:
        """The number itself."""

    @abc.abstractmethod
    def smooth(self, scores: Samples, values: Samples) -> Scalar:
        """What a search climbs, from scores (unclipped) and values of the samples."""

    @abc.abstractmethod
    def estimate(self, values: Float[np.ndarray, " n"]) -> Estimate:
        """The number for all devices, from random samples of them."""

    @abc.abstractmethod
    def label(self, name: str) -> str:
        """What tables and figures call it, of an objective of that name."""


class Mean(AbstractMeasure):
    """The mean.

    Its score is that of the values; where no sample has any, the mean of their scores.

    >>> print(Mean().label("E_N"), Mean().of(jnp.array([0.0, 1.0, 5.0])))
    mean of E_N 2.0
    """

    def of(self, values: Samples) -> Scalar:
        """The mean."""
        return values.mean()

    def smooth(self, scores: Samples, values: Samples) -> Scalar:
        """The mean of the values if positive, else of the scores."""
        mean = values.mean()
        return jnp.where(mean > 0, mean, scores.mean())

    def estimate(self, values: Float[np.ndarray, " n"]) -> Estimate:
        """By the central limit theorem."""
        return estimates.mean(values)

    def label(self, name: str) -> str:
        """In words."""
        return f"mean of {name}"


class WorstCase(AbstractMeasure):
    """The least of all samples.

    Of a distribution without bounds it falls, slowly, with the number of samples; a quantile does
    not. No confidence interval of it has a lower end. Its maximum often lies where two samples are
    the least, on a kink: a search gets there, but reports that its polish has not converged.

    >>> print(WorstCase().label("E_N"), WorstCase().of(jnp.array([0.0, 1.0, 5.0])))
    least E_N 0.0
    """

    def of(self, values: Samples) -> Scalar:
        """The least."""
        return values.min()

    def smooth(self, scores: Samples, values: Samples) -> Scalar:
        """The least score: where positive, the least value."""
        return scores.min()

    def estimate(self, values: Float[np.ndarray, " n"]) -> Estimate:
        """No more than the least sample is known: there may be devices below it."""
        least = float(values.min())
        return Estimate(least, -float("inf"), least)

    def label(self, name: str) -> str:
        """In words."""
        return f"least {name}"


class Quantile(AbstractMeasure):
    """What all but a share of the devices reach.

    It is the order statistic at which the samples' distribution function reaches the level. Its
    score is the quantile of the smoothed one,

        F(q) = mean Phi((q - s_i) / h) = level,   h = (4 / n)^(1/3) sigma,

    with the normal distribution function Phi and the standard deviation sigma of the n scores s_i.
    Of all h this one has the least mean square error for normal scores (A. Azzalini, Biometrika 68,
    326 (1981)). It makes the distribution wider by a factor of sqrt(1 + h^2 / sigma^2), 1.03 for
    256 samples.

    Attributes:
        level: the share of the devices that may fall below, between 0 and 1.

    Raises:
        ValueError: the level is not between 0 and 1.

    >>> print(Quantile(0.25).label("E_N"), Quantile(0.25).of(jnp.arange(1.0, 9.0)))
    25 % quantile of E_N 2.0
    """

    level: float = eqx.field(static=True)

    def __check_init__(self):
        if not 0 < self.level < 1:
            raise ValueError(
                f"Argument `level` must be above 0 and below 1, but is {self.level:g}."
            )

    def of(self, values: Samples) -> Scalar:
        """The order statistic."""
        return jnp.sort(values)[estimates.rank(values.size, self.level)]

    def smooth(self, scores: Samples, values: Samples) -> Scalar:
        """Where the smoothed distribution function reaches the level."""
        fixed = jax.lax.stop_gradient(scores)
        place = _smooth_quantile(fixed, self.level)
        # One step of Newton's method, of which the derivative is that of the implicit function.
        slope = jax.grad(_below, argnums=1)(fixed, place)
        return place - (_below(scores, place) - self.level) / slope

    def estimate(self, values: Float[np.ndarray, " n"]) -> Estimate:
        """Between two order statistics."""
        return estimates.quantile(values, self.level)

    def label(self, name: str) -> str:
        """In words."""
        return f"{100 * self.level:g} % quantile of {name}"


class YieldAbove(AbstractMeasure):
    """The share of the devices whose value is above a threshold.

    Its score is that share by the smoothed distribution function of `Quantile`; where no sample is
    above the threshold, it is how far their mean score is below.

    Attributes:
        threshold: what a device must exceed.

    Raises:
        ValueError: the threshold is not finite or negative.

    >>> print(YieldAbove(0.1).label("E_N"), YieldAbove(0.1).of(jnp.array([0.0, 0.1, 0.2, 0.3])))
    P(E_N > 0.1) 0.5
    """

    threshold: float

    def __check_init__(self):
        if not 0 <= self.threshold < float("inf"):
            raise ValueError(
                f"Argument `threshold` must be finite and at least 0, but is {self.threshold:g}."
            )

    def of(self, values: Samples) -> Scalar:
        """The share."""
        return (values > self.threshold).astype(float).mean()  # of truths JAX takes float32

    def smooth(self, scores: Samples, values: Samples) -> Scalar:
        """The share by the smoothed distribution, or what the mean score lacks, as a negative."""
        some = (scores > self.threshold).any()
        return jnp.where(some, 1 - _below(scores, self.threshold), scores.mean() - self.threshold)

    def estimate(self, values: Float[np.ndarray, " n"]) -> Estimate:
        """By the binomial distribution."""
        return estimates.share(np.asarray(values > self.threshold))

    def label(self, name: str) -> str:
        """In words."""
        return f"P({name} > {self.threshold:g})"


def _below(scores: Samples, place: Scalar | float) -> Scalar:
    """The smoothed distribution function."""
    return ndtr((place - scores) / _width(scores)).mean()


def _width(scores: Samples) -> Scalar:
    """The h of `Quantile`; no less than the least of numbers where all scores are equal."""
    variance = jnp.maximum(scores.var(), jnp.finfo(scores.dtype).tiny)
    return (4 / scores.size) ** (1 / 3) * jnp.sqrt(variance)


def _smooth_quantile(scores: Samples, level: float) -> Scalar:
    """By halving, from so far outside that all of the smoothed distribution is between."""
    reach = 9 * _width(scores)

    def halve(_, ends):
        low, high = ends
        middle = (low + high) / 2
        short = _below(scores, middle) < level
        return jnp.where(short, middle, low), jnp.where(short, high, middle)

    ends = scores.min() - reach, scores.max() + reach
    low, high = jax.lax.fori_loop(0, _HALVINGS, halve, ends)
    return (low + high) / 2
