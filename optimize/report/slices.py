"""Slices figure: the objective over pairs of free fields, through the optimum."""

import itertools

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from jaxcom.direction import LEFT, RIGHT
from jaxcom.plot import new_figure
from jaxcom.plot.marks import colors_of, draw_map, gap_patch, hatch_where
from jaxcom.plot.style import STYLES
from jaxcom.plot.symbols import with_symbols

from ..results.optimum import Optimum
from .axes import axis_values, set_axis
from .landscape import Landscape, across, along, landscape

POINTS = 101  # along each axis of a map
LINE = 601  # points of a line
FIELDS = 4  # most fields that are drawn, in pairs

UNSTABLE = {
    (False, True): ("left unstable", STYLES[LEFT].hatch),
    (True, False): ("right unstable", STYLES[RIGHT].hatch),
    (False, False): ("both unstable", "xxxx"),
}
NO_VALUE = ("no value: some devices unstable, or undefined", "----")
FORBIDDEN = ("a constraint fails", "....")


def slices_figure(best: Optimum) -> Figure:
    """Figure of the objective over pairs of free fields through the optimum.

    With more than four free fields, the four along which the objective varies most are shown; with
    one, the objective is a line. Hatching marks designs without a steady state for one or both
    directions, as the legend says. Dots mark designs that violate a constraint, and dashed lines
    designs that satisfy an equality constraint.

    Args:
        best: the optimum that `optimize.maximize` has returned.
    """
    fields = _most_influential(best)
    if len(fields) == 1:
        return _line_figure(best)
    pairs = list(itertools.combinations(fields, 2))
    columns = min(len(pairs), 3)
    rows = -(-len(pairs) // columns)
    figure = new_figure(1.0 + 3.9 * columns, 1.2 + 3.4 * rows)
    grid = figure.subplots(rows, columns, squeeze=False)
    cuts = [_cut(best, i, j) for i, j in pairs]
    colors, norm = colors_of(np.concatenate([land.value.ravel() for _, _, land in cuts]))
    image = None
    for place, (i, j), cut in zip(grid.flat, pairs, cuts, strict=False):
        image = _draw_cut(place, best, (i, j), cut, colors, norm)
    for place in grid.flat[len(pairs) :]:
        place.set_axis_off()
    assert image is not None
    figure.colorbar(image, ax=list(grid.flat), label=with_symbols(best.objective), aspect=30)
    _legend(figure, best, [land for _, _, land in cuts])
    return figure


def _most_influential(best: Optimum) -> list[int]:
    """Coordinates along which the objective varies most, at most `FIELDS`."""
    d = best.unit.size
    if d <= FIELDS:
        return list(range(d))
    line = np.linspace(0.0, 1.0, POINTS)
    lines = np.stack([along(best.unit, k, line) for k in range(d)])
    values = np.nan_to_num(landscape(best.problem, lines).value)
    return sorted(np.argsort(-np.ptp(values, axis=1), kind="stable")[:FIELDS].tolist())


def _cut(best: Optimum, i: int, j: int) -> tuple[np.ndarray, np.ndarray, Landscape]:
    """Coordinates along both axes, including the optimum, and the landscape there."""
    rows, columns = (np.union1d(np.linspace(0.0, 1.0, POINTS), best.unit[k]) for k in (i, j))
    return rows, columns, landscape(best.problem, across(best.unit, i, j, rows, columns))


def _draw_cut(
    axes: Axes,
    best: Optimum,
    pair: tuple[int, int],
    cut: tuple[np.ndarray, np.ndarray, Landscape],
    colors: str,
    norm: Normalize,
) -> QuadMesh:
    """Draw one map; the legend explains its hatching."""
    rows, columns, land = cut
    names = [best.box.names[k] for k in pair]
    y, x = (axis_values(best, n, u) for n, u in zip(names, (rows, columns), strict=True))
    image = draw_map(axes, x, y, land.value, colors, norm)
    for (_, hatch), mask in _missing(land).items():
        hatch_where(axes, x, y, mask, hatch)
    if (forbidden := _forbidden(land)).any():
        dots = axes.contourf(
            x, y, forbidden.astype(float), levels=[0.5, 1.5], colors="none", hatches=[FORBIDDEN[1]]
        )
        dots.set_edgecolor("0.75")
    for k in range(land.equalities.shape[-1]):
        axes.contour(
            x, y, land.equalities[..., k], levels=[0.0], colors="black", linestyles="dashed"
        )
    _mark(axes, *(float(axis_values(best, best.box.names[k], best.unit[k])) for k in pair[::-1]))
    set_axis(axes, "y", best, names[0])
    set_axis(axes, "x", best, names[1])
    return image


def _missing(land: Landscape) -> dict[tuple[str, str], np.ndarray]:
    """Masks of the points without a value, by reason."""
    missing = np.isnan(land.value)
    masks = {
        reason: missing & np.all(land.stable == np.array(sides), axis=-1)
        for sides, reason in UNSTABLE.items()
    }
    return masks | {NO_VALUE: missing & np.all(land.stable, axis=-1)}


def _forbidden(land: Landscape) -> np.ndarray:
    """Mask of the points that have a value but violate an inequality."""
    return np.isfinite(land.value) & ~land.allowed


def _mark(axes: Axes, x: float, y: float) -> None:
    # The marker stays whole where the optimum is on a bound.
    axes.plot(x, y, "*", color="#D55E00", markeredgecolor="white", markersize=13, clip_on=False)


def _legend(figure: Figure, best: Optimum, lands: list[Landscape]) -> None:
    star = Line2D(
        [], [], marker="*", linestyle="", color="#D55E00", markeredgecolor="white", markersize=13,
        label=f"optimum, {best.value:.6g}",
    )  # fmt: skip
    reasons = [*UNSTABLE.values(), NO_VALUE]
    seen = [reason for reason in reasons if any(_missing(land)[reason].any() for land in lands)]
    handles = [star, *(gap_patch(label, hatch) for label, hatch in seen)]
    if any(_forbidden(land).any() for land in lands):
        label, hatch = FORBIDDEN
        handles.append(Patch(facecolor="0.4", edgecolor="0.75", hatch=hatch, label=label))
    if best.problem.names()[1]:
        handles.append(
            Line2D([], [], color="black", linestyle="--", label="equality constraint holds")
        )
    columns = max(2, int(figure.get_figwidth() / 2.2))
    figure.legend(handles=handles, loc="outside lower center", ncols=columns)


def _line_figure(best: Optimum) -> Figure:
    """Figure of the objective along the only free field."""
    (name,) = best.box.names
    line = np.union1d(np.linspace(0.0, 1.0, LINE), best.unit)
    land = landscape(best.problem, along(best.unit, 0, line))
    x = axis_values(best, name, line)
    figure = new_figure()
    axes = figure.subplots()
    axes.plot(x, land.value, color="black")
    for (_, hatch), mask in (_missing(land) | {FORBIDDEN: _forbidden(land)}).items():
        axes.fill_between(
            x, 0, 1, where=mask, transform=axes.get_xaxis_transform(), facecolor="0.88",
            edgecolor="0.45", hatch=hatch, linewidth=0.0, zorder=0,
        )  # fmt: skip
    _mark(axes, float(axis_values(best, name, best.unit[0])), best.value)
    axes.set_ylabel(with_symbols(best.objective))
    set_axis(axes, "x", best, name)
    _legend(figure, best, [land])
    return figure
