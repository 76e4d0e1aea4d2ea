"""Fig. 3: backscattering reduces the entanglement, and spinning revives it."""

from functools import partial

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from jaxcom.direction import BOTH, LEFT
from jaxcom.paper.blocks import FAST, revival_factors, table_1
from jaxcom.paper.designs import (
    AT_REST,
    Curve,
    along,
    detunings,
    fixed_by,
    parameter_attributes,
    quantity,
)
from jaxcom.paper.drawing import draw_curves, draw_maps, family_styles
from jaxcom.paper.figure_2 import E_N
from jaxcom.paper.panel import COLUMN, PAGE, Panel, Resolution
from jaxcom.resonator import DETUNING_WINDOW, SpinningResonator

COUPLINGS = {"$J=0$": 0.0, r"$J=\kappa/2$": 0.5, r"$J=\kappa$": 1.0, r"$J=2\kappa$": 2.0}
"""Backscattering J in kappa, by label."""

PRINTED_CHI = 0.991
"""Largest chi that the paper mentions, marked in the map."""

_COARSER = 3  # than other maps: chi is smooth, and each point is a search over the detuning


def backscattered(spin: float | int, resolution: Resolution) -> xr.Dataset:
    """E_N as a function of the detuning for several strengths of backscattering."""
    device = table_1(spin=spin)
    sides = {f", {side.label}": side for side in BOTH} if spin else {"": LEFT}
    curves = [
        Curve(label + suffix, side, _with_backscattering(device, strength))
        for label, strength in COUPLINGS.items()
        for suffix, side in sides.items()
    ]
    x = detunings(-2 if spin else -1, 4, resolution.curve)
    return along(curves, "detuning", x, ("log_negativity",))


def draw_backscattered(figure: Figure, data: xr.Dataset) -> None:
    """Draw E_N, with one color for each strength and one line style for each direction."""
    styles = family_styles([str(curve) for curve in data.curve.values])
    draw_curves(figure, data, "log_negativity", E_N, styles=styles)


def couplings(spin: float | int, strength: float | int, resolution: Resolution) -> xr.Dataset:
    """Coupling |G| of the driven mode as a function of the detuning."""
    device = _with_backscattering(table_1(spin=spin), strength)
    sides = {side.label: side for side in BOTH} if spin else {AT_REST: LEFT}
    curves = [Curve(label, side, device) for label, side in sides.items()]
    return along(curves, "detuning", detunings(-1, 4, resolution.curve), ("coupling_driven",))


def draw_couplings(figure: Figure, data: xr.Dataset) -> None:
    """Draw |G| in units of omega_m, faintly where there is no steady state."""
    label, omega_m = r"coupling $|G|/\omega_m$", float(table_1().omega_m)
    draw_curves(figure, data, "coupling_driven", label, unit=omega_m)


def revival(resolution: Resolution, power: float | int = 20e-3) -> xr.Dataset:
    """Revival factor chi, Eq. (14), over backscattering and spin, for both directions."""
    device, points = table_1(power=power), resolution.map // _COARSER
    J, spins = np.linspace(0, 2, points) * device.kappa, np.linspace(0, 30e3, points)
    axes = np.meshgrid([int(side) for side in BOTH], J, spins, indexing="ij")
    directions, of_J, of_spin = (axis.ravel() for axis in axes)
    fields = {"backscattering": of_J, "spin": of_spin, "power": np.full(of_J.shape, power)}
    values = revival_factors(fields, directions).reshape(axes[0].shape)
    dims = ("direction", "backscattering", "spin")
    return xr.Dataset(
        {"revival_factor": quantity(values, dims, "revival factor chi")},
        {
            "direction": [int(side) for side in BOTH],
            "backscattering": ("backscattering", J, parameter_attributes("backscattering")),
            "spin": ("spin", spins, parameter_attributes("spin")),
            **fixed_by(device, "backscattering", "spin", "detuning"),
        },
    )


def draw_revival(figure: Figure, data: xr.Dataset) -> None:
    """Draw two maps, with a contour line at the largest chi that the paper mentions."""
    array, kappa = data["revival_factor"], table_1().kappa
    maps = {f"light from the {s.label}": array.sel(direction=int(s)) for s in BOTH}
    grid = draw_maps(figure, maps, r"revival factor $\chi$")
    for axes, values in zip(grid, maps.values(), strict=True):
        x, y = values["spin"].values / 1e3, values["backscattering"].values / kappa
        line = axes.contour(x, y, values.values, levels=[PRINTED_CHI], colors="white", linewidths=1)
        axes.clabel(line, fmt=lambda level: f"{level:.1%}", fontsize=7)


def _with_backscattering(device: SpinningResonator, strength: float | int) -> SpinningResonator:
    """The device with a backscattering given in units of kappa."""
    return device.replace(backscattering=strength * device.kappa)


_BOTH = "The spin is 23e3 rad/s; both directions are shown."

PANELS = (
    Panel(
        "3a", "backscattering, at rest", partial(backscattered, 0.0), draw_backscattered,
        "J = 0, kappa/2, kappa and 2 kappa.", (COLUMN, 3.2),
    ),
    Panel(
        "3b", "backscattering, spinning", partial(backscattered, FAST), draw_backscattered,
        f"J = 0, kappa/2, kappa and 2 kappa. {_BOTH}", (COLUMN, 4.0),
    ),
    Panel("3c", "coupling, ideal and at rest", partial(couplings, 0.0, 0.0), draw_couplings),
    Panel(
        "3d", "coupling, backscattering at rest", partial(couplings, 0.0, 1.0), draw_couplings,
        "J = kappa.",
    ),
    Panel(
        "3e", "coupling, backscattering and spinning", partial(couplings, FAST, 1.0),
        draw_couplings, f"J = kappa. {_BOTH}",
    ),
    Panel(
        "3f", "revival factor", revival, draw_revival,
        "Both directions are shown. The maxima are searched over {:g} to {:g} omega_m, extended by "
        "|Delta_F| at both ends.".format(*DETUNING_WINDOW),
        (PAGE, 2.9),
    ),
)  # fmt: skip
