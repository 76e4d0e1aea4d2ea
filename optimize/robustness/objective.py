"""An objective under tolerances: itself an objective, so that every search serves it."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxcom.direction import Direction
from jaxcom.resonator import SpinningResonator

from ..objectives import AbstractObjective, as_objective
from .measures import AbstractMeasure
from .tolerances import Tolerances, quasi_random, require_samples

Scalar = Float[Array, ""]


class UnderTolerances(AbstractObjective):
    """A measure of an objective over the devices that tolerances make of one design.

    The devices are the same few hundred Sobol deviates for every design (common random numbers), so
    that the objective is a function, with exact slopes. All of them must be stable: it is NaN
    where one is not, and the search keeps up the margins of the least stable one.

    Args:
        measure: `Mean`, `WorstCase`, `Quantile` or `YieldAbove`.
        objective: of a single device.
        tolerances: which fields deviate, and how.
        samples: number of devices; a power of two covers the tolerances most evenly.
        seed: of the Sobol points.

    Raises:
        TypeError: the objective is not callable.
        ValueError: a number of samples below 2.

    >>> import jaxcom as jc
    >>> from optimize import objectives
    >>> from optimize.robustness import Mean, Normal, Relative, Tolerances, UnderTolerances
    >>> tolerances = Tolerances(detuning=Relative(Normal(0.05)), power=Relative(Normal(0.02)))
    >>> robust = UnderTolerances(Mean(), objectives.one_way(jc.LEFT), tolerances)
    >>> design = jc.SpinningResonator(detuning=19e6)
    >>> print(robust.name, f"{robust(design):.4f} of {robust.objective(design):.4f}")
    mean of E_N(left) 0.1469 of 0.1476
    """

    measure: AbstractMeasure
    objective: AbstractObjective
    tolerances: Tolerances
    deviates: Float[Array, "n d"]
    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(
        self,
        measure: AbstractMeasure,
        objective: Any,
        tolerances: Tolerances,
        *,
        samples: int = 256,
        seed: int = 0,
    ):
        require_samples(samples)
        objective = as_objective(objective)
        self.measure, self.objective, self.tolerances = measure, objective, tolerances
        self.deviates = jnp.asarray(quasi_random(tolerances, samples, seed))
        self.name, self.directions = measure.label(objective.name), objective.directions

    def __call__(self, resonator: SpinningResonator) -> Scalar:
        """The measure of the values; NaN where a device is unstable."""
        return _or_nan(self.measure.of, self._of_all(self.objective, resonator))

    def score(self, resonator: SpinningResonator) -> Scalar:
        """What the search climbs: the smooth measure."""
        scores = self._of_all(self.objective.score, resonator)
        values = self._of_all(self.objective, resonator)
        return _or_nan(self.measure.smooth, scores, values)

    def margins(self, resonator: SpinningResonator) -> Float[Array, " m"]:
        """Each margin of the objective, of the device where it is least."""
        return self._of_all(self.objective.margins, resonator).min(axis=0)

    def keeps(self, resonator: SpinningResonator, margin: Scalar) -> Bool[Array, ""]:
        """Do all devices keep a margin?"""
        return self._of_all(lambda device: self.objective.keeps(device, margin), resonator).all()

    def verified(self, resonator: SpinningResonator) -> float:
        """The measure of the values of the same devices, as the objective verifies them."""
        devices = jax.vmap(self.tolerances.perturbed, (None, 0))(resonator, self.deviates)
        values = [self.objective.verified(_device(devices, k)) for k in range(len(self.deviates))]
        return float(_or_nan(self.measure.of, jnp.asarray(values)))

    def _of_all(self, function, resonator: SpinningResonator) -> Float[Array, "n ..."]:
        """A function of a resonator at all devices."""
        perturbed = self.tolerances.perturbed
        return jax.vmap(lambda deviates: function(perturbed(resonator, deviates)))(self.deviates)


def _device(devices: SpinningResonator, k: int) -> SpinningResonator:
    """One of a batch, its fields numbers."""
    return jax.tree.map(lambda field: float(field[k]), devices)


def _or_nan(aggregate, *samples: Float[Array, " n"]) -> Scalar:
    """The aggregate; NaN, with its derivatives, if a sample is: sorting would hide that."""
    missing = jnp.isnan(jnp.stack(samples)).any()
    return aggregate(*samples) * jnp.where(missing, jnp.nan, 1.0)
