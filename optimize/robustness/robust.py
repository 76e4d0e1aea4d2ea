"""Robust optimum and nominal optimum, compared on the same fresh random devices."""

from typing import Any, NamedTuple

import equinox as eqx

from jaxcom.resonator import PARAMETERS, SpinningResonator
from jaxcom.support.tables import table

from ..box import Box
from ..maximize import maximize
from ..objectives import as_objective
from ..results.optimum import Optimum
from .budget import Budget, budget
from .estimates import Estimate
from .evaluation import FRESH_SAMPLES, STANDARD_MEASURES, Evaluation, evaluate, gain
from .measures import AbstractMeasure
from .objective import SAMPLES, UnderTolerances
from .tolerances import Tolerances


class Candidate(NamedTuple):
    """Design with its search, its evaluation on random devices and its sensitivity budget."""

    optimum: Optimum
    evaluation: Evaluation
    budget: Budget


class RobustDesign(eqx.Module):
    """Nominal and robust optimum under the same tolerances; prints as a table.

    The measure "as searched" is that of the samples to which the search has fitted its design. If
    it is well above the measure of fresh devices, there were too few: raise `samples`.

    Attributes:
        measure: measure that the robust search maximizes.
        nominal: best design if every device is exactly as designed.
        robust: design whose devices are best by the measure.
        gain: measure of the robust design minus that of the nominal one, on the same fresh devices.
    """

    measure: AbstractMeasure
    nominal: Candidate
    robust: Candidate
    gain: Estimate

    def __str__(self) -> str:
        label = self.measure.label(self.nominal.evaluation.objective)
        better = [(f"gain in {label}", "", self.gain)]
        title = f"Nominal and robust design on {self.robust.evaluation.values.size} devices each"
        head = ("", "nominal optimum", "robust optimum", "unit")
        return table(title, [_fields(self), _values(self), _measures(self), better], head)


def _fields(found: RobustDesign) -> list[tuple]:
    both = (found.nominal.optimum, found.robust.optimum)
    names = sorted({*both[0].box.names, *found.nominal.budget.tolerances.names})
    rows: list[tuple] = [
        (n, *(getattr(o.design, n) for o in both), PARAMETERS[n].unit) for n in names
    ]
    return [*rows, ("search", *(o.status.name.lower() for o in both))]


def _values(found: RobustDesign) -> list[tuple]:
    """Rows of the objective without deviations, and of the measure as searched."""
    objective = found.nominal.evaluation.objective
    both = (found.nominal.evaluation.value, found.robust.evaluation.value)
    searched = f"{found.measure.label(objective)}, as searched"
    return [(f"{objective} as designed", *both), (searched, "", found.robust.optimum.value)]


def _measures(found: RobustDesign) -> list[tuple]:
    """Rows of the measures of fresh devices."""
    both = (found.nominal.evaluation, found.robust.evaluation)
    measures = {m.label(both[0].objective): m for m in (found.measure, *STANDARD_MEASURES)}
    rows = [(name, *(e.estimate(m) for e in both)) for name, m in measures.items()]
    return [*rows, ("without a steady state", *(e.unstable for e in both))]


def robust_design(
    objective: Any,
    resonator: SpinningResonator,
    box: Box,
    tolerances: Tolerances,
    measure: AbstractMeasure,
    *,
    samples: int = SAMPLES,
    fresh_samples: int = FRESH_SAMPLES,
    seed: int = 0,
    **search: Any,
) -> RobustDesign:
    """Search a box for the nominal optimum and for the optimum under tolerances.

    Args:
        objective: objective of a single device.
        resonator: gives all fields that the box does not free.
        box: free fields and the bounds of their nominal values.
        tolerances: tolerances of the fields.
        measure: `Mean`, `WorstCase`, `Quantile` or `YieldAbove`.
        samples: number of devices that the robust search evaluates for each design.
        fresh_samples: number of random devices on which both designs are compared afterwards.
        seed: seed of the searches; `seed + 1` is that of the fresh devices.
        **search: further options of `optimize.maximize`, for both searches.

    Returns:
        Both designs with their evaluations and budgets; prints as a table.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: `objective` is not callable, or an option of the search is unknown.
        ValueError: `samples` is below 2, `fresh_samples` is below 64, or an option of the search is
            out of range (see `optimize.maximize`).

    >>> import jax.numpy as jnp, jaxcom as jc
    >>> from optimize import Box, objectives
    >>> from optimize.robustness import Mean, Normal, Tolerances, robust_design
    >>> def slope_and_cliff(resonator):
    ...     x = resonator.spin / 1e4
    ...     return x - jnp.exp(20 * (x - 1))
    >>> objective = objectives.FromFunction(slope_and_cliff, name="f", directions=())
    >>> box, tolerances = Box(spin=(0.0, 2e4)), Tolerances(spin=Normal(500.0))
    >>> device, few = jc.SpinningResonator(), {"starts": 2, "steps": 50, "polish": 1}
    >>> print(robust_design(objective, device, box, tolerances, Mean(), **few))
    Nominal and robust design on 131072 devices each
    ----------------------------------------------------------------------------------------------
                            nominal optimum               robust optimum                     unit
    ----------------------------------------------------------------------------------------------
    spin                    8502.13                       8255.36                            rad/s
    search                  converged                     converged
    ----------------------------------------------------------------------------------------------
    f as designed           0.800213                      0.795013
    mean of f, as searched                                0.775...
    ----------------------------------------------------------------------------------------------
    mean of f               0.76792 (0.76751 .. 0.76832)  0.77532 (0.7751 .. 0.77555)
    5 % quantile of f       0.67365 (0.67159 .. 0.67578)  0.71918 (0.71838 .. 0.71989)
    least f                 -2.5641 (-inf .. -2.5641)     -1.1753 (-inf .. -1.1753)
    without a steady state  0 (0 .. 2.8144e-05)           0 (0 .. 2.8144e-05)
    ----------------------------------------------------------------------------------------------
    gain in mean of f                                     0.0074084 (0.007183 .. 0.0076337)
    ----------------------------------------------------------------------------------------------
    """
    objective = as_objective(objective)
    under = UnderTolerances(objective, tolerances, measure, samples=samples, seed=seed)
    optima = [maximize(each, resonator, box, seed=seed, **search) for each in (objective, under)]
    fresh = {"fresh_samples": fresh_samples, "seed": seed + 1}
    nominal, robust = (
        Candidate(
            optimum,
            evaluate(objective, optimum.design, tolerances, **fresh),
            budget(objective, optimum.design, tolerances),
        )
        for optimum in optima
    )
    better = gain(robust.evaluation, nominal.evaluation, measure)
    return RobustDesign(measure, nominal, robust, better)
