"""Figure of E_N as a function of the detuning, for one design."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from jaxcom.direction import LEFT
from jaxcom.entanglement import entanglement
from jaxcom.plot.labels import axis_label, title_of
from jaxcom.plot.marks import draw_gaps, gap_patch, name_rows
from jaxcom.plot.style import STATIONARY_STYLE, STYLES, new_figure
from jaxcom.resonator import DETUNING_WINDOW, PARAMETERS, SpinningResonator


def detuning_figure(
    resonator: SpinningResonator,
    detunings: Float[np.ndarray, " n"] | None = None,
    *,
    mark: str | None = None,
) -> Figure:
    """Figure of E_N as a function of the detuning: from the left, from the right, and at rest.

    Where there is no steady state there is no E_N: the lines have gaps, which are hatched in a
    strip below the axes.

    Args:
        resonator: one design; its own detuning is used for the default range and the mark.
        detunings: Delta_c in rad/s, ascending; default -1 to 4 omega_m, extended to include that of
            the design.
        mark: legend entry for the detuning of the design; by default it is not marked.

    Returns:
        Matplotlib figure; `figure.savefig(path)` writes it.

    >>> import jaxcom as jc
    >>> figure = detuning_figure(jc.SpinningResonator(), 63e6 * np.linspace(-1, 2, 31))
    >>> figure.axes[0].get_ylabel()
    'logarithmic negativity $E_N$'
    """
    detunings = _default_detunings(resonator) if detunings is None else np.asarray(detunings)
    x = detunings / resonator.omega_m
    figure = new_figure()
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[8, 1.4])
    lines = [(resonator, side, style) for side, style in STYLES.items()]
    lines.append((resonator.replace(spin=0.0), LEFT, STATIONARY_STYLE))
    for row, (device, side, style) in enumerate(lines):
        values = np.asarray(entanglement(device.replace(detuning=jnp.asarray(detunings)), side))
        above.plot(x, values, style.line, color=style.color, label=style.label)
        draw_gaps(below, x, np.isnan(values), row, style.color, style.hatch)
    if mark is not None:
        _draw_mark(above, below, resonator, mark)
    _label(above, below, resonator)
    below.set_xlim(x[0], x[-1])
    return figure


def _default_detunings(resonator: SpinningResonator) -> Float[np.ndarray, " n"]:
    """Detunings of the default window, extended to include that of the design, in rad/s."""
    own = float(resonator.detuning) / float(resonator.omega_m)
    low, high = DETUNING_WINDOW
    multiples = np.linspace(min(low, own - 0.5), max(high, own + 0.5), 1001)
    return float(resonator.omega_m) * np.sort(np.append(multiples, own))


def _draw_mark(above: Axes, below: Axes, resonator: SpinningResonator, name: str) -> None:
    x = float(resonator.detuning) / float(resonator.omega_m)
    for axes in (above, below):
        axes.axvline(x, color="black", linewidth=0.8, zorder=0)
    for side, style in STYLES.items():
        value = float(entanglement(resonator, side))
        above.plot(x, value, style.marker, color=style.color, markeredgecolor="black", zorder=3)
    above.plot([], [], "o", color="white", markeredgecolor="black", label=name)


def _label(above: Axes, below: Axes, resonator: SpinningResonator) -> None:
    hatched = gap_patch("unstable: no $E_N$", "////")
    lines = above.get_legend_handles_labels()[0]
    above.legend(handles=[*lines, hatched], fontsize="small")
    above.set_ylabel("logarithmic negativity $E_N$")
    fixed = {name: float(getattr(resonator, name)) for name in PARAMETERS if name != "detuning"}
    above.set_title(title_of(fixed), fontsize="medium")
    name_rows(below, ["left", "right", "at rest"])
    below.set_xlabel(axis_label("detuning", fixed))
