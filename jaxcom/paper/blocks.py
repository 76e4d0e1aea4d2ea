"""Variants of the paper's device evaluated in blocks of one size.

A shape is compiled once, and compiling takes longer than all else: so panels and numbers share
these shapes.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from jaxcom.direction import Direction
from jaxcom.linearized import drift
from jaxcom.mean_field import mean_field
from jaxcom.merit import Peak, largest_entanglement, revival_factor
from jaxcom.observables import Observables, observables
from jaxcom.resonator import PARAMETERS, SpinningResonator
from jaxcom.stability import routh_hurwitz_coefficients

DEVICE = SpinningResonator()
"""Table I, with the spin of Fig. 2."""

OMEGA_M, KAPPA = float(DEVICE.omega_m), float(DEVICE.kappa)
SLOW, FAST = 8e3, 23e3
"""The two spins of Table I in rad/s."""

Fields = Mapping[str, np.ndarray]
"""Fields of designs in a row; those that are missing are as in Table I."""

_POINTS, _MATRICES, _SEARCHES = 4096, 1024, 64


class Linearized(NamedTuple):
    """A of Eq. (6) in rad/s, and a_1 .. a_6 of its characteristic polynomial in (rad/s)^k."""

    drift: Float[Array, "n 6 6"]
    coefficients: Float[Array, "n 6"]


def evaluated(
    fields: Fields, sides: ArrayLike, outputs: Sequence[str], branch: int = 0
) -> dict[str, np.ndarray]:
    """Outputs of a scan, and the status."""
    found = _in_blocks(_observed, _POINTS, fields, sides, branch)
    return {name: getattr(found, name) for name in ("status", *outputs)}


def linearized(fields: Fields, sides: ArrayLike) -> Linearized:
    """Drift matrices on the lowest branch."""
    return _in_blocks(_linearized, _MATRICES, fields, sides)


def chi(fields: Fields, sides: ArrayLike) -> np.ndarray:
    """Revival factors, Eq. (14)."""
    return _in_blocks(revival_factor, _SEARCHES, fields, sides)


def largest(device: SpinningResonator, direction: Direction) -> Peak:
    """The largest E_N over the detuning, of one design, in plain numbers."""
    found = _in_blocks(largest_entanglement, _SEARCHES, fields_of(device), int(direction))
    return jax.tree.map(lambda x: x.item(), found)


def fields_of(device: SpinningResonator) -> dict[str, np.ndarray]:
    """All fields of one design, as a row of one."""
    return {name: np.array([getattr(device, name)]) for name in PARAMETERS}


def _in_blocks(function: Callable[..., Any], size: int, fields: Fields, *others: ArrayLike) -> Any:
    """Call a function of designs block by block, and join what it returns."""
    arrays = np.broadcast_arrays(*fields.values(), *(np.asarray(other) for other in others))
    every = {name: np.full(arrays[0].shape, getattr(DEVICE, name)) for name in PARAMETERS}
    every |= dict(zip(fields, arrays, strict=False))
    rest, count = arrays[len(fields) :], len(arrays[0])
    found = []
    for start in range(0, count, size):
        rows = np.minimum(np.arange(start, start + size), count - 1)  # the last fills it up
        here: dict[str, Any] = {name: values[rows] for name, values in every.items()}
        designs = SpinningResonator(**here)
        found.append(function(designs, *(jnp.asarray(other[rows], int) for other in rest)))
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:count], *found)


def _observed(designs: SpinningResonator, sides: Array, branches: Array) -> Observables:
    return observables(designs, sides, branch=branches)


@jax.jit
def _linearized(designs: SpinningResonator, sides: Array) -> Linearized:
    matrices = drift(designs, mean_field(designs, sides), branch=0)
    return Linearized(matrices, routh_hurwitz_coefficients(matrices))
