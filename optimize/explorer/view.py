"""Numbers that the explorer shows of a design: curves, spectra and derivatives."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxcom import closed_form
from jaxcom.direction import BOTH
from jaxcom.entanglement import entanglement
from jaxcom.mean_field.branches import BRANCHES
from jaxcom.mean_field.detuning import detuning_of
from jaxcom.observables import Observables, observables
from jaxcom.rates import normalized_rates
from jaxcom.resonator import SpinningResonator

from ..box import Box

_SIGNS = np.array(BOTH)


class View(NamedTuple):
    """Observables of a design, with the directions left and right along an axis of length 2.

    Attributes:
        curves: observables of every branch of the mean field along the detunings, of shape
            (5, 2, n).
        here: observables of the lowest branch at the detuning of the design, of shape (2,).
        spectrum: eigenvalues of the drift matrices of the design, in units of omega_m, of shape
            (2, 6).
        slopes: derivatives of -ln(2 nu_-) of the design by the coordinates of the box, of shape
            (2, d).
    """

    curves: Observables
    here: Observables
    spectrum: np.ndarray
    slopes: np.ndarray


def view_of(resonator: SpinningResonator, detunings: Float[np.ndarray, " n"], box: Box) -> View:
    """Numbers that the explorer shows of a design.

    Args:
        resonator: the design; its fields are single numbers.
        detunings: detunings of the curves, in rad/s.
        box: free fields, by whose coordinates the slopes are taken.

    >>> device = SpinningResonator(detuning=19e6)
    >>> view = view_of(device, np.array([19e6, 63e6]), Box(spin=(0, 30e3)))
    >>> view.curves.log_negativity[0].round(4)
    array([[0.1476, 0.0003],
           [   nan, 0.    ]])
    >>> print(view.spectrum.real.max(axis=1).round(4))
    [-0.0862  0.0861]
    """
    resonator = jax.tree.map(np.asarray, resonator)
    curves, coefficients = jax.device_get(_curves(resonator, detunings))
    spectrum = np.stack([np.roots([1.0, *side]) for side in coefficients])
    here = jax.tree.map(lambda values: values[0, :, -1], curves)
    curves = jax.tree.map(lambda values: values[..., :-1], curves)
    return View(curves, here, spectrum, jax.device_get(_slopes(resonator, box)))


@jax.jit
def _curves(resonator: SpinningResonator, detunings: Float[Array, " n"]):
    """Observables along the detunings and, last, at that of the design; a_k of det(s - A)."""
    signs, numbers = jnp.asarray(_SIGNS), jnp.arange(BRANCHES)
    along = jnp.append(detunings, resonator.detuning)
    curve = resonator.replace(detuning=along[None, None])
    rates = normalized_rates(resonator, signs)
    coefficients = closed_form.characteristic_coefficients(rates, detuning_of(rates))
    shown = observables(curve, signs[None, :, None], branch=numbers[:, None, None])
    return shown, jnp.stack(coefficients, axis=-1)


@jax.jit
def _slopes(resonator: SpinningResonator, box: Box) -> Float[Array, "2 d"]:
    def sides(unit: Float[Array, " d"]) -> Float[Array, " 2"]:
        return entanglement(box.design(resonator, unit), jnp.asarray(_SIGNS), unclipped=True)

    return jax.jacrev(sides)(box.coordinates(resonator))
