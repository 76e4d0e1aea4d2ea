"""Branches of the mean field: the solutions of Eq. (7), counted from 0 in ascending q_s."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike

BRANCHES = 5
"""The largest number of solutions that Eq. (7) can have."""


def at_branch(values: Array, branch: ArrayLike) -> Array:
    """Entries of a branch along the leading axis; NaN where there is no such branch."""
    require_branch(branch)
    chosen = jnp.full_like(values[0], jnp.nan)
    index = jnp.asarray(branch)
    index = index.reshape(index.shape + (1,) * (chosen.ndim - index.ndim))
    for k in range(BRANCHES):
        chosen = jnp.where(index == k, values[k], chosen)
    return chosen


def require_branch(branch: ArrayLike) -> None:
    """Raise ValueError unless a branch is a whole number in 0..4, or an array of integers.

    The entries of an array are not checked: where there is no such branch, results are NaN.
    """
    if isinstance(branch, int | np.integer):
        valid = not isinstance(branch, bool) and 0 <= branch < BRANCHES
    else:
        valid = isinstance(branch, jax.Array | np.ndarray) and np.issubdtype(
            branch.dtype, np.integer
        )
    if not valid:
        raise ValueError(
            f"Argument `branch` must be a whole number in 0..{BRANCHES - 1} or an array of "
            f"integers, but is {branch!r}."
        )
