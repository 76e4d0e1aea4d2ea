"""Figure of a scan: lines along one axis or maps over two, with missing values hatched."""

import dataclasses
import textwrap
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from jaxcom.direction import Direction
from jaxcom.plot.labels import Fixed, axis_label, factor_of, title_of
from jaxcom.plot.marks import colors_of, draw_gaps, draw_map, gap_patch, hatch_where, name_rows
from jaxcom.plot.style import STYLES, new_figure
from jaxcom.plot.symbols import with_symbols
from jaxcom.resonator import PARAMETERS
from jaxcom.scan.outputs import BRANCH, DIRECTION, NOT_COMPUTED
from jaxcom.status import Status

if TYPE_CHECKING:
    import xarray

_MAX_POINTS = 1000
"""Largest number of points that are drawn along an axis; longer axes are thinned."""

_REASONS = {
    int(Status.UNSTABLE): ("unstable", "////"),
    int(Status.NO_SUCH_BRANCH): ("no such branch", "...."),
    int(Status.INVALID_INPUT): ("invalid input", "xxxx"),
    NOT_COMPUTED: ("not computed", "----"),
}
"""Legend entry and hatching of the points of a status."""

_NOWHERE_STABLE = ("nowhere stable", "////")


def scan_figure(data: "xarray.Dataset", quantity: str | None = None) -> Figure:
    r"""Figure of one quantity of a scan, with a line or a map for each direction and branch.

    A scan over one axis is drawn as lines, a scan over more as maps. Points without a steady state
    are hatched, as explained in the legend. Of more than two axes, the two with the most points are
    drawn, with the largest value along the others.

    Args:
        data: Dataset that `jaxcom.scan` has returned, or that was read from its store.
        quantity: name of a variable; default the first variable with the most axes.

    Returns:
        Matplotlib figure; `figure.savefig(path)` writes it.

    Raises:
        ValueError: `quantity` is not a variable of the Dataset that has axes.

    >>> import jaxcom as jc
    >>> data = jc.scan(jc.SpinningResonator(), {"detuning": jc.Linspace(0.0, 126e6, 5)})
    >>> scan_figure(data).axes[0].get_ylabel()
    'logarithmic negativity $E_N$ of driven\nmode and mirror'
    """
    chosen = _quantity(data, quantity)
    view = _view(data, chosen)
    figure = _draw_lines(view) if len(view.axes) == 1 else _draw_maps(view)
    largest = f"\nlargest along {', '.join(view.joined)}" if view.joined else ""
    figure.suptitle(title_of(view.fixed) + largest, fontsize="medium")
    return figure


class _Panel(NamedTuple):
    """Values and status of one direction and branch.

    Attributes:
        label: name of direction and branch.
        side: the direction; None if the quantity has none.
        branch: branch of the mean field.
        values: values; NaN where there is none.
        status: status of every point, if known.
    """

    label: str
    side: Direction | None
    branch: int
    values: np.ndarray
    status: np.ndarray | None


@dataclasses.dataclass(frozen=True)
class _View:
    """Part of a scan that is drawn.

    Attributes:
        values: the quantity over one or two axes, and over direction and branch.
        status: status of every point; None if it is not that of these values.
        axes: names of the axes drawn.
        joined: names of the axes along which the largest value is taken.
        fixed: values of the parameters that do not vary.
    """

    values: "xarray.DataArray"
    status: "xarray.DataArray | None"
    axes: tuple[str, ...]
    joined: tuple[str, ...]
    fixed: Fixed

    def panels(self) -> list[_Panel]:
        """Panels of all directions and branches, without branches that exist nowhere."""
        sides = [dim for dim in (DIRECTION, BRANCH) if dim in self.values.dims]
        places = product(*(self.values[dim].values for dim in sides))
        found = [self._panel(dict(zip(sides, place, strict=True))) for place in places]
        nowhere = int(Status.NO_SUCH_BRANCH)
        existing = [p for p in found if p.status is None or np.any(p.status != nowhere)]
        return existing or found

    def _panel(self, where: dict[str, Any]) -> _Panel:
        coordinate = where.get(DIRECTION, self.values.coords.get(DIRECTION))
        side = None if coordinate is None else Direction(int(coordinate))
        branch = int(where.get(BRANCH, 0))
        names = [] if side is None else [STYLES[side].label]
        names += [f"branch {branch}"] if BRANCH in where else []
        status = self.status
        if status is not None:
            status = status.sel({d: v for d, v in where.items() if d in status.dims}).values
        return _Panel(", ".join(names), side, branch, self.values.sel(where).values, status)


def _quantity(data: "xarray.Dataset", quantity: str | None) -> str:
    """Name of the variable to draw, as given or by default."""
    extent = {str(n): len(_axes_of(v)) for n, v in data.data_vars.items() if n != "status"}
    drawable = sorted((n for n in extent if extent[n]), key=lambda n: -extent[n])
    if quantity is None and drawable:
        return drawable[0]
    if quantity not in drawable:
        known = ", ".join(drawable) or "none"
        raise ValueError(f"Argument `quantity` must be one of {known}, but is {quantity!r}.")
    return quantity


def _has_branches(values: "xarray.DataArray", data: "xarray.Dataset") -> bool:
    """Whether the status belongs to these values, and not to other branches."""
    return values.name != "strongest_log_negativity" and (
        BRANCH in values.dims or BRANCH not in data["status"].dims
    )


def _axes_of(array: "xarray.DataArray") -> list[str]:
    """Dimensions that are parameters."""
    return [str(dim) for dim in array.dims if dim in PARAMETERS]


def _view(data: "xarray.Dataset", quantity: str) -> _View:
    """View of a quantity: its two longest axes, thinned, and the maximum along the others."""
    values = data[quantity]
    dims = _axes_of(values)
    axes = tuple(sorted(sorted(dims, key=lambda d: -values.sizes[d])[:2], key=dims.index))
    joined = tuple(dim for dim in dims if dim not in axes)
    thin = {dim: slice(None, None, -(-values.sizes[dim] // _MAX_POINTS)) for dim in axes}
    values = values.isel(thin).max(joined)
    status = None
    if "status" in data and dims == _axes_of(data["status"]) and _has_branches(values, data):
        status = data["status"].isel(thin)
        if DIRECTION not in values.dims and DIRECTION in status.dims:
            status = status.max(DIRECTION)  # a difference exists where both directions do
        status = _best_status(status, joined)
    fixed = {n: float(data[n]) for n in PARAMETERS if n in data.coords and data[n].ndim == 0}
    return _View(values, status, axes, joined, fixed)


def _best_status(status: "xarray.DataArray", dims: tuple[str, ...]) -> "xarray.DataArray":
    """Smallest status along some dimensions, of the points that were computed."""
    computed = status.where(status != NOT_COMPUTED)
    return computed.min(dims).fillna(NOT_COMPUTED).astype(status.dtype)


def _draw_lines(view: _View) -> Figure:
    figure = new_figure()
    panels = view.panels()
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[8, 0.5 * len(panels)])
    (name,) = view.axes
    x = view.values[name].values * factor_of(name, view.fixed)
    seen = {}
    for row, panel in enumerate(panels):
        style = None if panel.side is None else STYLES[panel.side]
        color, line = (style.color, style.line) if style else ("#000000", "-")
        alpha = 1 - 0.2 * panel.branch
        above.plot(x, panel.values, line, color=color, label=panel.label or None, alpha=alpha)
        for mask, (reason, hatch) in _reasons(panel):
            draw_gaps(below, x, mask, row, color, hatch)
            seen[reason] = gap_patch(reason, hatch)
    handles = [*above.get_legend_handles_labels()[0], *seen.values()]
    above.legend(handles=handles, fontsize="small")
    above.set_ylabel(_value_label(view.values))
    name_rows(below, [panel.label.replace("light from the ", "") for panel in panels])
    below.set_xlabel(axis_label(name, view.fixed))
    below.set_xlim(x.min(), x.max())
    _scale(below, "x", x)
    return figure


def _draw_maps(view: _View) -> Figure:
    panels = view.panels()
    columns = min(len(panels), 2)
    rows = -(-len(panels) // columns)
    figure = new_figure(1.5 + 4.4 * columns, 1.2 + 3.4 * rows)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    y_name, x_name = view.axes
    x, y = (view.values[n].values * factor_of(n, view.fixed) for n in (x_name, y_name))
    colors, norm = colors_of(view.values.values)
    seen, image = {}, None
    for place, panel in zip(grid.flat, panels, strict=False):
        image = draw_map(place, x, y, panel.values, colors, norm)
        for mask, (reason, hatch) in _reasons(panel):
            hatch_where(place, x, y, mask, hatch)
            seen[reason] = gap_patch(reason, hatch)
        place.set_title(panel.label, fontsize="small")
        _scale(place, "x", x)
        _scale(place, "y", y)
    for place in grid.flat[len(panels) :]:
        place.set_axis_off()
    for place in grid[-1, :]:
        place.set_xlabel(axis_label(x_name, view.fixed))
    for place in grid[:, 0]:
        place.set_ylabel(axis_label(y_name, view.fixed))
    assert image is not None
    figure.colorbar(image, ax=list(grid.flat), label=_value_label(view.values), aspect=30)
    if seen:
        figure.legend(handles=list(seen.values()), loc="outside lower center", ncols=4)
    return figure


def _reasons(panel: _Panel) -> list[tuple[np.ndarray, tuple[str, str]]]:
    """Masks of missing values, each with the legend entry and hatching of the reason."""
    if panel.status is None:
        missing = np.isnan(panel.values)
        return [(missing, _NOWHERE_STABLE)] if missing.any() else []
    masks = [(panel.status == code, reason) for code, reason in _REASONS.items()]
    return [(mask, reason) for mask, reason in masks if mask.any()]


def _value_label(values: "xarray.DataArray") -> str:
    """Label of the values: their meaning, with symbols in LaTeX, and their unit."""
    unit = values.attrs.get("units", "1")
    meaning = with_symbols(values.attrs.get("long_name", str(values.name)))
    return textwrap.fill(meaning + ("" if unit == "1" else f" ({unit})"), 42)


def _scale(axes: Axes, which: str, values: np.ndarray) -> None:
    """Make an axis logarithmic if its values have equal ratios."""
    if len(values) > 2 and np.all(values > 0):
        ratios = values[1:] / values[:-1]
        if np.ptp(ratios) < 1e-6 * abs(ratios[0] - 1):
            axes.set(**{f"{which}scale": "log"})
