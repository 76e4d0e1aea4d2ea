"""Sensitivity budget: effect of the tolerance of each field on an objective."""

import itertools
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jaxcom.resonator import PARAMETERS, SpinningResonator
from jaxcom.support.tables import table
from jaxcom.xla.precision import require_x64

from ..objectives import as_objective
from ..search.sampling import require_counts
from .evaluation import values_at
from .tolerances import Tolerances, quasi_random

PAIRS = 3  # largest mixed curvatures shown in the table

_COLUMNS = (
    "sigma, 1st order", "2nd order", "sampled", "shift, 2nd order", "sampled", "unstable",
)  # fmt: skip


class SampledMoments(NamedTuple):
    """Moments of the objective over sampled devices; it is 0 where a device is unstable.

    Attributes:
        deviation: standard deviation.
        shift: difference between the mean and the nominal value.
        unstable: share of devices without a steady state.
    """

    deviation: Float[np.ndarray, "..."]
    shift: Float[np.ndarray, "..."]
    unstable: Float[np.ndarray, "..."]


class Budget(eqx.Module):
    r"""Effect of each tolerance on an objective, by Taylor series and by sampling.

    Let f(z) be the objective as a function of deviates z_i of mean 0, variance 1 and kurtosis k_i,
    and g and H its gradient and hessian at z = 0. To second order

    $$
    \langle f \rangle - f(0) = \tfrac{1}{2} \sum_i H_{ii}, \qquad
    \operatorname{var} f = \sum_i g_i^2 + \tfrac{1}{4} \sum_i (k_i - 1) H_{ii}^2
    + \sum_{i<j} H_{ij}^2,
    $$

    which is exact for a quadratic f. Where samples give something else, the tolerances are too wide
    for the series. A sampled device without a steady state counts as 0. Prints as a table.

    Attributes:
        objective: name of the objective.
        design: nominal design.
        tolerances: tolerances of its fields.
        value: f(0); NaN if the design is unstable.
        slopes: g, for each field with a tolerance in alphabetical order, shape (d,).
        curvatures: H, shape (d, d).
        alone: moments of samples in which only one field deviates, each of shape (d,).
        together: moments of samples in which all fields deviate.
    """

    objective: str
    design: SpinningResonator
    tolerances: Tolerances
    value: float
    slopes: Float[np.ndarray, " d"]
    curvatures: Float[np.ndarray, "d d"]
    alone: SampledMoments
    together: SampledMoments

    @property
    def shares(self) -> Float[np.ndarray, " d"]:
        """Share of each field in the first-order variance."""
        return self.slopes**2 / np.sum(self.slopes**2)

    @property
    def shifts(self) -> Float[np.ndarray, " d"]:
        """Second-order shift of the mean by each field; mixed derivatives contribute nothing."""
        return np.diag(self.curvatures) / 2

    @property
    def deviations(self) -> Float[np.ndarray, " d"]:
        """Second-order standard deviation due to each field alone."""
        kurtosis = [self.tolerances.distributions[n].kurtosis for n in self.tolerances.names]
        return np.sqrt(self.slopes**2 + (np.array(kurtosis) - 1) * self.shifts**2)

    @property
    def deviation(self) -> float:
        """Second-order standard deviation due to all fields."""
        mixed = np.triu(self.curvatures, 1)
        return float(np.sqrt(np.sum(self.deviations**2) + np.sum(mixed**2)))

    def __str__(self) -> str:
        head = ("", "nominal", "unit", "tolerance", "share", *_COLUMNS)
        names, blank = self.tolerances.names, ("",) * 4
        pairs = [
            (f"{names[i]} x {names[j]}", *blank, "", _short(abs(self.curvatures[i, j])))
            for i, j in self._largest_pairs()
        ]
        by_slopes = float(np.sqrt(np.sum(self.slopes**2)))
        every = _effects(by_slopes, self.deviation, self.shifts.sum(), self.together)
        rows = [self._row(k, name) for k, name in enumerate(names)]
        title = f"Sensitivity budget of {self.objective} = {self.value:.6g}"
        return table(title, [rows, pairs, [("all", *blank, *every)]], head)

    def _row(self, k: int, name: str) -> tuple[object, ...]:
        """Row of a field: nominal value, tolerance, and its effect alone."""
        tolerance = str(self.tolerances.distributions[name])
        nominal = (getattr(self.design, name), PARAMETERS[name].unit, tolerance)
        alone = SampledMoments(*(moment[k] for moment in self.alone))
        effects = _effects(abs(self.slopes[k]), self.deviations[k], self.shifts[k], alone)
        return (name, *nominal, f"{self.shares[k]:.1%}", *effects)

    def _largest_pairs(self) -> list[tuple[int, int]]:
        """Pairs of fields with the largest mixed curvatures."""
        pairs = itertools.combinations(range(len(self.slopes)), 2)
        return sorted(pairs, key=lambda pair: -abs(self.curvatures[pair]))[:PAIRS]


def budget(
    objective: Any,
    design: SpinningResonator,
    tolerances: Tolerances,
    *,
    samples: int = 512,
    seed: int = 0,
) -> Budget:
    """Sensitivity budget of a design, with exact derivatives.

    Args:
        objective: objective of a single device. Where its value is clipped (E_N = 0) it has no
            slope.
        design: nominal design.
        tolerances: tolerances of its fields.
        samples: number of Sobol points, each used with its opposite, for the sampled moments.
        seed: seed of these points.

    Returns:
        Budget with derivatives and sampled moments; prints as a table.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: `objective` is not callable.
        ValueError: `samples` is below 2.

    >>> import jaxcom as jc
    >>> from optimize.robustness import Normal, Tolerances, Uniform, budget
    >>> def hill(resonator):
    ...     return 1 - (resonator.spin / 1e4) ** 2 - resonator.power
    >>> tolerances = Tolerances(spin=Normal(1e3), power=Uniform(1e-3))
    >>> found = budget(hill, jc.SpinningResonator(spin=5e3), tolerances)
    >>> print(found.shares.round(4), found.shifts.round(4))
    [0. 1.] [ 0.   -0.01]
    """
    require_x64("optimize.robustness.budget")
    require_counts(minimum=2, samples=samples)
    objective = as_objective(objective)
    value, slopes, curvatures = _taylor(objective, jax.tree.map(jnp.asarray, design), tolerances)
    half = quasi_random(tolerances, samples, seed)
    deviates = np.concatenate([half, -half])  # odd orders cancel in pairs of opposite points
    d = deviates.shape[1]
    one_by_one = np.eye(d)[:, None, :] * deviates  # (d, n, d): only one field deviates
    every = np.concatenate([one_by_one, deviates[None]])
    values = values_at(objective, design, tolerances, every.reshape(-1, d)).reshape(d + 1, -1)
    alone, together = (_moments(part, float(value)) for part in (values[:-1], values[-1]))
    return Budget(
        objective=objective.name,
        design=design,
        tolerances=tolerances,
        value=float(value),
        slopes=np.asarray(slopes),
        curvatures=np.asarray(curvatures),
        alone=alone,
        together=together,
    )


@eqx.filter_jit
def _taylor(objective, design: SpinningResonator, tolerances: Tolerances):
    """Value, gradient and hessian by the deviates at 0."""

    def at(deviates):
        return objective(tolerances.perturbed(design, deviates))

    def slopes(deviates):
        value, slopes = jax.value_and_grad(at)(deviates)
        return slopes, (value, slopes)

    curvatures, (value, slopes) = jax.jacfwd(slopes, has_aux=True)(jnp.zeros(len(tolerances.names)))
    return value, slopes, curvatures


def _moments(values: Float[np.ndarray, "... n"], nominal: float) -> SampledMoments:
    delivered = np.where(np.isnan(values), 0.0, values)
    return SampledMoments(
        deviation=delivered.std(axis=-1),
        shift=delivered.mean(axis=-1) - nominal,
        unstable=np.isnan(values).mean(axis=-1),
    )


def _effects(first_order, second_order, shift, sampled: SampledMoments) -> list[str]:
    """Cells of the columns `_COLUMNS`."""
    numbers = (first_order, second_order, sampled.deviation, shift, sampled.shift)
    return [*map(_short, numbers), f"{sampled.unstable:.2%}"]


def _short(value) -> str:
    return f"{value:.3g}"
