"""Which parameters of a resonator are known but to a tolerance, and samples of such devices."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.stats import qmc

from jaxcom.resonator import PARAMETERS, SpinningResonator, require_known_field

from .distributions import AbstractDistribution

EDGE = 2.0**-53  # nearest that a probability comes to 0 and 1, where a normal deviate is infinite

Deviates = Float[Array, "... d"] | Float[np.ndarray, "... d"]


class Tolerances(eqx.Module):
    """Independent deviations of any fields of a `SpinningResonator`; all others are exact.

    Raises:
        TypeError: a name that is no field (with a suggestion), or a tolerance that is none of
            `Normal`, `Uniform`, `Relative`.
        ValueError: no field at all.

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
        """The fields with a tolerance, in the order of the deviates: alphabetical."""
        return tuple(sorted(self.distributions))

    def deviates(self, probabilities: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
        """Standardized deviates at points of the unit cube: inverse distribution functions."""
        inside = np.clip(probabilities, EDGE, 1 - EDGE)
        columns = [self.distributions[n].deviate(inside[:, k]) for k, n in enumerate(self.names)]
        return np.stack(columns, axis=-1)

    def perturbed(self, resonator: SpinningResonator, deviates: Deviates) -> SpinningResonator:
        """The device that is built or set where `resonator` is meant.

        A value below the range of its field is put on the bound: a bath is not colder than T = 0,
        a drive not weaker than P = 0. Where the bound is not in the range itself (a mass of 0), the
        device is not valid, and has no steady state.

        Args:
            resonator: the nominal design, its fields numbers.
            deviates: of each field in standard deviations; leading axes make a batch.
        """
        values = {name: self._value(resonator, name, deviates) for name in self.names}
        return resonator.replace(**values)

    def _value(self, resonator: SpinningResonator, name: str, deviates: Deviates):
        nominal, least = getattr(resonator, name), PARAMETERS[name].least
        spread = self.distributions[name].spread(nominal)
        value = nominal + spread * deviates[..., self.names.index(name)]
        # Not a maximum: on the bound itself its derivative would be halved.
        return jnp.where(value >= least, value, least)


def quasi_random(tolerances: Tolerances, samples: int, seed: int) -> Float[np.ndarray, "n d"]:
    """Deviates at scrambled Sobol points: for searches, where few samples must do.

    >>> from optimize.robustness import Normal, Tolerances
    >>> deviates = quasi_random(Tolerances(spin=Normal(50.0), power=Normal(1e-4)), 256, seed=0)
    >>> print(deviates.shape, deviates.mean(axis=0).round(2), deviates.std(axis=0).round(2))
    (256, 2) [-0. -0.] [1.01 0.99]
    """
    sampler = qmc.Sobol(len(tolerances.names), rng=seed)
    return tolerances.deviates(sampler.random_base2((samples - 1).bit_length())[:samples])


def random(tolerances: Tolerances, samples: int, seed: int) -> Float[np.ndarray, "n d"]:
    """Deviates at independent random points: for judging, since their errors are known.

    >>> from optimize.robustness import Normal, Tolerances
    >>> random(Tolerances(spin=Normal(50.0)), 1000, seed=0).shape
    (1000, 1)
    """
    points = np.random.default_rng(seed).random((samples, len(tolerances.names)))
    return tolerances.deviates(points)


def require_samples(samples: int, least: int = 2) -> None:
    """Raise ValueError unless a number of samples is whole and large enough."""
    if samples != int(samples) or samples < least:
        raise ValueError(
            f"Argument `samples` must be a whole number from {least}, but is {samples}."
        )


def _require_distribution(name: str, given) -> None:
    require_known_field(name)
    if not isinstance(given, AbstractDistribution):
        raise TypeError(f"Argument `{name}` must be Normal, Uniform or Relative, but is {given!r}.")
