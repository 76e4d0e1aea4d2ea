"""How panels are drawn: at the width of a journal's column, gaps hatched and never drawn as 0."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jaxcom.paper.blocks import KAPPA, OMEGA_M
from jaxcom.paper.designs import SIDES, STATIONARY
from jaxcom.plot import STATIONARY as AT_REST
from jaxcom.plot import STYLES
from jaxcom.plot.marks import colours_of, draw_gaps, draw_map, gap_patch, hatch_where, name_rows
from jaxcom.status import Status

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
"""Settings of matplotlib for a figure of a journal."""


class Look(NamedTuple):
    """How a curve is drawn."""

    colour: str
    line: str = "-"
    hatch: str = "////"


LOOKS: dict[str, Look] = {
    **{label: Look(*STYLES[side][1:4]) for label, side in SIDES.items()},
    STATIONARY: Look(*AT_REST[1:4]),
}
"""Looks of what occurs in many panels: light from either side, and the device at rest."""

FAMILY = ("#000000", "#009E73", "#CC79A7", "#E69F00")
"""Colours of members of a family, other than those of directions; safe for the colour-blind."""

UNSTABLE = gap_patch("unstable: no steady state", "////")


class Scale(NamedTuple):
    """How an axis is written: its label, and what a value in SI is divided by."""

    label: str
    unit: float = 1.0


SCALES: dict[str, Scale] = {
    "detuning": Scale(r"laser detuning $\Delta_c/\omega_m$", OMEGA_M),
    "spin": Scale(r"spin $\Omega$ ($10^3$ rad/s)", 1e3),
    "temperature": Scale("temperature $T$ (K)"),
    "optical_quality": Scale("optical quality factor $Q$"),
    "backscattering": Scale(r"backscattering $J/\kappa$", KAPPA),
    "separation": Scale("separation $h$ (nm)", 1e-9),
}


def draw_curves(
    figure: Figure,
    data: xr.Dataset,
    name: str,
    label: str,
    *,
    looks: Mapping[str, Look] = LOOKS,
    unit: float = 1.0,
    logarithmic: str = "",
) -> Axes:
    """Curves of a Dataset over `curve` and one axis; what is unstable is hatched in a strip below.

    Args:
        figure: an empty one.
        data: with the status of every point, if points can be unstable.
        name: the quantity drawn; where it has a value though unstable it is drawn faintly.
        label: of the vertical axis.
        looks: of the curves, by their labels.
        unit: what the quantity is divided by.
        logarithmic: the letters of the axes that are.

    Returns:
        The main axes, for what else is to be put there.
    """
    (axis,) = (str(dim) for dim in data[name].dims if dim != "curve")
    x = data[axis].values / SCALES[axis].unit
    missing = _unstable(data, name)
    curves = [str(curve) for curve in data["curve"].values]
    main, strip = _axes(figure, len(curves) if missing.any() else 0)
    for row, curve in enumerate(curves):
        look, y = looks[curve], data[name].values[row] / unit
        main.plot(x, np.where(missing[row], np.nan, y), look.line, color=look.colour)
        main.plot(x, np.where(missing[row], y, np.nan), look.line, color=look.colour, alpha=0.35)
        if strip is not None:
            draw_gaps(strip, x, missing[row], row, look.colour, look.hatch)
    if strip is not None:
        name_rows(strip, curves, fontsize="x-small")
    handles = _entries(curves, looks) + ([UNSTABLE] if missing.any() else [])
    main.legend(
        handles=handles, loc="lower center", bbox_to_anchor=(0.45, 1.0), borderaxespad=0.2,
        ncols=2 if len(handles) == 4 else 3, columnspacing=1.2, handletextpad=0.5,
    )  # fmt: skip
    main.set_ylabel(label)
    lowest = main if strip is None else strip
    lowest.set_xlabel(SCALES[axis].label)
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
    """Maps side by side with one scale of colours; the part without values is hatched.

    Args:
        figure: an empty one.
        maps: by their titles, over the same two axes, the vertical one first.
        label: of the colours.
        missing: why there may be no value.
        logarithmic: the letters of the axes that are.
        sequential: one ramp of colours even where values have both signs.
    """
    places = np.atleast_1d(figure.subplots(1, len(maps), sharey=True))
    values = np.stack([array.values for array in maps.values()])
    colours, norm = colours_of(np.maximum(values, 0) if sequential else values)
    vertical, horizontal = (str(dim) for dim in next(iter(maps.values())).dims)
    image = None
    for place, (title, array) in zip(places, maps.items(), strict=True):
        x, y = (array[n].values / SCALES[n].unit for n in (horizontal, vertical))
        image = draw_map(place, x, y, array.values, colours, norm)
        hatch_where(place, x, y, np.isnan(array.values), "////")
        place.set_title(title)
        place.set_xlabel(SCALES[horizontal].label)
        for which in logarithmic:
            place.set(**{f"{which}scale": "log"})
    places[0].set_ylabel(SCALES[vertical].label)
    assert image is not None
    figure.colorbar(image, ax=list(places), label=label, aspect=25)
    if any(np.isnan(array.values).any() for array in maps.values()):
        figure.legend(handles=[gap_patch(missing, "////")], loc="outside lower center")
    return list(places)


def family(labels: Sequence[str]) -> dict[str, Look]:
    """Looks of a family of curves, labelled `member` or `member, side`.

    >>> family(["J = 0, left", "J = 0, right"])["J = 0, right"].line
    '--'
    """
    members = list(dict.fromkeys(label.partition(", ")[0] for label in labels))
    looks = {}
    for label in labels:
        member, _, side = label.partition(", ")
        line = LOOKS[side].line if side else "-"
        looks[label] = Look(FAMILY[members.index(member)], line)
    return looks


def _entries(curves: Sequence[str], looks: Mapping[str, Look]) -> list[Line2D]:
    """The legend: an entry a curve; of a family with sides one for each member and each side."""
    if not all(", " in curve for curve in curves):
        return [_line(curve, *looks[curve][:2]) for curve in curves]
    members = {curve.partition(", ")[0]: looks[curve].colour for curve in curves}
    sides = {curve.partition(", ")[2]: looks[curve].line for curve in curves}
    colours = [_line(member, colour, "-") for member, colour in members.items()]
    return colours + [_line(side, "0.3", line) for side, line in sides.items()]


def _line(label: str, colour: str, line: str) -> Line2D:
    return Line2D([], [], color=colour, ls=line, label=label)


def mark(axes: Axes, x: float, text: str) -> None:
    """A thin vertical line with its meaning beside its upper end."""
    axes.add_line(Line2D([x, x], [0, 1], transform=axes.get_xaxis_transform(), color="0.5", lw=0.6))
    axes.annotate(
        text, (x, 0.98), xycoords=axes.get_xaxis_transform(), xytext=(2, 0),
        textcoords="offset points", va="top", fontsize=6.5, color="0.3",
    )  # fmt: skip
    axes.margins(y=0.12)


def _axes(figure: Figure, rows: int) -> tuple[Axes, Axes | None]:
    """The main axes, and under them a strip with a row for each curve, if there are any."""
    if not rows:
        return figure.subplots(), None
    main, strip = figure.subplots(2, 1, sharex=True, height_ratios=[10, 0.4 + 0.65 * rows])
    return main, strip


def _unstable(data: xr.Dataset, name: str) -> np.ndarray:
    if "status" not in data:
        return np.isnan(data[name].values)
    return data["status"].values != int(Status.STABLE)
