"""Elements of figures inside their axes: maps, and hatching where there are no values."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection, QuadMesh
from matplotlib.colors import Normalize, TwoSlopeNorm
from matplotlib.patches import Patch

HEIGHT = 0.8
"""Height of a row of hatched ranges; rows are 1 apart."""


def draw_gaps(
    axes: Axes,
    x: Float[np.ndarray, " n"],
    missing: Bool[np.ndarray, " n"] | Sequence[bool],
    row: int,
    color: str,
    hatch: str,
) -> PolyCollection:
    """Hatch the ranges in which a line has no values, in its row of a strip.

    Args:
        axes: axes of the strip.
        x: positions of the points, ascending.
        missing: whether a point has no value.
        row: index of the line.
        color: color of the line.
        hatch: hatching of Matplotlib.

    Returns:
        The hatched ranges; `move_gaps` changes them.
    """
    style = {"facecolor": f"{color}40", "edgecolor": color, "hatch": hatch, "linewidth": 0.8}
    spans = [(low, high - low) for low, high in _spans(x, missing)]
    return axes.broken_barh(spans, (row, HEIGHT), **style)


def move_gaps(
    gaps: PolyCollection, x: Float[np.ndarray, " n"], missing: Bool[np.ndarray, " n"], row: int
) -> None:
    """Change the ranges that `draw_gaps` has hatched.

    Args:
        gaps: the hatched ranges.
        x: positions of the points, ascending.
        missing: whether a point has no value.
        row: index of the line.
    """
    top, bottom = row, row + HEIGHT
    gaps.set_verts([
        [(low, top), (low, bottom), (high, bottom), (high, top)] for low, high in _spans(x, missing)
    ])  # fmt: skip


def _spans(
    x: Float[np.ndarray, " n"], missing: Bool[np.ndarray, " n"] | Sequence[bool]
) -> list[tuple[float, float]]:
    """Ends of the ranges without values, each halfway to the next point."""
    middle = np.concatenate([x[:1], (x[1:] + x[:-1]) / 2, x[-1:]])
    edges = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]])))
    return [(float(middle[i]), float(middle[j])) for i, j in edges.reshape(-1, 2)]


def name_rows(axes: Axes, names: list[str], fontsize: str = "small") -> None:
    """Label the rows of a strip of hatched ranges with the names of the lines."""
    axes.set_ylim(len(names), -0.2)
    axes.set_yticks([row + 0.4 for row in range(len(names))], names, fontsize=fontsize)
    axes.tick_params(axis="y", length=0)


def gap_patch(reason: str, hatch: str) -> Patch:
    """Legend entry of a hatching."""
    return Patch(facecolor="0.9", edgecolor="0.4", hatch=hatch, label=reason)


def draw_map(
    axes: Axes,
    x: Float[np.ndarray, " n"],
    y: Float[np.ndarray, " m"],
    values: Float[np.ndarray, "m n"],
    colors: str,
    norm: Normalize,
) -> QuadMesh:
    """Draw values over two axes as a color map with a few contour lines.

    Args:
        axes: axes of the map.
        x: horizontal positions.
        y: vertical positions.
        values: values; NaN where there is none.
        colors: color map of Matplotlib.
        norm: range of the colors.

    Returns:
        The color map, for a color bar.
    """
    image = axes.pcolormesh(
        x, y, values, cmap=colors, norm=norm, shading="nearest", rasterized=True
    )
    if min(values.shape) > 1 and np.isfinite(values).any() and norm.vmin != norm.vmax:
        assert norm.vmin is not None
        assert norm.vmax is not None
        levels = np.linspace(norm.vmin, norm.vmax, 7)[1:-1]
        levels = levels[np.abs(levels) > 1e-9 * norm.vmax]  # 0 is a plateau
        axes.contour(x, y, values, levels=levels, colors="0.25", linewidths=0.5)
    return image


def hatch_where(
    axes: Axes,
    x: Float[np.ndarray, " n"],
    y: Float[np.ndarray, " m"],
    missing: Bool[np.ndarray, "m n"],
    hatch: str,
) -> None:
    """Hatch the part of a map that has no values.

    Args:
        axes: axes of the map.
        x: horizontal positions.
        y: vertical positions.
        missing: whether a point has no value.
        hatch: hatching of Matplotlib.
    """
    if min(missing.shape) < 2 or not missing.any():
        return
    filled = axes.contourf(
        x, y, missing.astype(float), levels=[0.5, 1.5], colors=[(0.88, 0.88, 0.88)], hatches=[hatch]
    )
    filled.set_edgecolor("0.45")
    filled.set_linewidth(0.0)


def colors_of(values: Float[np.ndarray, "..."]) -> tuple[str, Normalize]:
    """Color map and range for values: diverging about 0 if they have both signs.

    Both color maps are distinct for the color-blind.
    """
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    if low < 0 < high:
        largest = max(-low, high)
        return "RdBu_r", TwoSlopeNorm(0.0, -largest, largest)
    return "viridis", Normalize(min(low, 0.0) if high > 0 else low, high)
