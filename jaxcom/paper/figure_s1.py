"""Fig. S1: the taper in the air that the resonator drags along."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import numpy as np
import xarray as xr
from jaxtyping import Array, Float
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure

from jaxcom import taper as mechanics
from jaxcom.paper.blocks import DEVICE, FAST
from jaxcom.paper.designs import about, fixed_by, quantity
from jaxcom.paper.drawing import SCALES, draw_maps
from jaxcom.paper.panel import Panel, Resolution
from jaxcom.taper import fiber

PRINTED_OMEGA_0 = 81.6e6
"""Omega_0 in rad/s at h = 250 nm as the paper prints it: it implies a viscosity."""

TAPER = mechanics.Taper()
"""The paper's taper in air at room temperature."""

_FORCE, _STRAIN = "#0072B2", "#D55E00"


def implied_taper() -> mechanics.Taper:
    """The taper in the gas whose viscosity the printed Omega_0 implies."""
    viscosity = mechanics.implied_viscosity(TAPER, DEVICE, PRINTED_OMEGA_0)
    return TAPER.replace(viscosity=float(viscosity))


def deformation(resolution: Resolution) -> xr.Dataset:
    """Displacement and strain of the taper against the spin."""
    spins = np.linspace(0, 30e3, resolution.curve)
    bent, strained = _compiled(
        (mechanics.displacement, mechanics.strain), implied_taper(), DEVICE.replace(spin=spins)
    )
    return _dataset(
        {"displacement": (bent, "displacement d", "m"), "strain": (strained, "strain", "1")},
        {"spin": spins},
    )


def draw_deformation(figure: Figure, data: xr.Dataset) -> None:
    """Both in one frame, each with its axis in its colour."""
    x = data["spin"].values / 1e3
    left = figure.subplots()
    right = left.twinx()
    left.plot(x, data["displacement"].values / 1e-9, "-", color=_FORCE)
    right.plot(x, data["strain"].values * 100, "--", color=_STRAIN)
    _own_axis(left, "displacement $d$ (nm), solid", _FORCE)
    _own_axis(right, "strain (%), dashed", _STRAIN)
    left.set_xlabel(SCALES["spin"].label)
    left.set_xlim(x[0], x[-1])
    left.set_ylim(bottom=0)
    right.set_ylim(bottom=0)


def forces(resolution: Resolution) -> xr.Dataset:
    """The force of the air, and that between the surfaces as a share of it, against h."""
    separations = np.geomspace(30e-9, 1000e-9, resolution.curve)
    taper, device = implied_taper().replace(separation=separations), DEVICE.replace(spin=FAST)
    functions = mechanics.aerodynamic_force, mechanics.intermolecular_force
    air, between_surfaces = _compiled(functions, taper, device)
    share = abs(between_surfaces) / air
    return _dataset(
        {
            "aerodynamic_force": (air, "aerodynamic force T_air", "N"),
            "intermolecular_share": (share, "|T_int|/T_air", "1"),
        },
        {"separation": separations},
        spin=FAST,
    )


def draw_forces(figure: Figure, data: xr.Dataset) -> None:
    """Both in one logarithmic frame, each with its axis in its colour."""
    x = data["separation"].values / 1e-9
    left = figure.subplots()
    right = left.twinx()
    left.loglog(x, data["aerodynamic_force"].values, "-", color=_FORCE)
    right.loglog(x, data["intermolecular_share"].values, "--", color=_STRAIN)
    _own_axis(left, r"$T_\mathrm{air}$ (N), solid", _FORCE)
    _own_axis(right, r"$|T_\mathrm{int}|/T_\mathrm{air}$, dashed", _STRAIN)
    left.set_xlabel(SCALES["separation"].label)
    left.set_xlim(x[0], x[-1])
    _write_separations(left.xaxis)


def total(resolution: Resolution) -> xr.Dataset:
    """The sum of the forces over spin and separation."""
    points = resolution.map
    separations, spins = np.geomspace(30e-9, 1000e-9, points), np.linspace(0, 30e3, points)
    taper = implied_taper().replace(separation=separations[:, None])
    (values,) = _compiled((mechanics.total_force,), taper, DEVICE.replace(spin=spins[None, :]))
    return _dataset(
        {"total_force": (values, "T_air + T_int", "N")},
        {"separation": separations, "spin": spins},
    )


def draw_total(figure: Figure, data: xr.Dataset) -> None:
    """A map in micronewtons."""
    force = data["total_force"] / 1e-6
    label = r"$T_\mathrm{air}+T_\mathrm{int}$ ($\mu$N)"
    (axes,) = draw_maps(figure, {"": force}, label, logarithmic="y", sequential=True)
    _write_separations(axes.yaxis)


@partial(jax.jit, static_argnums=0)
def _compiled(functions: tuple[Callable, ...], *designs) -> list[Float[Array, "..."]]:
    """Functions of taper and device, in one program."""
    return [function(*designs) for function in functions]


def _dataset(
    values: Mapping[str, tuple], axes: Mapping[str, np.ndarray], **changes: float | int
) -> xr.Dataset:
    """Quantities over all of the axes, with taper and device as coordinates."""
    taper, device = implied_taper(), DEVICE.replace(**changes)
    coordinates: dict[str, Any] = {n: (n, x, _about(n)) for n, x in axes.items()}
    for name in fiber.PARAMETERS:
        if name not in axes:
            coordinates[_own(name)] = ((), float(getattr(taper, name)), _about(name))
    variables = {
        name: quantity(array, tuple(axes), *told) for name, (array, *told) in values.items()
    }
    return xr.Dataset(variables, coordinates | fixed_by(device, *axes))


def _about(name: str) -> dict[str, str]:
    if name not in fiber.PARAMETERS:
        return about(name)
    known = fiber.PARAMETERS[name]
    return {"long_name": f"{known.meaning} of the taper", "units": known.unit or "1"}


def _own(name: str) -> str:
    """The name of the taper's parameter where the resonator has one of the same name."""
    return f"taper_{name}" if name in ("radius", "refractive_index") else name


def _write_separations(axis: Axis) -> None:
    """Label a logarithmic axis with plain numbers."""
    separations = [30, 50, 100, 200, 500, 1000]
    axis.set_ticks(separations, [str(h) for h in separations])
    axis.set_ticks([], minor=True)


def _own_axis(axes: Axes, label: str, colour: str) -> None:
    axes.set_ylabel(label, color=colour)
    axes.tick_params(axis="y", which="both", colors=colour)


_CHOSEN = "The viscosity, which the paper does not state, is the one that its Omega_0 implies."

PANELS = (
    Panel("S1a", "taper: displacement and strain", deformation, draw_deformation, _CHOSEN),
    Panel("S1b", "taper: forces", forces, draw_forces, f"The spin is 23e3 rad/s. {_CHOSEN}"),
    Panel("S1c", "taper: total force", total, draw_total, _CHOSEN),
)
