"""Fig. 3: backscattering destroys the entanglement, spinning revives it."""

from functools import partial

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from jaxcom.direction import LEFT
from jaxcom.paper.blocks import DEVICE, FAST, KAPPA, OMEGA_M, chi
from jaxcom.paper.designs import (
    SIDES,
    STATIONARY,
    Curve,
    about,
    along,
    detunings,
    fixed_by,
    quantity,
)
from jaxcom.paper.drawing import draw_curves, draw_maps, family
from jaxcom.paper.figure_2 import E_N
from jaxcom.paper.panel import COLUMN, PAGE, Panel, Resolution
from jaxcom.resonator import SpinningResonator

COUPLINGS = {"$J=0$": 0.0, r"$J=\kappa/2$": 0.5, r"$J=\kappa$": 1.0, r"$J=2\kappa$": 2.0}
"""Strengths of the backscattering in kappa."""

PRINTED_CHI = 0.991
"""The largest chi that the paper speaks of, marked in the map."""

_COARSER = 3  # than other maps: chi is smooth, and each point a search over all detunings


def backscattered(spin: float | int, resolution: Resolution) -> xr.Dataset:
    """E_N against the detuning for several strengths of backscattering."""
    device = DEVICE.replace(spin=spin)
    sides = SIDES if spin else {STATIONARY: LEFT}
    curves = [
        Curve(f"{label}, {kind}" if spin else label, side, _scattering(device, strength))
        for label, strength in COUPLINGS.items()
        for kind, side in sides.items()
    ]
    x = detunings(-2 if spin else -1, 4, resolution.curve)
    return along(curves, "detuning", x, ("log_negativity",))


def draw_backscattered(figure: Figure, data: xr.Dataset) -> None:
    """One colour a strength, one line a direction."""
    draw_curves(
        figure, data, "log_negativity", E_N, looks=family([str(c) for c in data.curve.values])
    )


def couplings(spin: float | int, strength: float | int, resolution: Resolution) -> xr.Dataset:
    """|G| of the driven mode against the detuning."""
    device = _scattering(DEVICE.replace(spin=spin), strength)
    sides = SIDES if spin else {STATIONARY: LEFT}
    curves = [Curve(label, side, device) for label, side in sides.items()]
    return along(curves, "detuning", detunings(-1, 4, resolution.curve), ("coupling_driven",))


def draw_couplings(figure: Figure, data: xr.Dataset) -> None:
    """|G| in units of omega_m; faint where it belongs to no steady state."""
    draw_curves(figure, data, "coupling_driven", r"coupling $|G|/\omega_m$", unit=OMEGA_M)


def revival(resolution: Resolution, power: float | int = 20e-3) -> xr.Dataset:
    """chi, Eq. (14), over backscattering and spin, for light from either side."""
    device, points = DEVICE.replace(power=power), resolution.map // _COARSER
    J, spins = np.linspace(0, 2, points) * KAPPA, np.linspace(0, 30e3, points)
    axes = np.meshgrid(list(SIDES.values()), J, spins, indexing="ij")
    sides, of_J, of_spin = (axis.ravel() for axis in axes)
    fields = {"backscattering": of_J, "spin": of_spin, "power": np.full(of_J.shape, power)}
    values = chi(fields, sides).reshape(axes[0].shape)
    dims = ("direction", "backscattering", "spin")
    return xr.Dataset(
        {"revival_factor": quantity(values, dims, "revival factor chi")},
        {
            "direction": [int(side) for side in SIDES.values()],
            "backscattering": ("backscattering", J, about("backscattering")),
            "spin": ("spin", spins, about("spin")),
            **fixed_by(device, "backscattering", "spin", "detuning"),
        },
    )


def draw_revival(figure: Figure, data: xr.Dataset) -> None:
    """Two maps, with the line of the largest chi that the paper speaks of."""
    array = data["revival_factor"]
    maps = {f"light from the {n}": array.sel(direction=int(s)) for n, s in SIDES.items()}
    for axes, array in zip(draw_maps(figure, maps, r"revival factor $\chi$"), maps.values(),
                           strict=True):  # fmt: skip
        x, y = array["spin"].values / 1e3, array["backscattering"].values / KAPPA
        line = axes.contour(x, y, array.values, levels=[PRINTED_CHI], colors="white", linewidths=1)
        axes.clabel(line, fmt=lambda level: f"{level:.1%}", fontsize=7)


def _scattering(device: SpinningResonator, strength: float | int) -> SpinningResonator:
    return device.replace(backscattering=strength * KAPPA)


_BOTH = "The spin is 23e3 rad/s; both directions are drawn."

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
        "Both directions are drawn. Maxima over -1..4 omega_m, widened by |Delta_F| at both ends.",
        (PAGE, 2.9),
    ),
)  # fmt: skip
