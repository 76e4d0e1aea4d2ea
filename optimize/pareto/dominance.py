"""Dominance among points with two numbers to be maximized, and the hypervolume they cover."""

import numpy as np
from jaxtyping import Bool, Float

Pairs = Float[np.ndarray, "n 2"]
SAME = 1e-9  # relative to the range of a column: numbers nearer than this count as equal


def undominated(points: Pairs) -> Bool[np.ndarray, " n"]:
    """Whether each point is undominated: no other is as good in both columns and better in one.

    Args:
        points: two numbers per point, both to be maximized, shape (n, 2).

    Returns:
        Mask of shape (n,). Of points that are equal in both columns, only the first is kept.

    >>> undominated(np.array([[1.0, 0.0], [0.4, 0.4], [0.5, 0.5], [0.5, 0.5], [0.0, 0.5]]))
    array([ True, False,  True, False, False])
    """
    scaled = points / np.maximum(np.ptp(points, axis=0), 1e-300) if len(points) else points
    lead = scaled[None] - scaled[:, None]  # [i, j]: lead of point j over point i
    as_good, better = np.all(lead >= -SAME, axis=-1), np.any(lead > SAME, axis=-1)
    repeated = np.tril(as_good & ~better & (as_good & ~better).T, -1)
    return ~np.any((as_good & better) | repeated, axis=1)


def hypervolume(points: Pairs, reference: tuple[float, float]) -> float:
    r"""Area of all pairs that a point dominates and that dominate the reference point.

    With the undominated points above the reference sorted by falling first column f, and their
    second column g,

    $$ \sum_i (f_i - r_f) (g_i - g_{i-1}), \qquad g_0 = r_g. $$

    Args:
        points: two numbers per point, both to be maximized, shape (n, 2).
        reference: the reference point (r_f, r_g).

    Returns:
        The area, in the product of the units of both columns.

    >>> hypervolume(np.array([[2.0, 1.0], [1.0, 3.0]]), (0.0, 0.0))
    4.0
    """
    above = points[np.all(points > np.asarray(reference), axis=1)]
    best = above[undominated(above)]
    f, g = best[np.argsort(-best[:, 0])].T
    return float(np.sum((f - reference[0]) * np.diff(g, prepend=reference[1])))
