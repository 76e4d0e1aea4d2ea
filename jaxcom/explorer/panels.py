"""The four panels of the explorer's figure: each knows what of it moves, and how."""

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from jaxcom.explorer.sliders import rounded_up
from jaxcom.explorer.view import SIDES, View
from jaxcom.plot.labels import Fixed, axis_label, short_label
from jaxcom.plot.marks import draw_gaps, gap_patch, name_rows
from jaxcom.plot.style import STYLES
from jaxcom.status import Status

_STYLES = [STYLES[side] for side in SIDES]
STEP = 0.01  # of a slider: what the arrows are drawn for


class Entanglement:
    """E_N of both directions along the detuning, and where there is none."""

    def __init__(self, axes: Axes, gaps: Axes, x: np.ndarray):
        self._axes, self._gaps, self._x = axes, gaps, x
        self._curves = [_line(axes, x, s.line, s.colour, label=s.label) for s in _STYLES]
        self._dots = [_line(axes, [np.nan], s.marker, s.colour) for s in _STYLES]
        self._here = [_upright(axes), _upright(gaps)]
        self._hatched: list[Artist] = []
        axes.set_ylabel("$E_N$, lowest branch")
        handles = [*self._curves, gap_patch("unstable: no $E_N$", "////")]
        axes.legend(handles=handles, fontsize="small", loc="upper right")
        axes.tick_params(labelbottom=False)
        name_rows(gaps, ["left", "right"])
        for each in (axes, gaps):
            each.set_xlim(x[0], x[-1])
            each.autoscale(False)

    @property
    def moving(self) -> list[Artist]:
        """What is drawn anew."""
        return [*self._here, *self._curves, *self._dots, *self._hatched]

    def update(self, view: View, place: float) -> bool:
        """Take over a view; did the axes change with it?"""
        values = np.asarray(view.curves.log_negativity[0])
        for side, (curve, dot) in enumerate(zip(self._curves, self._dots, strict=True)):
            curve.set_ydata(values[side])
            dot.set_data([place], [view.here.log_negativity[side]])
        for line in self._here:
            line.set_xdata([place, place])
        self._hatch(np.isnan(values))
        return _fit_above(self._axes, _largest(values, least=0.01))

    def _hatch(self, missing: np.ndarray) -> None:
        for artist in self._hatched:
            artist.remove()
        rows = zip(missing, _STYLES, strict=True)
        self._hatched = [
            draw_gaps(self._gaps, self._x, where, row, style.colour, style.hatch)
            for row, (where, style) in enumerate(rows)
        ]
        for artist in self._hatched:
            artist.set_animated(True)


class MeanFields:
    """Every solution of Eq. (7) along the detuning; thin and dotted where it is unstable."""

    def __init__(self, axes: Axes, x: np.ndarray, fixed: Fixed):
        self._axes, self._x = axes, x
        self._stable = [_line(axes, [], s.line, s.colour) for s in _STYLES]
        self._unstable = [_line(axes, [], ":", s.colour, linewidth=1.0) for s in _STYLES]
        self._dots = [_line(axes, [np.nan], s.marker, s.colour) for s in _STYLES]
        self._here = _upright(axes)
        axes.set_ylabel("photons $N$ of the driven mode")
        axes.set_xlabel(axis_label("detuning", fixed))
        axes.legend(
            handles=[
                Line2D([], [], color="0.3", label="stable"),
                Line2D([], [], color="0.3", ls=":", lw=1.0, label="unstable"),
            ],
            fontsize="small",
            loc="upper right",
        )
        axes.set_xlim(x[0], x[-1])
        axes.autoscale(False)

    @property
    def moving(self) -> list[Artist]:
        """What is drawn anew."""
        return [self._here, *self._unstable, *self._stable, *self._dots]

    def update(self, view: View, place: float) -> bool:
        """Take over a view; did the axes change with it?"""
        photons = _cut_at_folds(np.asarray(view.curves.photons))
        stable = view.curves.status == int(Status.STABLE)
        for side in range(len(SIDES)):
            for lines, shown in ((self._stable, stable), (self._unstable, ~stable)):
                values = np.where(shown[:, side], photons[:, side], np.nan)
                lines[side].set_data(*_end_to_end(self._x, values))
            self._dots[side].set_data([place], [view.here.photons[side]])
        self._here.set_xdata([place, place])
        return _fit_above(self._axes, _largest(photons, least=1.0))


class Spectrum:
    """Eigenvalues of the drift matrix: the design is stable if all lie to the left of zero."""

    def __init__(self, axes: Axes):
        self._axes = axes
        self._dots = [
            _line(axes, [], s.marker, s.colour, label=s.label, fillstyle="none") for s in _STYLES
        ]
        axes.axvspan(0, 1e9, facecolor="0.92", edgecolor="0.6", hatch="////", zorder=0)
        axes.axvline(0, color="black", linewidth=0.8)
        axes.axhline(0, color="0.8", linewidth=0.8, zorder=0)
        axes.set_xlabel(r"Re $\lambda / \omega_m$")
        axes.set_ylabel(r"Im $\lambda / \omega_m$")
        axes.set_title(r"eigenvalues $\lambda$ of the drift matrix $A$", fontsize="medium")
        handles = [*self._dots, gap_patch("unstable", "////")]
        axes.legend(handles=handles, fontsize="small", loc="upper center")

    @property
    def moving(self) -> list[Artist]:
        """What is drawn anew."""
        return list(self._dots)

    def update(self, view: View) -> bool:
        """Take over a view; did the axes change with it?"""
        for dots, values in zip(self._dots, view.spectrum, strict=True):
            dots.set_data(values.real, values.imag)
        width = rounded_up(np.abs(np.real(view.spectrum)).max())
        height = rounded_up(np.abs(np.imag(view.spectrum)).max())
        wanted = (-width, width / 2, -height, height)
        if wanted == (*self._axes.get_xlim(), *self._axes.get_ylim()):
            return False
        self._axes.set(xlim=wanted[:2], ylim=wanted[2:])
        return True


class Slopes:
    """Where the sliders lead: how much a hundredth of each would change the entanglement."""

    def __init__(self, axes: Axes, names: tuple[str, ...], fixed: Fixed):
        self._axes, rows = axes, np.arange(len(names))
        still = np.zeros(len(names))
        heads = {"width": 0.006, "headwidth": 4, "headlength": 4, "headaxislength": 4}
        scale = {"angles": "xy", "scale_units": "xy", "scale": 1.0, "minlength": 0}
        self._arrows = [
            axes.quiver(
                still, rows + shift, still, still, color=s.colour, animated=True, **heads, **scale
            )
            for s, shift in zip(_STYLES, (-0.15, 0.15), strict=True)
        ]
        axes.set_yticks(rows, [short_label(name, fixed) for name in names])
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.axvline(0, color="black", linewidth=0.8)
        axes.xaxis.set_major_locator(MaxNLocator(4, symmetric=True))
        axes.xaxis.set_major_formatter(ScalarFormatter(useMathText=True))
        axes.ticklabel_format(axis="x", scilimits=(-2, 3))
        axes.set_xlabel(r"change of $-\ln 2\nu_-$ for 1 % of a slider")
        axes.set_title("slopes, where the side is stable", fontsize="medium")

    @property
    def moving(self) -> list[Artist]:
        """What is drawn anew."""
        return list(self._arrows)

    def update(self, view: View) -> bool:
        """Take over a view; did the axes change with it?"""
        changes = np.nan_to_num(STEP * view.slopes)
        for arrows, change in zip(self._arrows, changes, strict=True):
            arrows.set_UVC(change, np.zeros_like(change))
        most = rounded_up(max(np.abs(changes).max(), 1e-4))
        if (-most, most) == self._axes.get_xlim():
            return False
        self._axes.set_xlim(-most, most)
        return True


def _line(axes: Axes, x, style: str, colour: str, **how) -> Line2D:
    (line,) = axes.plot(x, np.full(len(x), np.nan), style, color=colour, animated=True, **how)
    return line


def _upright(axes: Axes) -> Line2D:
    return axes.axvline(0.0, color="black", linewidth=0.8, animated=True)


def _largest(values: np.ndarray, least: float) -> float:
    return max(float(np.nanmax(values, initial=least)), least)


def _fit_above(axes: Axes, largest: float) -> bool:
    """Choose the upper limit among round numbers, so that it seldom changes; has it?"""
    top = rounded_up(1.05 * largest)
    if axes.get_ylim()[1] == top:
        return False
    axes.set_ylim(-0.02 * top, top)
    return True


def _cut_at_folds(values: np.ndarray) -> np.ndarray:
    """Branches count from below: where their number changes, the others' numbers jump."""
    count = np.isfinite(values).sum(axis=0)
    jump = np.diff(count, axis=-1, append=count[..., -1:]) != 0
    return np.where(jump, np.nan, values)


def _end_to_end(x: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Several lines as one, with gaps between."""
    gap = np.full((len(rows), 1), np.nan)
    joined = np.concatenate([rows, gap], axis=1).ravel()
    return np.tile(np.append(x, np.nan), len(rows)), joined
