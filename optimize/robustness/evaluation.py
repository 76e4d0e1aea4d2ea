"""A design under tolerances, judged on fresh random devices: numbers with confidence intervals.

A device without a steady state delivers nothing: it counts as 0 in every number here, and its
share is told beside them. It is never left out.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxcom.resonator import SpinningResonator
from jaxcom.support.tables import table
from jaxcom.xla.precision import require_x64

from ..objectives import as_objective
from . import estimates
from .estimates import BATCHES, Estimate
from .measures import AbstractMeasure, Mean, Quantile, WorstCase
from .tolerances import Tolerances, random, require_samples

USUAL = (Mean(), Quantile(0.05), WorstCase())


class Evaluation(eqx.Module):
    """What devices built to a design deliver; prints as a table.

    Attributes:
        objective: its name.
        value: of the nominal design.
        values: of the devices; NaN for those without a steady state.
        seed: of the devices.
    """

    objective: str
    value: float
    values: Float[np.ndarray, " n"]
    seed: int

    @property
    def delivered(self) -> Float[np.ndarray, " n"]:
        """The values, 0 for devices without a steady state."""
        return np.where(np.isnan(self.values), 0.0, self.values)

    @property
    def unstable(self) -> Estimate:
        """The share of devices without a steady state."""
        return estimates.share(np.isnan(self.values))

    def estimate(self, measure: AbstractMeasure) -> Estimate:
        """A measure of what is delivered."""
        return measure.estimate(self.delivered)

    def __str__(self) -> str:
        rows = [(m.label(self.objective), self.estimate(m)) for m in USUAL]
        stable = [(self.objective + " as designed", self.value)]
        title = f"{self.values.size} devices, with 95 % confidence intervals"
        return table(title, [stable, rows, [("without a steady state", self.unstable)]])


def evaluate(
    objective: Any,
    design: SpinningResonator,
    tolerances: Tolerances,
    *,
    samples: int = 2**17,
    seed: int = 1,
) -> Evaluation:
    """Build many random devices to a design and evaluate each.

    Two designs evaluated with the same seed meet the same deviates, so that `gain` can compare
    them device by device.

    Args:
        objective: of a single device.
        design: the nominal design.
        tolerances: which fields deviate, and how.
        samples: number of devices.
        seed: of NumPy's generator, which shares nothing with the Sobol points of a search.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: the objective is not callable.
        ValueError: fewer than 64 samples.

    >>> import jaxcom as jc
    >>> from optimize.robustness import Normal, Tolerances, evaluate
    >>> def parabola(resonator):
    ...     return 1 - (resonator.spin / 1e4) ** 2
    >>> print(evaluate(parabola, jc.SpinningResonator(spin=0.0), Tolerances(spin=Normal(1e3))))
    131072 devices, with 95 % confidence intervals
    ------------------------------------------------------
    parabola as designed      1
    ------------------------------------------------------
    mean of parabola          0.99002 (0.98994 .. 0.9901)
    5 % quantile of parabola  0.96172 (0.96131 .. 0.96213)
    least parabola            0.76906 (-inf .. 0.76906)
    ------------------------------------------------------
    without a steady state    0 (0 .. 2.8144e-05)
    ------------------------------------------------------
    """
    require_x64("optimize.robustness.evaluate")
    objective = as_objective(objective)
    require_samples(samples, least=BATCHES)
    deviates = random(tolerances, samples, seed)
    with_nominal = np.concatenate([np.zeros_like(deviates[:1]), deviates])
    values = values_at(objective, design, tolerances, with_nominal)
    return Evaluation(objective.name, float(values[0]), values[1:], seed)


def gain(measure: AbstractMeasure, new: Evaluation, old: Evaluation) -> Estimate:
    """By how much a measure is larger for one design than for another, on the same devices.

    Each of 64 batches of devices gives a difference; their scatter gives the interval. A worst case
    is that of a batch.

    Raises:
        ValueError: the evaluations are not of the same seed and number of samples.
    """
    if (new.seed, new.values.size) != (old.seed, old.values.size):
        raise ValueError(
            "Arguments `new` and `old` must be evaluated on the same devices, but have seeds "
            f"{new.seed} and {old.seed}, {new.values.size} and {old.values.size} samples."
        )
    return estimates.over_batches(_by_batch(measure, new) - _by_batch(measure, old))


def values_at(
    objective: Any, design: SpinningResonator, tolerances: Tolerances, deviates: np.ndarray
) -> Float[np.ndarray, " n"]:
    """The values of devices with the deviates given."""
    # As arrays, numbers are arguments of what is compiled, so that designs share the program.
    design = jax.tree.map(jnp.asarray, design)
    return np.asarray(_values_at(objective, design, tolerances, jnp.asarray(deviates)))


@eqx.filter_jit
def _values_at(objective, design, tolerances: Tolerances, deviates) -> Float[Array, " n"]:
    return jax.vmap(lambda row: objective(tolerances.perturbed(design, row)))(deviates)


def _by_batch(measure: AbstractMeasure, evaluation: Evaluation) -> Float[np.ndarray, " batches"]:
    size = evaluation.values.size // BATCHES
    batches = evaluation.delivered[: size * BATCHES].reshape(BATCHES, size)
    return np.asarray(jax.vmap(measure.of)(jnp.asarray(batches)))
