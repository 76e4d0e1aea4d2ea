"""Fig. 2: nonreciprocal entanglement, with light from one direction entangled with the mirror."""

from functools import partial

import xarray as xr
from matplotlib.figure import Figure

from jaxcom.paper.blocks import table_1
from jaxcom.paper.designs import along, curves_of, detunings
from jaxcom.paper.drawing import draw_curves, mark
from jaxcom.paper.panel import Panel, Resolution

E_N = "logarithmic negativity $E_N$"
NONRECIPROCAL, RECIPROCAL = 0.27, 1.0
"""Detunings in omega_m that the paper compares, with equal and with unequal photon numbers."""


def over_detuning(curves: int, output: str, resolution: Resolution) -> xr.Dataset:
    """An output as a function of the detuning, for the first of the curves left, right, at rest."""
    x = detunings(-0.5, 2, resolution.curve)
    return along(curves_of(table_1())[:curves], "detuning", x, (output,))


def draw_entanglement(figure: Figure, data: xr.Dataset) -> None:
    """Draw E_N of every curve."""
    draw_curves(figure, data, "log_negativity", E_N)


def draw_marked(output: str, label: str, unit: float, figure: Figure, data: xr.Dataset) -> None:
    """Draw an output of every curve, and mark the two detunings that the paper compares."""
    axes = draw_curves(figure, data, output, label, unit=unit)
    for multiple in (NONRECIPROCAL, RECIPROCAL):
        mark(axes, multiple, f"{multiple:g}")


PANELS = (
    Panel(
        "2a", "entanglement, spinning and at rest", partial(over_detuning, 3, "log_negativity"),
        draw_entanglement,
    ),
    Panel(
        "2b", "entanglement, left and right", partial(over_detuning, 2, "log_negativity"),
        partial(draw_marked, "log_negativity", E_N, 1.0),
    ),
    Panel(
        "2c", "photons in the driven mode", partial(over_detuning, 2, "photons_driven"),
        partial(draw_marked, "photons_driven", r"photons $N$ ($10^9$)", 1e9),
    ),
)  # fmt: skip
