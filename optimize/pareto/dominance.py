"""Which of many points are best, if two numbers shall be large, and how much they cover."""

import numpy as np
from jaxtyping import Bool, Float

Pairs = Float[np.ndarray, "n 2"]
SAME = 1e-9  # of the range of a column: how near two numbers count as the same


def undominated(points: Pairs) -> Bool[np.ndarray, " n"]:
    """Which points no other beats: none is as good in both columns and better in one.

    Of points that agree in both columns, the first counts.

    >>> undominated(np.array([[1.0, 0.0], [0.4, 0.4], [0.5, 0.5], [0.5, 0.5], [0.0, 0.5]]))
    array([ True, False,  True, False, False])
    """
    scaled = points / np.maximum(np.ptp(points, axis=0), 1e-300) if len(points) else points
    ahead = scaled[None] - scaled[:, None]  # [i, j]: by how much j is ahead of i
    as_good, better = np.all(ahead >= -SAME, axis=-1), np.any(ahead > SAME, axis=-1)
    repeated = np.tril(as_good & ~better & (as_good & ~better).T, -1)
    return ~np.any((as_good & better) | repeated, axis=1)


def hypervolume(points: Pairs, reference: tuple[float, float]) -> float:
    """The area of all that is worse than one of the points and better than a reference point.

    Sorted by falling first column f, second column g: sum (f_i - r_f) (g_i - g_(i-1)), g_0 = r_g,
    over the points that beat the reference and are not dominated. Both numbers shall be large.

    >>> hypervolume(np.array([[2.0, 1.0], [1.0, 3.0]]), (0.0, 0.0))
    4.0
    """
    above = points[np.all(points > np.asarray(reference), axis=1)]
    best = above[undominated(above)]
    f, g = best[np.argsort(-best[:, 0])].T
    return float(np.sum((f - reference[0]) * np.diff(g, prepend=reference[1])))
