"""What figures have in common inside their axes: maps, and hatching where there is nothing."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection, QuadMesh
from matplotlib.colors import Normalize, TwoSlopeNorm
from matplotlib.patches import Patch

HEIGHT = 0.8  # of a row of gaps


def draw_gaps(axes: Axes, x, missing, row: int, colour: str, hatch: str) -> PolyCollection:
    """Hatch the ranges in which there is nothing, in the row of a line."""
    how = {"facecolor": f"{colour}40", "edgecolor": colour, "hatch": hatch, "linewidth": 0.8}
    spans = [(low, high - low) for low, high in _spans(x, missing)]
    return axes.broken_barh(spans, (row, HEIGHT), **how)


def move_gaps(gaps: PolyCollection, x, missing, row: int) -> None:
    """Take over other ranges in which there is nothing."""
    top, bottom = row, row + HEIGHT
    gaps.set_verts([
        [(low, top), (low, bottom), (high, bottom), (high, top)] for low, high in _spans(x, missing)
    ])  # fmt: skip


def _spans(x, missing) -> list[tuple[float, float]]:
    """Where there is nothing, up to halfway to the next point."""
    middle = np.concatenate([x[:1], (x[1:] + x[:-1]) / 2, x[-1:]])
    edges = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]])))
    return [(float(middle[i]), float(middle[j])) for i, j in edges.reshape(-1, 2)]


def name_rows(axes: Axes, names: list[str], fontsize: str = "small") -> None:
    """Say what the rows of a strip of gaps belong to."""
    axes.set_ylim(len(names), -0.2)
    axes.set_yticks([row + 0.4 for row in range(len(names))], names, fontsize=fontsize)
    axes.tick_params(axis="y", length=0)


def gap_patch(reason: str, hatch: str) -> Patch:
    """The entry of a legend that explains a hatching."""
    return Patch(facecolor="0.9", edgecolor="0.4", hatch=hatch, label=reason)


def draw_map(axes: Axes, x, y, values, colours: str, norm: Normalize) -> QuadMesh:
    """Values over two axes, with a few lines of equal value."""
    image = axes.pcolormesh(
        x, y, values, cmap=colours, norm=norm, shading="nearest", rasterized=True
    )
    if min(values.shape) > 1 and np.isfinite(values).any() and norm.vmin != norm.vmax:
        assert norm.vmin is not None
        assert norm.vmax is not None
        levels = np.linspace(norm.vmin, norm.vmax, 7)[1:-1]
        levels = levels[np.abs(levels) > 1e-9 * norm.vmax]  # 0 is a plateau, not a line
        axes.contour(x, y, values, levels=levels, colors="0.25", linewidths=0.5)
    return image


def hatch_where(axes: Axes, x, y, missing: np.ndarray, hatch: str) -> None:
    """Hatch the part of a map where there is nothing."""
    if min(missing.shape) < 2 or not missing.any():
        return
    filled = axes.contourf(
        x, y, missing.astype(float), levels=[0.5, 1.5], colors=[(0.88, 0.88, 0.88)], hatches=[hatch]
    )
    filled.set_edgecolor("0.45")
    filled.set_linewidth(0.0)


def colours_of(values: np.ndarray) -> tuple[str, Normalize]:
    """Colours that the colour-blind tell apart: two-sided where values have both signs."""
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    if low < 0 < high:
        most = max(-low, high)
        return "RdBu_r", TwoSlopeNorm(0.0, -most, most)
    return "viridis", Normalize(min(low, 0.0) if high > 0 else low, high)
