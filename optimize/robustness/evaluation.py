"""Monte Carlo evaluation of a design under tolerances, with confidence intervals.

A device without a steady state counts as 0 in every measure and is never left out; the share of
such devices is reported as well.
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
from ..search.sampling import require_counts
from . import estimates
from .estimates import BATCHES, Estimate
from .measures import AbstractMeasure, Mean, Quantile, WorstCase
from .tolerances import Tolerances, random

FRESH_SAMPLES = 2**17
"""Default number of random devices on which a design is evaluated."""

STANDARD_MEASURES = (Mean(), Quantile(0.05), WorstCase())


class Evaluation(eqx.Module):
    """Values of an objective for random devices of one design; prints as a table.

    Attributes:
        objective: name of the objective.
        value: value of the nominal design.
        values: values of the devices, NaN without a steady state, shape (n,).
        seed: seed of the devices.
    """

    objective: str
    value: float
    values: Float[np.ndarray, " n"]
    seed: int

    @property
    def delivered(self) -> Float[np.ndarray, " n"]:
        """Values of the devices, 0 without a steady state."""
        return np.where(np.isnan(self.values), 0.0, self.values)

    @property
    def unstable(self) -> Estimate:
        """Share of devices without a steady state."""
        return estimates.share(np.isnan(self.values))

    def estimate(self, measure: AbstractMeasure) -> Estimate:
        """Measure of the delivered values, with its confidence interval."""
        return measure.estimate(self.delivered)

    def __str__(self) -> str:
        rows = [(m.label(self.objective), self.estimate(m)) for m in STANDARD_MEASURES]
        nominal = [(self.objective + " as designed", self.value)]
        title = f"{self.values.size} devices, with 95 % confidence intervals"
        return table(title, [nominal, rows, [("without a steady state", self.unstable)]])


def evaluate(
    objective: Any,
    design: SpinningResonator,
    tolerances: Tolerances,
    *,
    fresh_samples: int = FRESH_SAMPLES,
    seed: int = 1,
) -> Evaluation:
    """Evaluate an objective for many random devices of one design.

    Two designs evaluated with the same seed are given the same deviates, so that `gain` can compare
    them device by device.

    Args:
        objective: objective of a single device.
        design: nominal design.
        tolerances: tolerances of its fields.
        fresh_samples: number of random devices.
        seed: seed of NumPy's generator, which is independent of the Sobol points of a search.

    Returns:
        Evaluation with the values of all devices; prints as a table.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: `objective` is not callable.
        ValueError: `fresh_samples` is below 64.

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
    require_counts(minimum=BATCHES, fresh_samples=fresh_samples)
    deviates = random(tolerances, fresh_samples, seed)
    with_nominal = np.concatenate([np.zeros_like(deviates[:1]), deviates])
    values = values_at(objective, design, tolerances, with_nominal)
    return Evaluation(objective.name, float(values[0]), values[1:], seed)


def gain(new: Evaluation, old: Evaluation, measure: AbstractMeasure) -> Estimate:
    """Difference of a measure between two designs, on the same devices.

    The interval follows from the scatter of the differences of 64 batches of devices. A worst case
    is that of a batch.

    Args:
        new: evaluation of one design.
        old: evaluation of the design that it is compared with.
        measure: measure of the values.

    Returns:
        Measure of `new` minus that of `old`.

    Raises:
        ValueError: the evaluations differ in their seed or number of samples.
    """
    if (new.seed, new.values.size) != (old.seed, old.values.size):
        raise ValueError(
            "Arguments `new` and `old` must be evaluated on the same devices, but have seeds "
            f"{new.seed} and {old.seed}, {new.values.size} and {old.values.size} samples."
        )
    return estimates.over_batches(_by_batch(new, measure) - _by_batch(old, measure))


def values_at(
    objective: Any, design: SpinningResonator, tolerances: Tolerances, deviates: np.ndarray
) -> Float[np.ndarray, " n"]:
    """Values of the devices with the given deviates, shape (n,)."""
    # Numbers as arrays are arguments of the compiled program, so that designs share it.
    design = jax.tree.map(jnp.asarray, design)
    return np.asarray(_values_at(objective, design, tolerances, jnp.asarray(deviates)))


@eqx.filter_jit
def _values_at(objective, design, tolerances: Tolerances, deviates) -> Float[Array, " n"]:
    return jax.vmap(lambda row: objective(tolerances.perturbed(design, row)))(deviates)


def _by_batch(evaluation: Evaluation, measure: AbstractMeasure) -> Float[np.ndarray, " batches"]:
    size = evaluation.values.size // BATCHES
    batches = evaluation.delivered[: size * BATCHES].reshape(BATCHES, size)
    return np.asarray(jax.vmap(measure.value)(jnp.asarray(batches)))
