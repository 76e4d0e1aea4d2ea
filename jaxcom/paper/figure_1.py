"""Fig. 1: the Sagnac-Fizeau shift, Eq. (1)."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from jaxcom.paper.blocks import DEVICE, OMEGA_M
from jaxcom.paper.designs import SIDES, about, fixed_by, quantity
from jaxcom.paper.drawing import draw_curves
from jaxcom.paper.panel import Panel, Resolution


def shifts(resolution: Resolution) -> xr.Dataset:
    """Delta_F of the driven mode against the spin, for light from either side."""
    spins = np.linspace(0, 30e3, resolution.curve)
    size = np.asarray(DEVICE.replace(spin=spins).sagnac_shift)
    values = [int(side) * size for side in SIDES.values()]
    meaning = "Sagnac-Fizeau shift of the driven mode"
    return xr.Dataset(
        {"sagnac_shift": quantity(np.stack(values), ("curve", "spin"), meaning, "rad/s")},
        {
            "curve": list(SIDES),
            "direction": ("curve", [int(side) for side in SIDES.values()]),
            "spin": ("spin", spins, about("spin")),
            **fixed_by(DEVICE, "spin"),
        },
    )


def draw_shifts(figure: Figure, data: xr.Dataset) -> None:
    """Two straight lines."""
    draw_curves(figure, data, "sagnac_shift", r"$\Delta_F/\omega_m$", unit=OMEGA_M)


PANELS = (Panel("1b", "Sagnac-Fizeau shift", shifts, draw_shifts),)
