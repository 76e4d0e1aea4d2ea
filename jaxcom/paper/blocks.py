"""Variants of the device of Table I, evaluated in blocks of fixed size.

Each array shape is compiled once, and compiling takes longer than computing. Hence all panels and
numbers share a few block shapes.
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

SLOW, FAST = 8e3, 23e3
"""The two spins of Table I in rad/s."""

Fields = Mapping[str, np.ndarray]
"""One-dimensional arrays of fields; fields that are missing are as in Table I."""

_POINTS, _MATRICES, _SEARCHES = 4096, 1024, 64  # designs per block


class Linearized(NamedTuple):
    """Linearized dynamics of a row of designs.

    Attributes:
        drift: drift matrix A of Eq. (6) in rad/s.
        coefficients: a_1, ..., a_6 of its characteristic polynomial, a_k in (rad/s)^k.
    """

    drift: Float[Array, "n 6 6"]
    coefficients: Float[Array, "n 6"]


def table_1(**changes: Any) -> SpinningResonator:
    """Device of Table I with the spin of Fig. 2, with some fields changed.

    >>> table_1(spin=FAST).power
    0.02
    """
    return SpinningResonator(**changes)


def evaluate(
    fields: Fields, directions: ArrayLike, outputs: Sequence[str], branch: int = 0
) -> dict[str, np.ndarray]:
    """Outputs of a scan and the status, by name.

    Args:
        fields: fields of the designs.
        directions: signs of the directions, one for all designs or one for each.
        outputs: names of attributes of `Observables`.
        branch: branch of the mean field.
    """
    found = _in_blocks(_observables, _POINTS, fields, directions, branch)
    return {name: getattr(found, name) for name in ("status", *outputs)}


def linearize(fields: Fields, directions: ArrayLike) -> Linearized:
    """Drift matrices and characteristic polynomials on the lowest branch."""
    return _in_blocks(_linearized, _MATRICES, fields, directions)


def revival_factors(fields: Fields, directions: ArrayLike) -> np.ndarray:
    """Revival factors chi, Eq. (14)."""
    return _in_blocks(revival_factor, _SEARCHES, fields, directions)


def largest_of(device: SpinningResonator, direction: Direction) -> Peak:
    """Largest E_N over the detuning of one design, as Python numbers."""
    found = _in_blocks(largest_entanglement, _SEARCHES, fields_of(device), int(direction))
    return jax.tree.map(lambda x: x.item(), found)


def fields_of(device: SpinningResonator) -> dict[str, np.ndarray]:
    """All fields of one design, as arrays of length 1."""
    return {name: np.array([getattr(device, name)]) for name in PARAMETERS}


def _in_blocks(function: Callable[..., Any], size: int, fields: Fields, *others: ArrayLike) -> Any:
    """Call a function of designs block by block, and concatenate the results."""
    arrays = np.broadcast_arrays(*fields.values(), *(np.asarray(other) for other in others))
    default = table_1()
    every = {name: np.full(arrays[0].shape, getattr(default, name)) for name in PARAMETERS}
    every |= dict(zip(fields, arrays, strict=False))
    rest, count = arrays[len(fields) :], len(arrays[0])
    found = []
    for start in range(0, count, size):
        rows = np.minimum(np.arange(start, start + size), count - 1)  # padded with the last row
        block: dict[str, Any] = {name: values[rows] for name, values in every.items()}
        designs = SpinningResonator(**block)
        found.append(function(designs, *(jnp.asarray(other[rows], int) for other in rest)))
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:count], *found)


def _observables(designs: SpinningResonator, directions: Array, branches: Array) -> Observables:
    return observables(designs, directions, branch=branches)


@jax.jit
def _linearized(designs: SpinningResonator, directions: Array) -> Linearized:
    matrices = drift(designs, mean_field(designs, directions), branch=0)
    return Linearized(matrices, routh_hurwitz_coefficients(matrices))
