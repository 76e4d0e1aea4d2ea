"""Model of a fit: residuals of a design at the measured points, with exact derivatives.

A measured value implies that there was a steady state. A design without one at any of the points
is excluded: its residual there is NaN, and so is its chi2.
"""

from collections.abc import Sequence
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxcom import SpinningResonator
from jaxcom.xla.precision import require_x64

from ..box import Box
from ..search.slopes import with_slopes
from .measurement import Measurement


class FitProblem(eqx.Module):
    """Measurements, and the designs of a box that may explain them.

    Attributes:
        measurements: the measurements.
        resonator: gives all fields that the box does not free.
        box: free fields and their bounds.
    """

    measurements: tuple[Measurement, ...]
    resonator: SpinningResonator
    box: Box

    def design(self, unit: Float[Array, " d"]) -> SpinningResonator:
        """Design at a point of the unit cube."""
        return self.box.design(self.resonator, unit)

    def residuals(self, unit: Float[Array, " d"]) -> Float[Array, " n"]:
        """Residuals (model - value) / error of all points; NaN without a steady state."""
        models = predictions(self.measurements, self.design(unit))
        return jnp.concatenate(
            [
                (model - m.values) / m.errors
                for model, m in zip(models, self.measurements, strict=True)
            ]
        )


def fit_problem(
    measurements: Measurement | Sequence[Measurement], resonator: SpinningResonator, box: Box
) -> FitProblem:
    """Problem of a fit; its numbers are arrays, so that fits share one compiled program.

    Raises:
        RuntimeError: JAX is set to 32 bits.
        TypeError: `measurements` holds something other than measurements.
        ValueError: `measurements` is empty, or `box` frees the detuning.
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
    problem = FitProblem(several, resonator, box)
    return jax.tree.map(lambda number: jnp.asarray(number, float), problem)


def predictions(
    measurements: Sequence[Measurement], resonator: SpinningResonator
) -> list[Float[Array, " n"]]:
    """Model values of a design at the points of each measurement."""
    found: dict[int, Array] = {}
    for quantity in dict.fromkeys(m.quantity for m in measurements):
        # All points of a quantity at once, so that its program is compiled once.
        alike = [k for k, m in enumerate(measurements) if m.quantity == quantity]
        signs = [np.full(measurements[k].detunings.shape, measurements[k].direction) for k in alike]
        points = jnp.concatenate([measurements[k].detunings for k in alike])
        curve = quantity.curve(
            resonator.replace(detuning=points), jnp.asarray(np.concatenate(signs))
        )
        ends = np.cumsum([len(sign) for sign in signs])[:-1]
        found.update(zip(alike, jnp.split(curve, ends), strict=True))
    return [found[k] for k in range(len(measurements))]


@eqx.filter_jit
def screened(
    problem: FitProblem, units: Float[Array, "starts d"]
) -> tuple[Float[Array, " starts"], Int[Array, " starts"]]:
    """chi2 of many designs (NaN if excluded), and the number of points without a steady state."""
    residuals = jax.vmap(problem.residuals)(units)
    return jnp.sum(residuals**2, axis=1), jnp.sum(jnp.isnan(residuals), axis=1)


@eqx.filter_jit
def _linearized(problem: FitProblem, unit: Float[Array, " d"]):
    """Residuals and their derivatives by the coordinates, shapes (n,) and (n, d)."""
    return with_slopes(problem.residuals, unit)


class Linearization(NamedTuple):
    """Residuals and their derivatives at a point of the unit cube.

    Attributes:
        unit: coordinates of the point, shape (d,).
        residuals: (model - value) / error of all measured points, shape (n,).
        jacobian: derivatives of the residuals by the coordinates, shape (n, d).
    """

    unit: Float[np.ndarray, " d"]
    residuals: Float[np.ndarray, " n"]
    jacobian: Float[np.ndarray, "n d"]

    @property
    def chi2(self) -> float:
        """Sum of the squared residuals; NaN if the design is excluded."""
        return float(self.residuals @ self.residuals)


def evaluate(problem: FitProblem, unit: Float[np.ndarray, " d"]) -> Linearization:
    """Linearization of the model at a point of the unit cube."""
    residuals, jacobian = _linearized(problem, jnp.asarray(unit))
    return Linearization(np.array(unit), np.asarray(residuals), np.asarray(jacobian))
