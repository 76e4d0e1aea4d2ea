"""The robust optimum beside the nominal one, both judged on fresh random devices."""

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
from .evaluation import USUAL, Evaluation, evaluate, gain
from .measures import AbstractMeasure
from .objective import UnderTolerances
from .tolerances import Tolerances


class Candidate(NamedTuple):
    """A design: how it was found, what its devices deliver, which tolerance costs how much."""

    optimum: Optimum
    evaluation: Evaluation
    budget: Budget


class RobustDesign(eqx.Module):
    """Two designs and how they bear the same tolerances; prints as a table.

    The measure "as searched" is of the few devices that the search has fitted its design to. By
    how much it is above that of fresh devices tells whether they were enough: raise `samples`
    where it matters.

    Attributes:
        measure: what the robust search has maximised.
        nominal: the best design if every device were exactly as designed.
        robust: the design whose devices are best by the measure.
        gain: of the measure, from the nominal to the robust design, on the same fresh devices.
    """

    measure: AbstractMeasure
    nominal: Candidate
    robust: Candidate
    gain: Estimate

    def __str__(self) -> str:
        label = self.measure.label(self.nominal.evaluation.objective)
        better = [(f"gain in {label}", "", self.gain, "")]
        title = f"{self.robust.evaluation.values.size} devices of each of two designs"
        head = ("", "nominal optimum", "robust optimum", "unit")
        return table(title, [_fields(self), _values(self), _delivered(self), better], head)


def _fields(found: RobustDesign) -> list[tuple]:
    both = (found.nominal.optimum, found.robust.optimum)
    names = sorted({*both[0].box.names, *found.nominal.budget.tolerances.names})
    rows = [(n, *(getattr(o.design, n) for o in both), PARAMETERS[n].unit) for n in names]
    return [*rows, ("search", *(o.status.name.lower() for o in both), "")]


def _values(found: RobustDesign) -> list[tuple]:
    """Of the objective without deviations, of the measure as the search has seen it."""
    objective = found.nominal.evaluation.objective
    both = (found.nominal.evaluation.value, found.robust.evaluation.value)
    searched = (
        f"{found.measure.label(objective)}, as searched",
        "",
        found.robust.optimum.value,
        "",
    )
    return [(f"{objective} as designed", *both, ""), searched]


def _delivered(found: RobustDesign) -> list[tuple]:
    both = (found.nominal.evaluation, found.robust.evaluation)
    measures = {m.label(both[0].objective): m for m in (found.measure, *USUAL)}
    rows = [(name, *(e.estimate(m) for e in both), "") for name, m in measures.items()]
    return [*rows, ("without a steady state", *(e.unstable for e in both), "")]


def robust_design(
    measure: AbstractMeasure,
    objective: Any,
    resonator: SpinningResonator,
    box: Box,
    tolerances: Tolerances,
    *,
    samples: int = 256,
    fresh: int = 2**17,
    seed: int = 0,
    **search: Any,
) -> RobustDesign:
    """Search a box for the best design and for the one that bears tolerances best.

    Args:
        measure: `Mean`, `WorstCase`, `Quantile` or `YieldAbove`.
        objective: of a single device.
        resonator: gives all fields that the box does not free.
        box: which fields are free, and their bounds: of the nominal values.
        tolerances: which fields deviate, and how.
        samples: devices that the robust search looks at for each design.
        fresh: random devices on which both designs are judged afterwards.
        seed: of the searches; that of the fresh devices is the next.
        search: further options of `optimize.maximize`, for both searches.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: the objective is not callable, or an option unknown.
        ValueError: as for `maximize`, `UnderTolerances` and `evaluate`.

    >>> import jax.numpy as jnp, jaxcom as jc
    >>> from optimize import Box, objectives
    >>> from optimize.robustness import Mean, Normal, Tolerances, robust_design
    >>> def slope_and_cliff(resonator):
    ...     x = resonator.spin / 1e4
    ...     return x - jnp.exp(20 * (x - 1))
    >>> objective = objectives.of(slope_and_cliff, name="f", directions=())
    >>> box, tolerances = Box(spin=(0.0, 2e4)), Tolerances(spin=Normal(500.0))
    >>> device, few = jc.SpinningResonator(), {"starts": 2, "steps": 50, "polish": 1}
    >>> print(robust_design(Mean(), objective, device, box, tolerances, **few))
    131072 devices of each of two designs
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
    under = UnderTolerances(measure, objective, tolerances, samples=samples, seed=seed)
    optima = [maximize(each, resonator, box, seed=seed, **search) for each in (objective, under)]
    nominal, robust = (
        Candidate(
            optimum,
            evaluate(objective, optimum.design, tolerances, samples=fresh, seed=seed + 1),
            budget(objective, optimum.design, tolerances),
        )
        for optimum in optima
    )
    return RobustDesign(
        measure, nominal, robust, gain(measure, robust.evaluation, nominal.evaluation)
    )
