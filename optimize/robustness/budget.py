"""The sensitivity budget: which parameter's tolerance costs how much."""

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
from .evaluation import values_at
from .tolerances import Tolerances, quasi_random, require_samples

PAIRS = 3  # as many as the table shows

_COLUMNS = (
    "sigma by slopes", "and curvatures", "sampled", "shift by curvatures", "sampled", "unstable",
)  # fmt: skip


class Moments(NamedTuple):
    """Of what sampled devices deliver, 0 where one is unstable.

    Attributes:
        deviation: standard deviation.
        shift: of the mean from the nominal value.
        unstable: share of devices without a steady state.
    """

    deviation: Float[np.ndarray, "..."]
    shift: Float[np.ndarray, "..."]
    unstable: Float[np.ndarray, "..."]


class Budget(eqx.Module):
    """What each tolerance does to an objective, by Taylor's series and by samples.

    With f(z) the objective at deviates z_i of mean 0, variance 1 and kurtosis k_i, and g and H its
    gradient and hessian at z = 0,

        mean f - f(0)  =  sum_i H_ii / 2,
        variance of f  =  sum_i g_i^2  +  sum_i (k_i - 1) H_ii^2 / 4  +  sum_(i<j) H_ij^2,

    exactly so for a quadratic f. Where that is not what the samples say, the tolerances reach
    further than the series. In samples a device without a steady state delivers 0. It prints as a
    table.

    Attributes:
        objective: its name.
        design: the nominal design.
        tolerances: of its fields.
        value: f(0), NaN if the design is unstable.
        slopes: g, by each field with a tolerance, in alphabetical order.
        curvatures: H.
        alone: moments of samples in which only one field deviates.
        together: moments of samples in which all do.
    """

    objective: str
    design: SpinningResonator
    tolerances: Tolerances
    value: float
    slopes: Float[np.ndarray, " d"]
    curvatures: Float[np.ndarray, "d d"]
    alone: Moments
    together: Moments

    @property
    def shares(self) -> Float[np.ndarray, " d"]:
        """The share of each field in the variance of first order."""
        return self.slopes**2 / np.sum(self.slopes**2)

    @property
    def shifts(self) -> Float[np.ndarray, " d"]:
        """What each field adds to the mean, in second order; mixed derivatives add nothing."""
        return np.diag(self.curvatures) / 2

    @property
    def deviations(self) -> Float[np.ndarray, " d"]:
        """The standard deviation that each field alone makes, in second order."""
        kurtosis = [self.tolerances.distributions[n].kurtosis for n in self.tolerances.names]
        return np.sqrt(self.slopes**2 + (np.array(kurtosis) - 1) * self.shifts**2)

    @property
    def deviation(self) -> float:
        """The standard deviation that all fields make, in second order."""
        mixed = np.triu(self.curvatures, 1)
        return float(np.sqrt(np.sum(self.deviations**2) + np.sum(mixed**2)))

    def __str__(self) -> str:
        head = ("", "nominal", "unit", "tolerance", "share", *_COLUMNS)
        names, blank = self.tolerances.names, ("",) * 4
        pairs = [
            (f"{names[i]} x {names[j]}", *blank, "", _short(abs(self.curvatures[i, j])), *blank)
            for i, j in self._largest_pairs()
        ]
        by_slopes = float(np.sqrt(np.sum(self.slopes**2)))
        every = _effects(by_slopes, self.deviation, self.shifts.sum(), self.together)
        rows = [self._row(k, name) for k, name in enumerate(names)]
        title = f"What tolerances do to {self.objective} = {self.value:.6g}"
        return table(title, [rows, pairs, [("all", *blank, *every)]], head)

    def _row(self, k: int, name: str) -> tuple[object, ...]:
        """A field: nominal value, tolerance, and what it does alone."""
        tolerance = str(self.tolerances.distributions[name])
        nominal = (getattr(self.design, name), PARAMETERS[name].unit, tolerance)
        alone = Moments(*(moment[k] for moment in self.alone))
        effects = _effects(abs(self.slopes[k]), self.deviations[k], self.shifts[k], alone)
        return (name, *nominal, f"{self.shares[k]:.1%}", *effects)

    def _largest_pairs(self) -> list[tuple[int, int]]:
        """The pairs of fields with the largest mixed curvature."""
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
    """Ask what each tolerance costs at a design; the derivatives are exact.

    Args:
        objective: of a single device; clipped where E_N is, so without slopes there.
        design: the nominal design.
        tolerances: which fields deviate, and how.
        samples: Sobol points, each with its opposite, for what samples say.
        seed: of these points.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: the objective is not callable.
        ValueError: a number of samples below 2.

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
    require_samples(samples)
    objective = as_objective(objective)
    value, slopes, curvatures = _taylor(objective, jax.tree.map(jnp.asarray, design), tolerances)
    half = quasi_random(tolerances, samples, seed)
    deviates = np.concatenate([half, -half])  # in pairs, in which what is odd cancels
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
    """Value, gradient and hessian by the deviates, where they are 0."""

    def at(deviates):
        return objective(tolerances.perturbed(design, deviates))

    def slopes(deviates):
        value, slopes = jax.value_and_grad(at)(deviates)
        return slopes, (value, slopes)

    curvatures, (value, slopes) = jax.jacfwd(slopes, has_aux=True)(jnp.zeros(len(tolerances.names)))
    return value, slopes, curvatures


def _moments(values: Float[np.ndarray, "... n"], nominal: float) -> Moments:
    delivered = np.where(np.isnan(values), 0.0, values)
    return Moments(
        deviation=delivered.std(axis=-1),
        shift=delivered.mean(axis=-1) - nominal,
        unstable=np.isnan(values).mean(axis=-1),
    )


def _effects(by_slopes, with_curvatures, shift, sampled: Moments) -> list[str]:
    """The cells of `_COLUMNS`."""
    numbers = (by_slopes, with_curvatures, sampled.deviation, shift, sampled.shift)
    return [*map(_short, numbers), f"{sampled.unstable:.2%}"]


def _short(value) -> str:
    return f"{value:.3g}"
