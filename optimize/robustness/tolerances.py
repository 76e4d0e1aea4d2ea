"""Tolerances of the fields of a resonator, and samples of devices within them."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxcom.resonator import PARAMETERS, SpinningResonator, require_known_field

from ..search.sampling import sobol_points
from .distributions import AbstractDistribution

EDGE = 2.0**-53  # least distance of probabilities from 0 and 1, where normal deviates are infinite

Deviates = Float[Array, "... d"] | Float[np.ndarray, "... d"]


class Tolerances(eqx.Module):
    """Independent deviations of any fields of a `SpinningResonator`; all other fields are exact.

    Args:
        **distributions: distribution of each field's deviation: `Normal`, `Uniform` or `Relative`.

    Raises:
        TypeError: a name is no field (a similar one is suggested), or a value is no distribution.
        ValueError: no field is given.

    >>> import jaxcom as jc
    >>> from optimize.robustness import Normal, Relative, Tolerances, Uniform
    >>> tolerances = Tolerances(power=Relative(Normal(0.02)), temperature=Uniform(0.2))
    >>> device = tolerances.perturbed(jc.SpinningResonator(), jnp.array([1.0, -1.5]))
    >>> print(f"{device.power:.4f} W, {device.temperature:.4f} K")
    0.0204 W, 0.0000 K
    """

    distributions: dict[str, AbstractDistribution]

    def __init__(self, **distributions: AbstractDistribution):
        if not distributions:
            raise ValueError(
                "Argument `Tolerances(...)` must give at least one field a tolerance, but gives "
                "none."
            )
        for name, given in distributions.items():
            _require_distribution(name, given)
        self.distributions = distributions

    @property
    def names(self) -> tuple[str, ...]:
        """Fields with a tolerance, in the order of the deviates: alphabetical."""
        return tuple(sorted(self.distributions))

    def deviates(self, probabilities: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        """Standardized deviates at points of the unit cube, by inverse distribution functions."""
        inside = np.clip(probabilities, EDGE, 1 - EDGE)
        columns = [self.distributions[n].deviate(inside[:, k]) for k, n in enumerate(self.names)]
        return np.stack(columns, axis=-1)

    def perturbed(self, resonator: SpinningResonator, deviates: Deviates) -> SpinningResonator:
        """Device with the given deviates from a nominal design.

        A value below the range of its field is put on the bound: a temperature is not below 0, nor
        a power. Where the bound itself is excluded (a mass of 0), the device has no steady state.

        Args:
            resonator: nominal design, its fields numbers.
            deviates: deviate of each field in standard deviations, shape (..., d); leading axes
                make a batch.
        """
        values = {name: self._value(resonator, name, deviates) for name in self.names}
        return resonator.replace(**values)

    def _value(self, resonator: SpinningResonator, name: str, deviates: Deviates):
        nominal, least = getattr(resonator, name), PARAMETERS[name].least
        spread = self.distributions[name].spread(nominal)
        value = nominal + spread * deviates[..., self.names.index(name)]
        # `maximum` would halve the derivative on the bound itself.
        return jnp.where(value >= least, value, least)


def quasi_random(tolerances: Tolerances, samples: int, seed: int) -> Float[np.ndarray, "n d"]:
    """Deviates at scrambled Sobol points, for searches that afford few samples.

    >>> from optimize.robustness import Normal, Tolerances
    >>> deviates = quasi_random(Tolerances(spin=Normal(50.0), power=Normal(1e-4)), 256, seed=0)
    >>> print(deviates.shape, deviates.mean(axis=0).round(2), deviates.std(axis=0).round(2))
    (256, 2) [-0. -0.] [1.01 0.99]
    """
    return tolerances.deviates(sobol_points(len(tolerances.names), samples, seed))


def random(tolerances: Tolerances, samples: int, seed: int) -> Float[np.ndarray, "n d"]:
    """Deviates at independent random points, for estimates with confidence intervals.

    >>> from optimize.robustness import Normal, Tolerances
    >>> random(Tolerances(spin=Normal(50.0)), 1000, seed=0).shape
    (1000, 1)
    """
    points = np.random.default_rng(seed).random((samples, len(tolerances.names)))
    return tolerances.deviates(points)


def _require_distribution(name: str, given) -> None:
    require_known_field(name)
    if not isinstance(given, AbstractDistribution):
        raise TypeError(f"Argument `{name}` must be Normal, Uniform or Relative, but is {given!r}.")
