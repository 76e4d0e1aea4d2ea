"""Fig. S4: what the optical quality has to be."""

from functools import partial

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from jaxcom.direction import LEFT
from jaxcom.merit import largest_nonreciprocity
from jaxcom.paper.blocks import DEVICE, FAST, SLOW
from jaxcom.paper.designs import STATIONARY, Curve, about, fixed_by, quantity
from jaxcom.paper.drawing import Look, draw_curves, draw_maps
from jaxcom.paper.figure_2 import E_N
from jaxcom.paper.figure_s3 import HOTTEST, at_its_best
from jaxcom.paper.panel import PAGE, Panel, Resolution
from jaxcom.scan import Geomspace, Linspace, scan

SCATTERING = DEVICE.replace(backscattering=50e6, spin=FAST)
"""The device of panel (c)."""

_SPINS = {r"$\Omega=8\times10^3$ rad/s": SLOW, r"$\Omega=23\times10^3$ rad/s": FAST}
_LOOKS = {
    label: Look(colour, line)
    for label, colour, line in zip(_SPINS, ("#009E73", "#CC79A7"), ("-", "--"), strict=True)
}
_POINTS = 101  # at most: each is a search over all detunings


def nonreciprocity(resolution: Resolution) -> xr.Dataset:
    """The largest |Delta E_N| over the detuning against the quality factor, at J = 0."""
    qualities = np.geomspace(1e6, 1e8, min(resolution.curve // 5, _POINTS))
    devices = [DEVICE.replace(spin=spin) for spin in _SPINS.values()]
    peaks = [
        [largest_nonreciprocity(device.replace(optical_quality=q)) for q in qualities]
        for device in devices
    ]
    values = [[float(peak.value) for peak in row] for row in peaks]
    edges = [[bool(peak.at_edge) for peak in row] for row in peaks]
    dims = ("curve", "optical_quality")
    return xr.Dataset(
        {
            "largest_nonreciprocity": quantity(
                values, dims, "largest |Delta E_N| over the detuning"
            ),
            "at_edge": quantity(edges, dims, "is it a limit at the edge of stability?"),
        },
        {
            "curve": list(_SPINS),
            "spin": ("curve", list(_SPINS.values()), about("spin")),
            "optical_quality": ("optical_quality", qualities, about("optical_quality")),
            **fixed_by(DEVICE, "spin", "optical_quality", "detuning"),
        },
    )


def draw_nonreciprocity(figure: Figure, data: xr.Dataset) -> None:
    """Two curves, from where the maxima are no limits at edges of stability."""
    label = r"$\max_{\Delta_c}|\Delta E_N|$"
    axes = draw_curves(
        figure, data, "largest_nonreciprocity", label, looks=_LOOKS, logarithmic="xy"
    )
    axes.set_ylim(bottom=5e-5)


def over_quality(curve: Curve, resolution: Resolution) -> xr.Dataset:
    """E_N over quality factor and temperature, at the best detuning of Table I's quality."""
    axes = {
        "temperature": Linspace(0.0, HOTTEST, resolution.map),
        "optical_quality": Geomspace(1e6, 1e8, resolution.map),
    }
    device = at_its_best(curve)
    return scan(device, axes, ("log_negativity",), direction=int(curve.direction), progress=False)


def compared(resolution: Resolution) -> xr.Dataset:
    """The same with backscattering, spinning and at rest, along `spin`."""
    spins = (FAST, 0.0)
    curves = [Curve("", LEFT, SCATTERING.replace(spin=spin)) for spin in spins]
    maps = [over_quality(curve, resolution) for curve in curves]
    fixed = [data.assign_coords(detuning=data["detuning"]) for data in maps]
    return xr.concat(fixed, dim="spin", coords=["detuning", "spin"], combine_attrs="drop")


def draw_map(figure: Figure, data: xr.Dataset) -> None:
    """One map."""
    draw_maps(figure, {"": data["log_negativity"]}, E_N, logarithmic="x")


def draw_compared(figure: Figure, data: xr.Dataset) -> None:
    """Spinning beside at rest."""
    E = data["log_negativity"]
    titles = {f"spinning, $\\Omega={FAST / 1e3:g}\\times10^3$ rad/s": FAST, STATIONARY: 0.0}
    maps = {title: E.sel(spin=spin) for title, spin in titles.items()}
    draw_maps(figure, maps, E_N, logarithmic="x")


PANELS = (
    Panel(
        "S4a", "nonreciprocity and optical quality", nonreciprocity, draw_nonreciprocity,
        "The largest |Delta E_N| over the detuning, for both spins.",
    ),
    Panel(
        "S4b", "entanglement and optical quality", partial(over_quality, Curve("", LEFT, DEVICE)),
        draw_map,
        "Omega = 8e3 rad/s, light from the left, at the detuning where E_N is largest in Table I.",
    ),
    Panel(
        "S4c", "the same with backscattering", compared, draw_compared,
        "Omega = 23e3 rad/s and at rest, light from the left, each at its best detuning.",
        (PAGE, 2.9),
    ),
)  # fmt: skip
