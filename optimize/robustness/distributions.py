"""Distributions of the deviation of a field from its nominal value, all with mean 0."""

import abc

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.special import ndtri

Real = float | Float[Array, "..."]


class AbstractDistribution(eqx.Module):
    """Deviation with mean 0: standard deviation times a standardized deviate."""

    @property
    @abc.abstractmethod
    def kurtosis(self) -> float:
        """Fourth central moment over the squared variance."""

    @abc.abstractmethod
    def spread(self, nominal: Real) -> Real:
        """Standard deviation about a nominal value, in the unit of the value."""

    @abc.abstractmethod
    def deviate(self, probability: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Quantile of the distribution, in standard deviations."""

    @abc.abstractmethod
    def __str__(self) -> str:
        """The tolerance as text."""


class Normal(AbstractDistribution):
    """Normal distribution.

    Attributes:
        sigma: standard deviation, in SI units of the field.

    Raises:
        ValueError: `sigma` is not finite and above 0.

    >>> print(Normal(0.02), Normal(0.02).deviate(np.array([0.5, 0.975])).round(2))
    normal, sigma 0.02 [0.   1.96]
    """

    sigma: float

    def __check_init__(self):
        _require_width("sigma", self.sigma)

    @property
    def kurtosis(self) -> float:
        """Kurtosis of the normal distribution, 3."""
        return 3.0

    def spread(self, nominal: Real) -> Real:
        """Standard deviation, the same for all nominal values."""
        return self.sigma

    def deviate(self, probability: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Quantile of the standard normal distribution."""
        return ndtri(probability)

    def __str__(self) -> str:
        return f"normal, sigma {self.sigma:g}"


class Uniform(AbstractDistribution):
    """Uniform distribution between two bounds.

    Attributes:
        half_width: largest deviation to either side, sqrt(3) standard deviations, in SI units of
            the field.

    Raises:
        ValueError: `half_width` is not finite and above 0.

    >>> print(Uniform(0.02), Uniform(0.02).deviate(np.array([0.5, 1.0])).round(2))
    uniform, +- 0.02 [0.   1.73]
    """

    half_width: float

    def __check_init__(self):
        _require_width("half_width", self.half_width)

    @property
    def kurtosis(self) -> float:
        """Kurtosis of the uniform distribution, 9/5."""
        return 9 / 5

    def spread(self, nominal: Real) -> Real:
        """Standard deviation, the same for all nominal values."""
        return self.half_width / 3**0.5

    def deviate(self, probability: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Quantile of the uniform distribution of variance 1."""
        return 3**0.5 * (2 * probability - 1)

    def __str__(self) -> str:
        return f"uniform, +- {self.half_width:g}"


class Relative(AbstractDistribution):
    """Deviation proportional to the nominal value.

    Attributes:
        share: distribution of the relative deviation.

    Raises:
        TypeError: `share` is neither `Normal` nor `Uniform`.

    >>> two_percent = Relative(Normal(0.02))
    >>> print(two_percent, two_percent.spread(-50.0))
    normal, sigma 0.02 of the value 1.0
    """

    share: Normal | Uniform

    def __check_init__(self):
        if not isinstance(self.share, Normal | Uniform):
            raise TypeError(f"Argument `share` must be Normal or Uniform, but is {self.share!r}.")

    @property
    def kurtosis(self) -> float:
        """Kurtosis of the relative deviation."""
        return self.share.kurtosis

    def spread(self, nominal: Real) -> Real:
        """Standard deviation, proportional to the magnitude of the nominal value."""
        return self.share.spread(1.0) * jnp.abs(nominal)

    def deviate(self, probability: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Quantile of the relative deviation, in standard deviations."""
        return self.share.deviate(probability)

    def __str__(self) -> str:
        return f"{self.share} of the value"


def _require_width(name: str, width: float) -> None:
    if not 0 < width < float("inf"):
        raise ValueError(f"Argument `{name}` must be finite and above 0, but is {width:g}.")
