"""Panels of the figure of the explorer, with artists that move and a fixed background."""

import abc
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from jaxcom.direction import BOTH
from jaxcom.plot.labels import Fixed, axis_label, short_label
from jaxcom.plot.marks import draw_gaps, gap_patch, move_gaps, name_rows
from jaxcom.plot.style import STYLES
from jaxcom.status import Status

from .sliders import rounded_up
from .view import View

_STYLES = [STYLES[side] for side in BOTH]
STEP = 0.01  # of the length of a slider: the arrows show the change for this step


class Panel(abc.ABC):
    """Part of the figure: axes with a fixed background, and artists that move.

    Attributes:
        axes: axes of the panel; those whose limits change come first.
    """

    def __init__(self, *axes: Axes):
        self.axes = axes

    @property
    def limits(self) -> tuple[float, ...]:
        """Limits of the first axes; the background depends on nothing else."""
        return (*self.axes[0].get_xlim(), *self.axes[0].get_ylim())

    @property
    @abc.abstractmethod
    def moving(self) -> list[Artist]:
        """Artists that are redrawn for each design, from back to front."""

    @abc.abstractmethod
    def update(self, view: View, place: float, /) -> None:
        """Show a design.

        Args:
            view: the numbers of the design.
            place: its position on the detuning axis.
        """

    def _set_limits(self, limits: tuple[float, ...]) -> None:
        if limits != self.limits:
            self.axes[0].set(xlim=limits[:2], ylim=limits[2:])

    def _show_up_to(self, largest: float) -> None:
        left, right, _, top = self.limits
        top = _limit_for(top, largest)
        self._set_limits((left, right, -0.02 * top, top))


class Entanglement(Panel):
    """E_N of both directions along the detuning, and the ranges without a steady state."""

    def __init__(self, axes: Axes, gaps: Axes, x: np.ndarray):
        super().__init__(axes, gaps)
        self._x = x
        self._curves = [_line(axes, x, s.line, s.color, label=s.label) for s in _STYLES]
        self._dots = [_line(axes, [np.nan], s.marker, s.color) for s in _STYLES]
        self._here = [_vertical_line(axes), _vertical_line(gaps)]
        self._hatched = [
            draw_gaps(gaps, x, [True] * len(x), row, s.color, s.hatch)
            for row, s in enumerate(_STYLES)
        ]
        for artist in self._hatched:
            artist.set_animated(True)
        axes.set_ylabel("$E_N$, lowest branch")
        handles = [*self._curves, gap_patch("unstable: no $E_N$", "////")]
        axes.legend(handles=handles, fontsize="small", loc="upper right")
        axes.tick_params(labelbottom=False)
        name_rows(gaps, [side.label for side in BOTH])
        for each in (axes, gaps):
            each.set_xlim(x[0], x[-1])
            each.autoscale(False)

    @property
    def moving(self) -> list[Artist]:
        return [*self._here, *self._curves, *self._dots, *self._hatched]

    def update(self, view: View, place: float, /) -> None:
        values = np.asarray(view.curves.log_negativity[0])
        for side, (curve, dot) in enumerate(zip(self._curves, self._dots, strict=True)):
            curve.set_ydata(values[side])
            dot.set_data([place], [view.here.log_negativity[side]])
        for line in self._here:
            line.set_xdata([place, place])
        for row, (gaps, missing) in enumerate(zip(self._hatched, np.isnan(values), strict=True)):
            move_gaps(gaps, self._x, missing, row)
        self._show_up_to(1.05 * _largest(values, least=0.01))


class MeanFields(Panel):
    """Photon numbers of all solutions of Eq. (7) along the detuning; dotted where unstable."""

    def __init__(self, axes: Axes, x: np.ndarray, fixed: Fixed):
        super().__init__(axes)
        self._x = x
        self._stable = [_line(axes, [], s.line, s.color) for s in _STYLES]
        self._unstable = [_line(axes, [], ":", s.color, linewidth=1.0) for s in _STYLES]
        self._dots = [_line(axes, [np.nan], s.marker, s.color) for s in _STYLES]
        self._here = _vertical_line(axes)
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
        return [self._here, *self._unstable, *self._stable, *self._dots]

    def update(self, view: View, place: float, /) -> None:
        photons = _cut_at_folds(np.asarray(view.curves.photons_driven))
        stable = view.curves.status == int(Status.STABLE)
        for side in range(len(BOTH)):
            for lines, shown in ((self._stable, stable), (self._unstable, ~stable)):
                values = np.where(shown[:, side], photons[:, side], np.nan)
                lines[side].set_data(*_joined(self._x, values))
            self._dots[side].set_data([place], [view.here.photons_driven[side]])
        self._here.set_xdata([place, place])
        self._show_up_to(1.05 * _largest(photons, least=1.0))


class Spectrum(Panel):
    """Eigenvalues of the drift matrix; a design is stable if all real parts are negative."""

    def __init__(self, axes: Axes):
        super().__init__(axes)
        self._dots = [
            _line(axes, [], s.marker, s.color, label=s.label, fillstyle="none") for s in _STYLES
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
        return list(self._dots)

    def update(self, view: View, _: float, /) -> None:
        for dots, values in zip(self._dots, view.spectrum, strict=True):
            dots.set_data(values.real, values.imag)
        left, _, _, top = self.limits
        width = _limit_for(-left, np.abs(np.real(view.spectrum)).max())
        height = _limit_for(top, np.abs(np.imag(view.spectrum)).max())
        self._set_limits((-width, width / 2, -height, height))


class Slopes(Panel):
    """Change of the entanglement by a step of each slider, to first order."""

    def __init__(self, axes: Axes, names: tuple[str, ...], fixed: Fixed):
        super().__init__(axes)
        rows = np.arange(len(names))
        still = np.zeros(len(names))
        heads = {"width": 0.006, "headwidth": 4, "headlength": 4, "headaxislength": 4}
        scale = {"angles": "xy", "scale_units": "xy", "scale": 1.0, "minlength": 0}
        self._arrows = [
            axes.quiver(
                still, rows + shift, still, still, color=s.color, animated=True, **heads, **scale
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
        axes.set_title("slopes (only where stable)", fontsize="medium")

    @property
    def moving(self) -> list[Artist]:
        return list(self._arrows)

    def update(self, view: View, _: float, /) -> None:
        changes = np.nan_to_num(STEP * view.slopes)
        for arrows, change in zip(self._arrows, changes, strict=True):
            arrows.set_UVC(change, np.zeros_like(change))
        _, right, bottom, top = self.limits
        largest = _limit_for(right, max(np.abs(changes).max(), 1e-4))
        self._set_limits((-largest, largest, bottom, top))


def _line(
    axes: Axes, x: Sequence[float] | np.ndarray, style: str, color: str, **options: Any
) -> Line2D:
    """Line without values yet, which blitting redraws."""
    (line,) = axes.plot(x, np.full(len(x), np.nan), style, color=color, animated=True, **options)
    return line


def _vertical_line(axes: Axes) -> Line2D:
    return axes.axvline(0.0, color="black", linewidth=0.8, animated=True)


def _largest(values: np.ndarray, least: float) -> float:
    return max(float(np.nanmax(values, initial=least)), least)


def _limit_for(limit: float, needed: float) -> float:
    """The present limit if it suits the data, otherwise a round number: limits change rarely."""
    return limit if needed <= limit <= 3 * needed else rounded_up(needed)


def _cut_at_folds(values: np.ndarray) -> np.ndarray:
    """Values with NaN at folds, where the number of branches changes and their order jumps."""
    count = np.isfinite(values).sum(axis=0)
    jump = np.diff(count, axis=-1, append=count[..., -1:]) != 0
    return np.where(jump, np.nan, values)


def _joined(x: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of several lines as one line with gaps; lines without a value are left out."""
    rows = rows[np.isfinite(rows).any(axis=1)]
    gap = np.full((len(rows), 1), np.nan)
    joined = np.concatenate([rows, gap], axis=1).ravel()
    return np.tile(np.append(x, np.nan), len(rows)), joined
