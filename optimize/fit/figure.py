"""Figures of a fit: data and model with residuals; confidence ellipses of pairs of fields."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from jaxcom import Direction
from jaxcom.plot.labels import axis_label, factor_of
from jaxcom.plot.style import STYLES, new_figure

from .measurement import Measurement
from .quantities import MeasuredQuantity
from .result import Fit

LEVELS = {0.68: "-", 0.95: "--"}  # line style of the ellipse of each confidence level
INK = "#0072B2"


def fit_figure(found: Fit) -> Figure:
    """Figure of data with error bars and the fitted model, with the residuals below.

    Each quantity has a column. The line of the model is broken where it has no steady state.
    Residuals are in units of the errors; two thirds of them should lie in the dark band, and 95 %
    in the light one.

    Args:
        found: result of `fit`.

    Returns:
        Matplotlib figure; `figure.savefig(file)` writes it.
    """
    quantities = list(dict.fromkeys(m.quantity for m in found.measurements))
    figure = new_figure(1.5 + 5.5 * len(quantities), 5.0)
    panels = figure.subplots(
        2, len(quantities), sharex="col", squeeze=False, height_ratios=[3, 1.2]
    )
    fixed = {"omega_m": float(found.design.omega_m)}
    for quantity, (above, below) in zip(quantities, panels.T, strict=True):
        for k, measurement in enumerate(found.measurements):
            if measurement.quantity == quantity:
                _draw_points(above, below, measurement, found.residuals[k], fixed["omega_m"])
                _draw_model(above, measurement, found)
        _draw_bands(below)
        above.set_ylabel(quantity.label)
        above.legend(fontsize="small")
        below.set_ylabel("(model - data)\n/ error")
        below.set_xlabel(axis_label("detuning", fixed))
    figure.suptitle(_goodness(found), fontsize="medium")
    return figure


def confidence_figure(found: Fit) -> Figure:
    """Figure of the 68 % and 95 % confidence ellipses of each pair of fields.

    The title of a panel is the correlation. Fields without covariances have no ellipse; the legend
    names them.

    Args:
        found: result of `fit`.

    Returns:
        Matplotlib figure; `figure.savefig(file)` writes it.

    Raises:
        ValueError: no two fields have a covariance.
    """
    counts = np.isfinite(found.covariance).sum(axis=1)
    known = [name for name, count in zip(found.box.names, counts, strict=True) if count > 1]
    if not known:
        raise ValueError("Argument `found` must have two fields with a covariance, but has none.")
    n = len(known) - 1
    figure = new_figure(1.5 + 2.3 * n, 1.2 + 2.1 * n)
    panels = figure.subplots(n, n, sharex="col", sharey="row", squeeze=False)
    for (row, column), axes in np.ndenumerate(panels):
        if column > row:
            axes.set_visible(False)
            continue
        _draw_ellipses(axes, found, known[column], known[row + 1])
        if row == n - 1:
            axes.set_xlabel(_label(known[column]))
        if column == 0:
            axes.set_ylabel(_label(known[row + 1]))
    unknown = [name.replace("_", " ") for name in found.box.names if name not in known]
    figure.legend(
        *panels[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=3, frameon=False,
        title=f"without an ellipse: {', '.join(unknown)}" if unknown else None,
    )  # fmt: skip
    return figure


def _draw_points(
    above: Axes, below: Axes, m: Measurement, residuals: Float[np.ndarray, " n"], omega_m: float
) -> None:
    style, x = STYLES[m.direction], m.detunings / omega_m
    above.errorbar(
        x, m.values, m.errors, fmt=style.marker, color=style.color, markersize=4, linewidth=1,
        label=f"measured, {style.label}",
    )  # fmt: skip
    below.plot(x, residuals, style.marker, color=style.color, markersize=4)


def _draw_model(axes: Axes, m: Measurement, found: Fit) -> None:
    style = STYLES[m.direction]
    margin = 0.05 * np.ptp(m.detunings)
    fine = np.linspace(m.detunings.min() - margin, m.detunings.max() + margin, 401)
    values = _curve(m.quantity, found, fine, m.direction)
    x = fine / float(found.design.omega_m)
    axes.plot(x, values, style.line, color=style.color, label=f"fit, {style.label}")


def _curve(
    quantity: MeasuredQuantity,
    found: Fit,
    detunings: Float[np.ndarray, " n"],
    direction: Direction,
) -> Float[np.ndarray, " n"]:
    design = found.design.replace(detuning=jnp.asarray(detunings))
    return np.asarray(quantity.curve(design, direction))


def _draw_bands(axes: Axes) -> None:
    for width, shade in ((2.0, "0.93"), (1.0, "0.85")):
        axes.axhspan(-width, width, color=shade, zorder=0)
    axes.axhline(0.0, color="0.4", linewidth=0.8)


def _goodness(found: Fit) -> str:
    freedom = f"{found.degrees_of_freedom} degrees of freedom"
    return rf"$\chi^2$ = {found.chi2:.4g} with {freedom}, p = {found.p_value:.2g}"


def _draw_ellipses(axes: Axes, found: Fit, across: str, up: str) -> None:
    """Draw the confidence ellipses of a pair of fields from their covariance."""
    pair = [found.box.names.index(name) for name in (across, up)]
    scale = np.array([factor_of(name, {}) for name in (across, up)])
    middle = scale * [found.estimates[across], found.estimates[up]]
    errors = scale * np.sqrt(np.diag(found.covariance)[pair])
    correlation = found.correlation[pair[0], pair[1]]
    angle = np.linspace(0.0, 2 * np.pi, 201)
    circle = np.array([np.cos(angle), np.sin(angle)])
    lower = np.array([[1.0, 0.0], [correlation, np.sqrt(max(0.0, 1 - correlation**2))]])
    for level, line in LEVELS.items():
        x, y = middle[:, None] + errors[:, None] * (lower @ circle) * np.sqrt(
            stats.chi2.ppf(level, 2)
        )
        axes.plot(x, y, line, color=INK, label=f"{level:.0%}")
    axes.plot(*middle, "+", color="black", label="estimate")
    axes.margins(0.25)
    axes.set_title(f"correlation {correlation:+.2f}", fontsize="small")


def _label(name: str) -> str:
    return axis_label(name, {}).replace(" $", "\n$", 1)
