"""Fig. S4: entanglement and nonreciprocity as functions of the optical quality factor."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from jaxcom.direction import LEFT
from jaxcom.merit import largest_abs_nonreciprocity
from jaxcom.paper.blocks import FAST, SLOW, table_1
from jaxcom.paper.designs import AT_REST, Curve, fixed_by, parameter_attributes, quantity
from jaxcom.paper.drawing import CurveStyle, draw_curves, draw_maps
from jaxcom.paper.figure_2 import E_N
from jaxcom.paper.figure_s3 import HOTTEST, at_best_detuning
from jaxcom.paper.panel import PAGE, Panel, Resolution
from jaxcom.scan import Geomspace, Linspace, scan

_SPINS = {r"$\Omega=8\times10^3$ rad/s": SLOW, r"$\Omega=23\times10^3$ rad/s": FAST}
_STYLES = {
    label: CurveStyle(color, line)
    for label, color, line in zip(_SPINS, ("#009E73", "#CC79A7"), ("-", "--"), strict=True)
}
_MAX_POINTS = 101  # each point is a search over the detuning


def nonreciprocity(resolution: Resolution) -> xr.Dataset:
    """Largest |Delta E_N| over the detuning as a function of the quality factor, at J = 0."""
    qualities = np.geomspace(1e6, 1e8, min(resolution.curve // 5, _MAX_POINTS))
    devices = [table_1(spin=spin) for spin in _SPINS.values()]
    peaks = [
        [largest_abs_nonreciprocity(device.replace(optical_quality=q)) for q in qualities]
        for device in devices
    ]
    values = [[float(peak.value) for peak in row] for row in peaks]
    edges = [[bool(peak.at_edge) for peak in row] for row in peaks]
    dims = ("curve", "optical_quality")
    return xr.Dataset(
        {
            "largest_abs_nonreciprocity": quantity(
                values, dims, "largest |Delta E_N| over the detuning"
            ),
            "at_edge": quantity(edges, dims, "whether it is a limit at the edge of stability"),
        },
        {
            "curve": list(_SPINS),
            "spin": ("curve", list(_SPINS.values()), parameter_attributes("spin")),
            "optical_quality": (
                "optical_quality",
                qualities,
                parameter_attributes("optical_quality"),
            ),
            **fixed_by(table_1(), "spin", "optical_quality", "detuning"),
        },
    )


def draw_nonreciprocity(figure: Figure, data: xr.Dataset) -> None:
    """Draw two curves, above the values that are limits at an edge of stability."""
    label = r"$\max_{\Delta_c}|\Delta E_N|$"
    axes = draw_curves(
        figure, data, "largest_abs_nonreciprocity", label, styles=_STYLES, logarithmic="xy"
    )
    axes.set_ylim(bottom=5e-5)


def over_quality(curve: Curve, resolution: Resolution) -> xr.Dataset:
    """E_N over temperature and quality factor, at the best detuning for Table I."""
    axes = {
        "temperature": Linspace(0.0, HOTTEST, resolution.map),
        "optical_quality": Geomspace(1e6, 1e8, resolution.map),
    }
    device = at_best_detuning(curve)
    return scan(device, axes, ("log_negativity",), direction=int(curve.direction), progress=False)


def without_backscattering(resolution: Resolution) -> xr.Dataset:
    """E_N over temperature and quality factor of the device of Table I."""
    return over_quality(Curve("", LEFT, table_1()), resolution)


def with_backscattering(resolution: Resolution) -> xr.Dataset:
    """E_N over spin, temperature and quality factor with backscattering, spinning and at rest."""
    devices = [table_1(backscattering=50e6, spin=spin) for spin in (FAST, 0.0)]
    curves = [Curve("", LEFT, device) for device in devices]
    maps = [over_quality(curve, resolution) for curve in curves]
    fixed = [data.assign_coords(detuning=data["detuning"]) for data in maps]
    return xr.concat(fixed, dim="spin", coords=["detuning", "spin"], combine_attrs="drop")


def draw_quality_map(figure: Figure, data: xr.Dataset) -> None:
    """Draw one map."""
    draw_maps(figure, {"": data["log_negativity"]}, E_N, logarithmic="x")


def draw_both_spins(figure: Figure, data: xr.Dataset) -> None:
    """Draw two maps, spinning and at rest."""
    values = data["log_negativity"]
    titles = {f"spinning, $\\Omega={FAST / 1e3:g}\\times10^3$ rad/s": FAST, AT_REST: 0.0}
    maps = {title: values.sel(spin=spin) for title, spin in titles.items()}
    draw_maps(figure, maps, E_N, logarithmic="x")


PANELS = (
    Panel(
        "S4a", "nonreciprocity and optical quality", nonreciprocity, draw_nonreciprocity,
        "The largest |Delta E_N| over the detuning, for both spins.",
    ),
    Panel(
        "S4b", "entanglement and optical quality", without_backscattering, draw_quality_map,
        "Omega = 8e3 rad/s, light from the left, at the detuning of the largest E_N for Table I.",
    ),
    Panel(
        "S4c", "entanglement and optical quality, backscattering", with_backscattering,
        draw_both_spins,
        "Omega = 23e3 rad/s and at rest, J = 50e6 rad/s, light from the left, each at its best "
        "detuning.",
        (PAGE, 2.9),
    ),
)  # fmt: skip
