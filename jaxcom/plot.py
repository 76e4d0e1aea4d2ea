"""Figures: what is known of a design, drawn; no global state, each function returns its figure."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from jaxcom.entanglement import entanglement
from jaxcom.resonator import LEFT, RIGHT, Direction, SpinningResonator


class Style(NamedTuple):
    """How one kind of light is drawn in every figure; safe for the colour-blind and in grey."""

    label: str
    colour: str
    line: str
    hatch: str
    marker: str


STYLES: dict[Direction, Style] = {
    LEFT: Style("light from the left", "#0072B2", "-", "////", "o"),
    RIGHT: Style("light from the right", "#D55E00", "--", "\\\\\\\\", "s"),
}
STATIONARY = Style("at rest (no spin)", "#555555", ":", "....", "D")


def new_figure(width: float = 7.0, height: float = 4.5) -> Figure:
    """An empty figure, in inches, that draws itself without a display."""
    figure = Figure(figsize=(width, height), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def entanglement_spectrum(
    resonator: SpinningResonator,
    detunings: Float[np.ndarray, " n"] | None = None,
    *,
    mark: str | None = None,
) -> Figure:
    """E_N against the detuning: light from the left, from the right, and the device at rest.

    Where there is no steady state there is no E_N: the line breaks off, and the strip below the
    axes says so.

    Args:
        resonator: one design; its own detuning is only used for the mark.
        detunings: Delta_c in rad/s, ascending; by default -1..4 omega_m and the design's own.
        mark: what to call the design's own detuning, which is marked then.

    Returns:
        The figure; `figure.savefig(path)` writes it.

    >>> import jaxcom as jc
    >>> figure = entanglement_spectrum(jc.SpinningResonator(), 63e6 * np.linspace(-1, 2, 31))
    >>> figure.axes[0].get_ylabel()
    'logarithmic negativity $E_N$'
    """
    detunings = _default_detunings(resonator) if detunings is None else np.asarray(detunings)
    x = detunings / resonator.omega_m
    figure = new_figure()
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[8, 1.4])
    lines = [(resonator, side, style) for side, style in STYLES.items()]
    lines.append((resonator.replace(spin=0.0), LEFT, STATIONARY))
    for row, (device, side, style) in enumerate(lines):
        values = np.asarray(entanglement(device.replace(detuning=jnp.asarray(detunings)), side))
        above.plot(x, values, style.line, color=style.colour, label=style.label)
        _draw_gaps(below, x, np.isnan(values), row, style)
    if mark is not None:
        _draw_mark(above, below, resonator, mark)
    _label(above, below, resonator)
    below.set_xlim(x[0], x[-1])
    return figure


def fixed_parameters(resonator: SpinningResonator) -> str:
    r"""What is held fixed in a spectrum, in one line for its title.

    >>> print(fixed_parameters(SpinningResonator()))
    $\Omega$ = 8 krad/s, $P$ = 20 mW, $J$ = 0 $\kappa$, $T$ = 130 mK, $Q$ = $3.2\times10^{7}$
    """
    r = resonator
    return (
        rf"$\Omega$ = {float(r.spin) / 1e3:.4g} krad/s, $P$ = {float(r.power) * 1e3:.4g} mW, "
        rf"$J$ = {float(r.backscattering / r.kappa):.3g} $\kappa$, "
        rf"$T$ = {float(r.temperature) * 1e3:.4g} mK, $Q$ = {_in_powers(r.optical_quality)}"
    )


def _in_powers(value) -> str:
    mantissa, exponent = f"{float(value):.2e}".split("e")
    return rf"${float(mantissa):g}\times10^{{{int(exponent)}}}$"


def _default_detunings(resonator: SpinningResonator) -> Float[np.ndarray, " n"]:
    own = float(resonator.detuning) / float(resonator.omega_m)
    span = np.linspace(min(-1.0, own - 0.5), max(4.0, own + 0.5), 1001)
    return float(resonator.omega_m) * np.sort(np.append(span, own))


def _draw_gaps(axes: Axes, x, missing, row: int, style: Style) -> None:
    """Hatch the ranges in which a direction has no steady state, in its own row."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]])))
    ends = np.append(x, x[-1])
    spans = [(float(ends[i]), float(ends[j] - ends[i])) for i, j in edges.reshape(-1, 2)]
    axes.broken_barh(
        spans, (row, 0.8), facecolor=f"{style.colour}40", edgecolor=style.colour, hatch=style.hatch
    )


def _draw_mark(above: Axes, below: Axes, resonator: SpinningResonator, name: str) -> None:
    x = float(resonator.detuning) / float(resonator.omega_m)
    for axes in (above, below):
        axes.axvline(x, color="black", linewidth=0.8, zorder=0)
    for side, style in STYLES.items():
        value = float(entanglement(resonator, side))
        above.plot(x, value, style.marker, color=style.colour, markeredgecolor="black", zorder=3)
    above.plot([], [], "o", color="white", markeredgecolor="black", label=name)


def _label(above: Axes, below: Axes, resonator: SpinningResonator) -> None:
    hatched = Patch(facecolor="0.9", edgecolor="0.4", hatch="////", label="unstable: no $E_N$")
    lines = above.get_legend_handles_labels()[0]
    above.legend(handles=[*lines, hatched], fontsize="small")
    above.set_ylabel("logarithmic negativity $E_N$")
    above.set_title(fixed_parameters(resonator), fontsize="medium")
    below.set_ylim(3.0, -0.2)
    below.set_yticks([0.4, 1.4, 2.4], ["left", "right", "at rest"], fontsize="small")
    below.tick_params(axis="y", length=0)
    omega_m = _in_powers(resonator.omega_m)
    below.set_xlabel(rf"laser detuning $\Delta_c/\omega_m$   ($\omega_m$ = {omega_m} rad/s)")
