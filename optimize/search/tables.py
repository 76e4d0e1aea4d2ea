"""Tables of quantities of designs, by programs that are compiled once for all problems.

A program takes all fields of a design and returns all quantities for both directions, with their
slopes by all fields and by the mean-field shifts. Which fields are free, their bounds, the
objective and the constraints do not enter: what depends on them is cheap to compile (`evaluation`).
Designs are evaluated in blocks of fixed sizes, since every size is compiled separately.
"""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jaxcom import SpinningResonator
from jaxcom.direction import BOTH
from jaxcom.mean_field.detuning import detuning_of
from jaxcom.mean_field.equation import shift_at
from jaxcom.rates import Rates, valid_rates
from jaxcom.resonator import PARAMETERS

from ..operating_point import tabulate

FIELDS = tuple(PARAMETERS)
"""Names of the columns of an array of designs."""

BLOCK = 16
"""Designs evaluated together with slopes: few, since a polish asks for one at a time."""

LARGE_BLOCK = 2**12
"""Designs evaluated together without slopes."""

Designs = Float[np.ndarray | Array, "n fields"]


def in_blocks(program: Callable, size: int, *arrays: np.ndarray):
    """Results of a program for arrays of any length, which are padded to blocks of one size.

    >>> in_blocks(lambda x: 2 * x, 4, np.arange(3.0))
    array([0., 2., 4.])
    """
    n = len(arrays[0])
    padding = max(-n % size, size if n == 0 else 0)
    padded = [np.concatenate([a, np.repeat(_row(a), padding, axis=0)]) for a in arrays]
    blocks = [program(*(a[k : k + size] for a in padded)) for k in range(0, n + padding, size)]
    if len(blocks) == 1:
        return jax.tree.map(lambda part: np.asarray(part)[:n], blocks[0])
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:n], *blocks)


def _row(array: np.ndarray) -> np.ndarray:
    """Row that an array is padded with: its last, or ones if it has none."""
    return array[-1:] if len(array) else np.ones((1, *array.shape[1:]))


def _rates(fields: Sequence[Array]) -> Rates:
    """Rates of designs with fields of shape (2, n), for the directions of the first axis."""
    resonator = SpinningResonator(**dict(zip(FIELDS, fields, strict=True)))
    sides = jnp.broadcast_to(jnp.array(BOTH, int)[:, None], fields[0].shape)
    return valid_rates(resonator, sides)


def _lowest_shift(rates: Rates) -> Float[Array, "..."]:
    return shift_at(detuning_of(rates), rates)


def _for_both(designs: Designs) -> list[Array]:
    """Fields of designs, each of shape (2, n): the same for both directions."""
    return [jnp.stack([field, field]) for field in designs.T]


# Arrays hold the designs along their last axis, so that every operation is elementwise. Mapping a
# function of one design over them would give the same programs, but take twice as long to trace.


@jax.jit
def lowest_shifts(designs: Designs) -> Float[Array, "n 2"]:
    """Mean-field shifts of the lowest branch for both directions, left first."""
    return _lowest_shift(_rates(_for_both(designs))).T


@jax.jit
def tables(designs: Designs) -> Float[Array, "n 2 columns"]:
    """Quantities of designs on the lowest branch; see `optimize.operating_point.Column`."""
    rates = _rates(_for_both(designs))
    return tabulate(rates, _lowest_shift(rates)).T


@jax.jit
def tables_with_slopes(
    designs: Designs, shifts: Float[Array, "n 2"]
) -> tuple[Float[Array, "n 2 columns"], Float[Array, "n 2 columns fields+1"]]:
    """Quantities of designs at given shifts, and their slopes by all fields and by the shift."""
    inputs = (*_for_both(designs), shifts.T)
    table, push = jax.linearize(
        lambda *inputs: tabulate(_rates(inputs[:-1]), inputs[-1]).T, *inputs
    )

    def slope(k):
        return push(*(jnp.where(k == j, jnp.ones_like(x), 0.0) for j, x in enumerate(inputs)))

    return table, jax.vmap(slope, out_axes=-1)(jnp.arange(len(inputs)))
