"""Objective under tolerances: a measure of an objective over the devices of one design."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from jaxcom.direction import Direction
from jaxcom.resonator import SpinningResonator

from ..margins import Rows, excess_of_squares
from ..objectives import AbstractObjective, as_objective
from ..objectives.base import without_hinges
from ..operating_point import LowestBranch, OperatingPoint
from ..search.sampling import require_counts
from .measures import AbstractMeasure
from .tolerances import Tolerances, quasi_random

SAMPLES = 256
"""Default number of devices on which a design is optimized; a power of two is the most even."""

Scalar = Float[Array, ""]


class UnderTolerances(AbstractObjective):
    """Measure of an objective over the devices that tolerances make of one design.

    All designs are evaluated with the same Sobol deviates (common random numbers), so that the
    objective is a deterministic function with exact slopes. All devices must be stable: the
    objective is NaN where one is not, and the search uses the margins of the least stable one.

    Args:
        objective: objective of a single device.
        tolerances: tolerances of its fields.
        measure: `Mean`, `WorstCase`, `Quantile` or `YieldAbove`.
        samples: number of devices; a power of two covers the tolerances most evenly.
        seed: seed of the Sobol points.

    Raises:
        TypeError: `objective` is not callable.
        ValueError: `samples` is below 2.

    >>> import jaxcom as jc
    >>> from optimize import objectives
    >>> from optimize.robustness import Mean, Normal, Relative, Tolerances, UnderTolerances
    >>> tolerances = Tolerances(detuning=Relative(Normal(0.05)), power=Relative(Normal(0.02)))
    >>> robust = UnderTolerances(objectives.OneWay(jc.LEFT), tolerances, Mean())
    >>> design = jc.SpinningResonator(detuning=19e6)
    >>> print(robust.name, f"{robust(design):.4f} of {robust.objective(design):.4f}")
    mean of E_N(left) 0.1469 of 0.1476
    """

    objective: AbstractObjective
    tolerances: Tolerances
    measure: AbstractMeasure
    deviates: Float[Array, "n d"]
    name: str = eqx.field(static=True)
    directions: tuple[Direction, ...] = eqx.field(static=True)

    def __init__(
        self,
        objective: Any,
        tolerances: Tolerances,
        measure: AbstractMeasure,
        *,
        samples: int = SAMPLES,
        seed: int = 0,
    ):
        require_counts(minimum=2, samples=samples)
        objective = as_objective(objective)
        self.objective, self.tolerances, self.measure = objective, tolerances, measure
        self.deviates = jnp.asarray(quasi_random(tolerances, samples, seed))
        self.name, self.directions = measure.label(objective.name), objective.directions

    def value_at(self, point: OperatingPoint) -> Scalar:
        """Measure of the values; NaN where a device is unstable."""
        return _nan_if_missing(self.measure.value, self._of_all(self.objective.value_at, point))

    def terms_at(self, point: OperatingPoint) -> tuple[Scalar, Float[Array, "h ..."]]:
        """Smooth measure that a search climbs."""
        scores = self._of_all(self.objective.score_at, point)
        values = self._of_all(self.objective.value_at, point)
        return without_hinges(_nan_if_missing(self.measure.smooth, scores, values))

    def margins_at(self, point: OperatingPoint) -> Float[Array, " m"]:
        """Smallest of each stability margin over all devices."""
        return self._of_all(self.objective.margins_at, point).min(axis=0)

    def stability_rows_at(self, point: OperatingPoint, least: Scalar) -> Rows:
        """Excess of the smallest margins; of their squares, since each has a mean field."""
        excess = excess_of_squares(self.margins_at(point), least)
        return Rows(excess, jnp.ones_like(excess))

    def keeps_at(self, point: OperatingPoint, margin: Scalar) -> Bool[Array, ""]:
        """Whether all devices keep a margin."""
        return self._of_all(lambda device: self.objective.keeps_at(device, margin), point).all()

    @property
    def mean_fields(self) -> tuple[Direction, ...]:
        """None: every device has mean fields of its own."""
        return ()

    def verified(self, resonator: SpinningResonator) -> float:
        """Measure of the objective's verified values of the same devices."""
        devices = jax.vmap(self.tolerances.perturbed, (None, 0))(resonator, self.deviates)
        values = [self.objective.verified(_device(devices, k)) for k in range(len(self.deviates))]
        return float(_nan_if_missing(self.measure.value, jnp.asarray(values)))

    def _of_all(
        self, function: Callable[[LowestBranch], Any], point: OperatingPoint
    ) -> Float[Array, "n ..."]:
        """Values of a function of an operating point for all devices, on their lowest branches."""

        def of_device(deviates):
            return function(LowestBranch(self.tolerances.perturbed(point.resonator, deviates)))

        return jax.vmap(of_device)(self.deviates)


def _device(devices: SpinningResonator, k: int) -> SpinningResonator:
    """Device k of a batch, its fields floats."""
    return jax.tree.map(lambda field: float(field[k]), devices)


def _nan_if_missing(aggregate: Callable[..., Scalar], *samples: Float[Array, " n"]) -> Scalar:
    """Aggregate of samples; NaN, derivatives included, if one is NaN, which sorting would hide."""
    missing = jnp.isnan(jnp.stack(samples)).any()
    return aggregate(*samples) * jnp.where(missing, jnp.nan, 1.0)
