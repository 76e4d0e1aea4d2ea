"""Fig. 2: one direction of the light entangles, the other does not."""

from functools import partial

import xarray as xr
from matplotlib.figure import Figure

from jaxcom.paper.blocks import DEVICE
from jaxcom.paper.designs import along, detunings, three_kinds
from jaxcom.paper.drawing import draw_curves, mark
from jaxcom.paper.panel import Panel, Resolution

E_N = "logarithmic negativity $E_N$"
NONRECIPROCAL, RECIPROCAL = 0.27, 1.0
"""The detunings in omega_m that the paper compares: equal photon numbers, and unequal ones."""


def spectra(kinds: int, output: str, resolution: Resolution) -> xr.Dataset:
    """An output against the detuning, for the first so many of left, right and at rest."""
    x = detunings(-0.5, 2, resolution.curve)
    return along(three_kinds(DEVICE)[:kinds], "detuning", x, (output,))


def draw_entanglement(figure: Figure, data: xr.Dataset) -> None:
    """E_N of each kind of light."""
    draw_curves(figure, data, "log_negativity", E_N)


def draw_marked(output: str, label: str, unit: float, figure: Figure, data: xr.Dataset) -> None:
    """The same with the two detunings that the paper compares."""
    axes = draw_curves(figure, data, output, label, unit=unit)
    for place in (NONRECIPROCAL, RECIPROCAL):
        mark(axes, place, f"{place:g}")


PANELS = (
    Panel(
        "2a", "entanglement, spinning and at rest", partial(spectra, 3, "log_negativity"),
        draw_entanglement,
    ),
    Panel(
        "2b", "entanglement, left and right", partial(spectra, 2, "log_negativity"),
        partial(draw_marked, "log_negativity", E_N, 1.0),
    ),
    Panel(
        "2c", "photons in the driven mode", partial(spectra, 2, "photons_driven"),
        partial(draw_marked, "photons_driven", r"photons $N$ ($10^9$)", 1e9),
    ),
)  # fmt: skip
