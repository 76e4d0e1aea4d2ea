"""What a design says about measured points: residuals, chi2, and their exact derivatives.

A measured value says that there was a steady state. A design without one at any of the points is
excluded: its residual there is NaN, and so is its chi2.
"""

from collections.abc import Sequence
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxcom import SpinningResonator
from jaxcom.xla.precision import require_x64

from ..box import Box
from ..search.slopes import with_slopes
from .measurement import Measurement


class Problem(eqx.Module):
    """Measurements, and the designs that may explain them: those over the unit cube."""

    measurements: tuple[Measurement, ...]
    resonator: SpinningResonator
    box: Box

    def design(self, unit: Float[Array, " d"]) -> SpinningResonator:
        """The design at a point of the unit cube."""
        return self.box.design(self.resonator, unit)

    def residuals(self, unit: Float[Array, " d"]) -> Float[Array, " n"]:
        """(model - value) / error of all points; NaN where there is no steady state."""
        models = predictions(self.measurements, self.design(unit))
        return jnp.concatenate(
            [
                (model - m.values) / m.errors
                for model, m in zip(models, self.measurements, strict=True)
            ]
        )


def problem_of(
    measurements: Measurement | Sequence[Measurement], resonator: SpinningResonator, box: Box
) -> Problem:
    """The problem, its numbers as arrays: arguments of what is compiled, not constants of it.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: the measurements are none.
        ValueError: there is no measurement, or the box frees the detuning.
    """
    require_x64("optimize.fit")
    several = (measurements,) if isinstance(measurements, Measurement) else tuple(measurements)
    if not several:
        raise ValueError("Argument `measurements` must hold at least one, but is empty.")
    for given in several:
        if not isinstance(given, Measurement):
            raise TypeError(f"Argument `measurements` must hold Measurements, but has {given!r}.")
    if "detuning" in box.names:
        raise ValueError(
            "Argument `box` must not free `detuning`: each measured point has its own."
        )
    return jax.tree.map(lambda number: jnp.asarray(number, float), Problem(several, resonator, box))


def predictions(
    measurements: Sequence[Measurement], resonator: SpinningResonator
) -> list[Float[Array, " n"]]:
    """What a design gives at the points of each measurement."""
    found: dict[int, Array] = {}
    for quantity in dict.fromkeys(m.quantity for m in measurements):
        # All points of a quantity at once, so that its chain is compiled once.
        alike = [k for k, m in enumerate(measurements) if m.quantity == quantity]
        sides = [np.full(measurements[k].detunings.shape, measurements[k].direction) for k in alike]
        points = jnp.concatenate([measurements[k].detunings for k in alike])
        curve = quantity.curve(
            resonator.replace(detuning=points), jnp.asarray(np.concatenate(sides))
        )
        ends = np.cumsum([len(side) for side in sides])[:-1]
        found.update(zip(alike, jnp.split(curve, ends), strict=True))
    return [found[k] for k in range(len(measurements))]


@eqx.filter_jit
def screened(problem: Problem, units: Float[Array, "starts d"]):
    """chi2 of many designs, NaN where one is excluded, and at how many points it has no model."""
    residuals = jax.vmap(problem.residuals)(units)
    return jnp.sum(residuals**2, axis=1), jnp.sum(jnp.isnan(residuals), axis=1)


@eqx.filter_jit
def linearized(problem: Problem, unit: Float[Array, " d"]):
    """The residuals, and their derivatives by the coordinates: (n,) and (n, d)."""
    return with_slopes(problem.residuals, unit)


class Point(NamedTuple):
    """A point of the unit cube, and what the model says there."""

    unit: Float[np.ndarray, " d"]
    residuals: Float[np.ndarray, " n"]
    jacobian: Float[np.ndarray, "n d"]

    @property
    def chi2(self) -> float:
        """Sum of the squared residuals; NaN where the design is excluded."""
        return float(self.residuals @ self.residuals)


def look(problem: Problem, unit: Float[np.ndarray, " d"]) -> Point:
    """What the model says at a point of the unit cube."""
    residuals, jacobian = linearized(problem, jnp.asarray(unit))
    return Point(np.array(unit), np.asarray(residuals), np.asarray(jacobian))
