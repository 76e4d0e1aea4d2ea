"""Drawing of panels in the style of a journal, with ranges without a steady state hatched."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jaxcom.direction import BOTH
from jaxcom.paper.blocks import table_1
from jaxcom.paper.designs import AT_REST
from jaxcom.plot.marks import colors_of, draw_gaps, draw_map, gap_patch, hatch_where, name_rows
from jaxcom.plot.style import STATIONARY_STYLE, STYLES
from jaxcom.resonator import PARAMETERS
from jaxcom.status import Status
from jaxcom.taper import fiber

JOURNAL: dict[Any, Any] = {
    "font.size": 8,
    "axes.linewidth": 0.6,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "hatch.linewidth": 0.5,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "legend.handlelength": 1.8,
    "lines.linewidth": 1.2,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
}
"""Matplotlib settings of a figure in a journal."""


class CurveStyle(NamedTuple):
    """Style of a curve.

    Attributes:
        color: color of the line.
        line: line style of Matplotlib.
        hatch: hatching of ranges without a steady state.
    """

    color: str
    line: str = "-"
    hatch: str = "////"


CURVE_STYLES: dict[str, CurveStyle] = {
    **{side.label: CurveStyle(*STYLES[side][1:4]) for side in BOTH},
    AT_REST: CurveStyle(*STATIONARY_STYLE[1:4]),
}
"""Styles of curves that occur in many panels: both directions of the light, and at rest."""

FAMILY = ("#000000", "#009E73", "#CC79A7", "#E69F00")
"""Colors of the members of a family of curves, distinct for the color-blind."""

UNSTABLE = gap_patch("unstable: no steady state", "////")


class Scale(NamedTuple):
    """Scale of an axis.

    Attributes:
        label: label of the axis.
        unit: unit of the axis in SI units, by which values are divided.
    """

    label: str
    unit: float


_UNITS = {
    "spin": ("$10^3$ rad/s", 1e3),
    "temperature": ("K", 1.0),
    "optical_quality": ("", 1.0),
    "separation": ("nm", 1e-9),
}
"""Units of axes, as text and in SI units."""


def axis_scale(name: str) -> Scale:
    r"""Scale of the axis of a parameter, with the units of the figures of the paper.

    >>> axis_scale("detuning")
    Scale(label='laser detuning $\\Delta_c/\\omega_m$', unit=63000000.0)
    """
    device, known = table_1(), (fiber.PARAMETERS | PARAMETERS)[name]
    rates = {"detuning": (r"\omega_m", device.omega_m), "backscattering": (r"\kappa", device.kappa)}
    if name in rates:
        symbol, rate = rates[name]
        return Scale(f"{known.label} ${known.latex}/{symbol}$", float(rate))
    text, unit = _UNITS[name]
    return Scale(f"{known.label} ${known.latex}$" + (f" ({text})" if text else ""), unit)


def draw_curves(
    figure: Figure,
    data: xr.Dataset,
    name: str,
    label: str,
    *,
    styles: Mapping[str, CurveStyle] = CURVE_STYLES,
    unit: float = 1.0,
    logarithmic: str = "",
) -> Axes:
    """Draw the curves of a Dataset over `curve` and one axis.

    Unstable ranges are hatched in a strip below the axes; a quantity that has a value there is
    drawn faintly.

    Args:
        figure: empty figure.
        data: Dataset, with the status of every point if points can be unstable.
        name: name of the quantity.
        label: label of the vertical axis.
        styles: styles of the curves by label.
        unit: unit by which the quantity is divided.
        logarithmic: names of the logarithmic axes, such as "xy".

    Returns:
        The main axes.
    """
    (axis,) = (str(dim) for dim in data[name].dims if dim != "curve")
    scale = axis_scale(axis)
    x = data[axis].values / scale.unit
    missing = _unstable(data, name)
    curves = [str(curve) for curve in data["curve"].values]
    main, strip = _axes(figure, len(curves) if missing.any() else 0)
    for row, curve in enumerate(curves):
        style, y = styles[curve], data[name].values[row] / unit
        main.plot(x, np.where(missing[row], np.nan, y), style.line, color=style.color)
        main.plot(x, np.where(missing[row], y, np.nan), style.line, color=style.color, alpha=0.35)
        if strip is not None:
            draw_gaps(strip, x, missing[row], row, style.color, style.hatch)
    if strip is not None:
        name_rows(strip, curves, fontsize="x-small")
    handles = _legend_entries(curves, styles) + ([UNSTABLE] if missing.any() else [])
    main.legend(
        handles=handles, loc="lower center", bbox_to_anchor=(0.45, 1.0), borderaxespad=0.2,
        ncols=2 if len(handles) == 4 else 3, columnspacing=1.2, handletextpad=0.5,
    )  # fmt: skip
    main.set_ylabel(label)
    lowest = main if strip is None else strip
    lowest.set_xlabel(scale.label)
    main.set_xlim(x[0], x[-1])
    for which in logarithmic:
        main.set(**{f"{which}scale": "log"})
    return main


def draw_maps(
    figure: Figure,
    maps: Mapping[str, xr.DataArray],
    label: str,
    *,
    missing: str = "unstable: no steady state",
    logarithmic: str = "",
    sequential: bool = False,
) -> list[Axes]:
    """Draw maps side by side with one range of colors; parts without values are hatched.

    Args:
        figure: empty figure.
        maps: values by title, over the same two axes, the vertical one first.
        label: label of the color bar.
        missing: legend entry of the parts without values.
        logarithmic: names of the logarithmic axes, such as "xy".
        sequential: whether to use a sequential color map even if values have both signs.

    Returns:
        The axes of the maps.
    """
    grid = np.atleast_1d(figure.subplots(1, len(maps), sharey=True))
    values = np.stack([array.values for array in maps.values()])
    colors, norm = colors_of(np.maximum(values, 0) if sequential else values)
    vertical, horizontal = (str(dim) for dim in next(iter(maps.values())).dims)
    scales = {name: axis_scale(name) for name in (horizontal, vertical)}
    image = None
    for axes, (title, array) in zip(grid, maps.items(), strict=True):
        x, y = (array[name].values / scale.unit for name, scale in scales.items())
        image = draw_map(axes, x, y, array.values, colors, norm)
        hatch_where(axes, x, y, np.isnan(array.values), "////")
        axes.set_title(title)
        axes.set_xlabel(scales[horizontal].label)
        for which in logarithmic:
            axes.set(**{f"{which}scale": "log"})
    grid[0].set_ylabel(scales[vertical].label)
    assert image is not None
    figure.colorbar(image, ax=list(grid), label=label, aspect=25)
    if any(np.isnan(array.values).any() for array in maps.values()):
        figure.legend(handles=[gap_patch(missing, "////")], loc="outside lower center")
    return list(grid)


def family_styles(labels: Sequence[str]) -> dict[str, CurveStyle]:
    """Styles of a family of curves, labeled `member` or `member, direction`.

    >>> family_styles(["J = 0, left", "J = 0, right"])["J = 0, right"].line
    '--'
    """
    members = list(dict.fromkeys(label.partition(", ")[0] for label in labels))
    styles = {}
    for label in labels:
        member, _, side = label.partition(", ")
        line = CURVE_STYLES[side].line if side else "-"
        styles[label] = CurveStyle(FAMILY[members.index(member)], line)
    return styles


def _legend_entries(curves: Sequence[str], styles: Mapping[str, CurveStyle]) -> list[Line2D]:
    """Legend entries of all curves; for a family, of its members and its directions."""
    if not all(", " in curve for curve in curves):
        return [_line(curve, *styles[curve][:2]) for curve in curves]
    members = {curve.partition(", ")[0]: styles[curve].color for curve in curves}
    sides = {curve.partition(", ")[2]: styles[curve].line for curve in curves}
    colors = [_line(member, color, "-") for member, color in members.items()]
    return colors + [_line(side, "0.3", line) for side, line in sides.items()]


def _line(label: str, color: str, line: str) -> Line2D:
    return Line2D([], [], color=color, ls=line, label=label)


def mark(axes: Axes, x: float, text: str) -> None:
    """Draw a thin vertical line with a text next to its upper end."""
    axes.add_line(Line2D([x, x], [0, 1], transform=axes.get_xaxis_transform(), color="0.5", lw=0.6))
    axes.annotate(
        text, (x, 0.98), xycoords=axes.get_xaxis_transform(), xytext=(2, 0),
        textcoords="offset points", va="top", fontsize=6.5, color="0.3",
    )  # fmt: skip
    axes.margins(y=0.12)


def _axes(figure: Figure, rows: int) -> tuple[Axes, Axes | None]:
    """Main axes, and below them a strip with the given number of rows, if there are any."""
    if not rows:
        return figure.subplots(), None
    main, strip = figure.subplots(2, 1, sharex=True, height_ratios=[10, 0.4 + 0.65 * rows])
    return main, strip


def _unstable(data: xr.Dataset, name: str) -> np.ndarray:
    """Mask of the points without a steady state."""
    if "status" not in data:
        return np.isnan(data[name].values)
    return data["status"].values != int(Status.STABLE)
