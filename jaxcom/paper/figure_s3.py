"""Fig. S3: entanglement and nonreciprocity as functions of the temperature."""

from functools import partial

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from jaxcom.direction import LEFT
from jaxcom.paper.blocks import FAST, SLOW, largest_of, table_1
from jaxcom.paper.designs import Curve, along, curves_of, detunings
from jaxcom.paper.drawing import draw_curves, draw_maps
from jaxcom.paper.figure_2 import E_N
from jaxcom.paper.panel import Panel, Resolution
from jaxcom.resonator import SpinningResonator
from jaxcom.scan import scan

HOTTEST = 1.2
"""Upper end of the axes in K; no device of these panels is entangled above it."""


def over_temperature(spin: float | int, resolution: Resolution) -> xr.Dataset:
    """E_N as a function of the temperature, each curve at its best detuning at 130 mK."""
    curves = curves_of(table_1(spin=spin, backscattering=table_1().kappa))
    curves = [curve._replace(resonator=at_best_detuning(curve)) for curve in curves]
    temperatures = np.linspace(0, HOTTEST, resolution.curve)
    return along(curves, "temperature", temperatures, ("log_negativity",))


def at_best_detuning(curve: Curve) -> SpinningResonator:
    """Device of a curve, at the detuning of its largest E_N."""
    peak = largest_of(curve.resonator, curve.direction)
    return curve.resonator.replace(detuning=peak.detuning)


def draw_over_temperature(figure: Figure, data: xr.Dataset) -> None:
    """Draw E_N of every curve."""
    draw_curves(figure, data, "log_negativity", E_N)


def temperature_map(output: str, spin: float | int, resolution: Resolution) -> xr.Dataset:
    """An output over temperature and detuning."""
    points = resolution.map
    axes = {"temperature": np.linspace(0, HOTTEST, points), "detuning": detunings(-1, 3, points)}
    outputs = ("log_negativity", "nonreciprocity")  # one program for all panels
    data = scan(table_1(spin=spin), axes, outputs, progress=False)
    return data[["status", output]]


def draw_temperature_map(output: str, label: str, figure: Figure, data: xr.Dataset) -> None:
    """Draw a map of an output; of E_N, that of light from the left."""
    array = data[output]
    missing = "unstable: no steady state"
    if "direction" in array.dims:
        array = array.sel(direction=int(LEFT))
    else:
        missing = "a direction is unstable"
    draw_maps(figure, {"": array}, label, missing=missing)


_BEST = "J = kappa; each curve is at the detuning of its largest E_N at 130 mK."
_LEFT = "The light is from the left."
_DELTA = r"$\Delta E_N$"

PANELS = (
    Panel(
        "S3a", "temperature, slow spin", partial(over_temperature, SLOW), draw_over_temperature,
        _BEST,
    ),
    Panel(
        "S3b", "temperature, fast spin", partial(over_temperature, FAST), draw_over_temperature,
        _BEST,
    ),
    Panel(
        "S3c", "entanglement and temperature, slow spin",
        partial(temperature_map, "log_negativity", SLOW),
        partial(draw_temperature_map, "log_negativity", E_N), _LEFT,
    ),
    Panel(
        "S3d", "entanglement and temperature, fast spin",
        partial(temperature_map, "log_negativity", FAST),
        partial(draw_temperature_map, "log_negativity", E_N), _LEFT,
    ),
    Panel(
        "S3e", "nonreciprocity and temperature, slow spin",
        partial(temperature_map, "nonreciprocity", SLOW),
        partial(draw_temperature_map, "nonreciprocity", _DELTA),
    ),
    Panel(
        "S3f", "nonreciprocity and temperature, fast spin",
        partial(temperature_map, "nonreciprocity", FAST),
        partial(draw_temperature_map, "nonreciprocity", _DELTA),
    ),
)  # fmt: skip
