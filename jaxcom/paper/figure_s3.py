"""Fig. S3: what heat leaves of the entanglement and of its nonreciprocity."""

from functools import partial

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from jaxcom.direction import LEFT
from jaxcom.paper.blocks import DEVICE, FAST, KAPPA, SLOW, largest
from jaxcom.paper.designs import Curve, along, detunings, three_kinds
from jaxcom.paper.drawing import draw_curves, draw_maps
from jaxcom.paper.figure_2 import E_N
from jaxcom.paper.panel import Panel, Resolution
from jaxcom.resonator import SpinningResonator
from jaxcom.scan import scan

HOTTEST = 1.2
"""The end of the axes in K: no device drawn here is entangled beyond it."""


def cooling(spin: float | int, resolution: Resolution) -> xr.Dataset:
    """E_N against the temperature, each kind of light at its best detuning at 130 mK."""
    kinds = three_kinds(DEVICE.replace(spin=spin, backscattering=KAPPA))
    curves = [curve._replace(resonator=at_its_best(curve)) for curve in kinds]
    temperatures = np.linspace(0, HOTTEST, resolution.curve)
    return along(curves, "temperature", temperatures, ("log_negativity",))


def at_its_best(curve: Curve) -> SpinningResonator:
    """The device of a curve at the detuning where its E_N is largest."""
    peak = largest(curve.resonator, curve.direction)
    return curve.resonator.replace(detuning=peak.detuning)


def draw_cooling(figure: Figure, data: xr.Dataset) -> None:
    """E_N of each kind of light."""
    draw_curves(figure, data, "log_negativity", E_N)


def heated(output: str, spin: float | int, resolution: Resolution) -> xr.Dataset:
    """An output over detuning and temperature."""
    points = resolution.map
    axes = {"temperature": np.linspace(0, HOTTEST, points), "detuning": detunings(-1, 3, points)}
    outputs = ("log_negativity", "nonreciprocity")  # one program for all panels
    data = scan(DEVICE.replace(spin=spin), axes, outputs, progress=False)
    return data[["status", output]]


def draw_heated(output: str, label: str, figure: Figure, data: xr.Dataset) -> None:
    """One map; of E_N that for light from the left."""
    array = data[output]
    missing = "unstable: no steady state"
    if "direction" in array.dims:
        array = array.sel(direction=int(LEFT))
    else:
        missing = "a direction is unstable"
    draw_maps(figure, {"": array}, label, missing=missing)


_BEST = "J = kappa; each curve at the detuning where it is largest at 130 mK."
_DELTA = r"$\Delta E_N$"

PANELS = (
    Panel("S3a", "heat, slow spin", partial(cooling, SLOW), draw_cooling, _BEST),
    Panel("S3b", "heat, fast spin", partial(cooling, FAST), draw_cooling, _BEST),
    Panel(
        "S3c", "entanglement and heat, slow spin", partial(heated, "log_negativity", SLOW),
        partial(draw_heated, "log_negativity", E_N), "Light from the left is drawn.",
    ),
    Panel(
        "S3d", "entanglement and heat, fast spin", partial(heated, "log_negativity", FAST),
        partial(draw_heated, "log_negativity", E_N), "Light from the left is drawn.",
    ),
    Panel(
        "S3e", "nonreciprocity and heat, slow spin", partial(heated, "nonreciprocity", SLOW),
        partial(draw_heated, "nonreciprocity", _DELTA),
    ),
    Panel(
        "S3f", "nonreciprocity and heat, fast spin", partial(heated, "nonreciprocity", FAST),
        partial(draw_heated, "nonreciprocity", _DELTA),
    ),
)  # fmt: skip
