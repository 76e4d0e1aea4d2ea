"""Fig. 1: Sagnac-Fizeau shift, Eq. (1)."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from jaxcom.direction import BOTH
from jaxcom.paper.blocks import table_1
from jaxcom.paper.designs import fixed_by, parameter_attributes, quantity
from jaxcom.paper.drawing import draw_curves
from jaxcom.paper.panel import Panel, Resolution


def shifts(resolution: Resolution) -> xr.Dataset:
    """Shift Delta_F of the driven mode as a function of the spin, for both directions."""
    spins = np.linspace(0, 30e3, resolution.curve)
    magnitude = np.asarray(table_1(spin=spins).sagnac_shift)
    values = [int(side) * magnitude for side in BOTH]
    meaning = "Sagnac-Fizeau shift of the driven mode"
    return xr.Dataset(
        {"sagnac_shift": quantity(np.stack(values), ("curve", "spin"), meaning, "rad/s")},
        {
            "curve": [side.label for side in BOTH],
            "direction": ("curve", [int(side) for side in BOTH]),
            "spin": ("spin", spins, parameter_attributes("spin")),
            **fixed_by(table_1(), "spin"),
        },
    )


def draw_shifts(figure: Figure, data: xr.Dataset) -> None:
    """Draw the two straight lines."""
    omega_m = float(table_1().omega_m)
    draw_curves(figure, data, "sagnac_shift", r"$\Delta_F/\omega_m$", unit=omega_m)


PANELS = (Panel("1b", "Sagnac-Fizeau shift", shifts, draw_shifts),)
