"""How a parameter strays from its nominal value: distributions with mean 0."""

import abc

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.special import ndtri

Real = float | Float[Array, "..."]


class AbstractDistribution(eqx.Module):
    """A deviation from the nominal value, its mean 0: a spread times a standardized deviate."""

    @property
    @abc.abstractmethod
    def kurtosis(self) -> float:
        """The fourth moment over the variance squared."""

    @abc.abstractmethod
    def spread(self, nominal: Real) -> Real:
        """The standard deviation about a nominal value, in the unit of the value."""

    @abc.abstractmethod
    def deviate(self, probability: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """The inverse of the distribution function, in standard deviations."""

    @abc.abstractmethod
    def __str__(self) -> str:
        """The tolerance in words."""


class Normal(AbstractDistribution):
    """A normal deviation, in SI units of its field.

    Attributes:
        sigma: its standard deviation.

    Raises:
        ValueError: it is not finite and above 0.

    >>> print(Normal(0.02), Normal(0.02).deviate(np.array([0.5, 0.975])).round(2))
    normal, sigma 0.02 [0.   1.96]
    """

    sigma: float

    def __check_init__(self):
        _require_width("sigma", self.sigma)

    @property
    def kurtosis(self) -> float:
        """That of the normal distribution."""
        return 3.0

    def spread(self, nominal: Real) -> Real:
        """The same everywhere."""
        return self.sigma

    def deviate(self, probability: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """The normal quantile."""
        return ndtri(probability)

    def __str__(self) -> str:
        return f"normal, sigma {self.sigma:g}"


class Uniform(AbstractDistribution):
    """A deviation anywhere within bounds, all alike, in SI units of its field.

    Attributes:
        half_width: the largest deviation to either side; sqrt(3) standard deviations.

    Raises:
        ValueError: it is not finite and above 0.

    >>> print(Uniform(0.02), Uniform(0.02).deviate(np.array([0.5, 1.0])).round(2))
    uniform, +- 0.02 [0.   1.73]
    """

    half_width: float

    def __check_init__(self):
        _require_width("half_width", self.half_width)

    @property
    def kurtosis(self) -> float:
        """That of the uniform distribution."""
        return 9 / 5

    def spread(self, nominal: Real) -> Real:
        """The same everywhere."""
        return self.half_width / 3**0.5

    def deviate(self, probability: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """A straight line."""
        return 3**0.5 * (2 * probability - 1)

    def __str__(self) -> str:
        return f"uniform, +- {self.half_width:g}"


class Relative(AbstractDistribution):
    """A deviation in proportion to the nominal value.

    Attributes:
        share: its distribution, for a nominal value of 1.

    Raises:
        TypeError: the share is neither `Normal` nor `Uniform`.

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
        """That of the share."""
        return self.share.kurtosis

    def spread(self, nominal: Real) -> Real:
        """In proportion to the size of the nominal value."""
        return self.share.spread(1.0) * jnp.abs(nominal)

    def deviate(self, probability: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """That of the share."""
        return self.share.deviate(probability)

    def __str__(self) -> str:
        return f"{self.share} of the value"


def _require_width(name: str, width: float) -> None:
    if not 0 < width < float("inf"):
        raise ValueError(f"Argument `{name}` must be finite and above 0, but is {width:g}.")
