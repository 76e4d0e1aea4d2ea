"""Quasi-random points of the unit cube, and checks of sample counts."""

import numpy as np
from jaxtyping import Float
from scipy.stats import qmc


def sobol_points(
    dimension: int, count: int, seed: int, *, skip: int = 0
) -> Float[np.ndarray, "count d"]:
    """Scrambled Sobol points of the unit cube, shape (count, dimension).

    A full power of two is drawn and cut to `count`: Sobol sequences are balanced only then.

    Args:
        dimension: number of coordinates.
        count: number of points.
        seed: seed of the scrambling; the same seed gives the same points.
        skip: number of points of the sequence to leave out first.

    >>> sobol_points(2, 3, seed=0).shape
    (3, 2)
    """
    sampler = qmc.Sobol(dimension, rng=seed)
    if skip:
        sampler.fast_forward(skip)
    return sampler.random(2 ** (count - 1).bit_length())[:count]


def require_counts(*, minimum: int = 1, **counts: int) -> None:
    """Raise ValueError unless each argument is a whole number from `minimum`."""
    for name, count in counts.items():
        if count != int(count) or count < minimum:
            raise ValueError(
                f"Argument `{name}` must be a whole number from {minimum}, but is {count}."
            )
