"""Fig. S1: the fiber taper in the air that the resonator drags along."""

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
from jaxcom.paper.blocks import FAST, table_1
from jaxcom.paper.designs import fixed_by, parameter_attributes, quantity
from jaxcom.paper.drawing import axis_scale, draw_maps
from jaxcom.paper.panel import Panel, Resolution
from jaxcom.taper import Taper, fiber

PRINTED_OMEGA_0 = 81.6e6
"""Limit Omega_0 in rad/s at h = 250 nm as printed in the paper, which implies a viscosity."""

_LEFT_COLOR, _RIGHT_COLOR = "#0072B2", "#D55E00"


def implied_taper() -> Taper:
    """The paper's taper in a gas with the viscosity that the printed Omega_0 implies."""
    viscosity = mechanics.implied_viscosity(Taper(), table_1(), PRINTED_OMEGA_0)
    return Taper(viscosity=float(viscosity))


def deformation(resolution: Resolution) -> xr.Dataset:
    """Displacement and strain of the taper as functions of the spin."""
    spins = np.linspace(0, 30e3, resolution.curve)
    bent, strained = _compiled(
        (mechanics.displacement, mechanics.strain), implied_taper(), table_1(spin=spins)
    )
    return _dataset(
        {"displacement": (bent, "displacement d", "m"), "strain": (strained, "strain", "1")},
        {"spin": spins},
    )


def draw_deformation(figure: Figure, data: xr.Dataset) -> None:
    """Draw both quantities in one frame, each with an axis in its color."""
    scale = axis_scale("spin")
    x = data["spin"].values / scale.unit
    left = figure.subplots()
    right = left.twinx()
    left.plot(x, data["displacement"].values / 1e-9, "-", color=_LEFT_COLOR)
    right.plot(x, data["strain"].values * 100, "--", color=_RIGHT_COLOR)
    _label_in_color(left, "displacement $d$ (nm), solid", _LEFT_COLOR)
    _label_in_color(right, "strain (%), dashed", _RIGHT_COLOR)
    left.set_xlabel(scale.label)
    left.set_xlim(x[0], x[-1])
    left.set_ylim(bottom=0)
    right.set_ylim(bottom=0)


def forces(resolution: Resolution) -> xr.Dataset:
    """Aerodynamic force and relative intermolecular force as functions of the separation."""
    separations = np.geomspace(30e-9, 1000e-9, resolution.curve)
    taper, device = implied_taper().replace(separation=separations), table_1(spin=FAST)
    functions = mechanics.aerodynamic_force, mechanics.intermolecular_force
    aerodynamic, intermolecular = _compiled(functions, taper, device)
    share = abs(intermolecular) / aerodynamic
    return _dataset(
        {
            "aerodynamic_force": (aerodynamic, "aerodynamic force T_air", "N"),
            "intermolecular_share": (share, "|T_int|/T_air", "1"),
        },
        {"separation": separations},
        spin=FAST,
    )


def draw_forces(figure: Figure, data: xr.Dataset) -> None:
    """Draw both quantities in one logarithmic frame, each with an axis in its color."""
    scale = axis_scale("separation")
    x = data["separation"].values / scale.unit
    left = figure.subplots()
    right = left.twinx()
    left.loglog(x, data["aerodynamic_force"].values, "-", color=_LEFT_COLOR)
    right.loglog(x, data["intermolecular_share"].values, "--", color=_RIGHT_COLOR)
    _label_in_color(left, r"$T_\mathrm{air}$ (N), solid", _LEFT_COLOR)
    _label_in_color(right, r"$|T_\mathrm{int}|/T_\mathrm{air}$, dashed", _RIGHT_COLOR)
    left.set_xlabel(scale.label)
    left.set_xlim(x[0], x[-1])
    _write_separations(left.xaxis)


def total(resolution: Resolution) -> xr.Dataset:
    """Total force over separation and spin."""
    points = resolution.map
    separations, spins = np.geomspace(30e-9, 1000e-9, points), np.linspace(0, 30e3, points)
    taper = implied_taper().replace(separation=separations[:, None])
    (values,) = _compiled((mechanics.total_force,), taper, table_1(spin=spins[None, :]))
    return _dataset(
        {"total_force": (values, "T_air + T_int", "N")},
        {"separation": separations, "spin": spins},
    )


def draw_total(figure: Figure, data: xr.Dataset) -> None:
    """Draw a map in micronewtons."""
    force = data["total_force"] / 1e-6
    label = r"$T_\mathrm{air}+T_\mathrm{int}$ ($\mu$N)"
    (axes,) = draw_maps(figure, {"": force}, label, logarithmic="y", sequential=True)
    _write_separations(axes.yaxis)


@partial(jax.jit, static_argnums=0)
def _compiled(functions: tuple[Callable, ...], *designs) -> list[Float[Array, "..."]]:
    """Values of several functions of taper and resonator, from one compiled program."""
    return [function(*designs) for function in functions]


def _dataset(
    values: Mapping[str, tuple], axes: Mapping[str, np.ndarray], **changes: float | int
) -> xr.Dataset:
    """Dataset of quantities over all axes, with taper and resonator as coordinates.

    Args:
        values: array, meaning and unit of each quantity by name.
        axes: values of the axes by name.
        **changes: fields of the resonator that differ from Table I.
    """
    taper, device = implied_taper(), table_1(**changes)
    coordinates: dict[str, Any] = {n: (n, x, _attributes(n)) for n, x in axes.items()}
    for name in fiber.PARAMETERS:
        if name not in axes:
            coordinates[_coordinate(name)] = ((), float(getattr(taper, name)), _attributes(name))
    variables = {
        name: quantity(array, tuple(axes), meaning, unit)
        for name, (array, meaning, unit) in values.items()
    }
    return xr.Dataset(variables, coordinates | fixed_by(device, *axes))


def _attributes(name: str) -> dict[str, str]:
    """Attributes of a parameter of the taper or, if it has none of that name, the resonator."""
    if name not in fiber.PARAMETERS:
        return parameter_attributes(name)
    known = fiber.PARAMETERS[name]
    return {"long_name": f"{known.meaning} of the taper", "units": known.unit or "1"}


def _coordinate(name: str) -> str:
    """Coordinate of a parameter of the taper, distinct from that of the resonator."""
    return f"taper_{name}" if name in ("radius", "refractive_index") else name


def _write_separations(axis: Axis) -> None:
    """Label the logarithmic axis of the separation with plain numbers, in nm."""
    separations = [30, 50, 100, 200, 500, 1000]
    axis.set_ticks(separations, [str(h) for h in separations])
    axis.set_ticks([], minor=True)


def _label_in_color(axes: Axes, label: str, color: str) -> None:
    """Label the vertical axis in the color of its line."""
    axes.set_ylabel(label, color=color)
    axes.tick_params(axis="y", which="both", colors=color)


_CHOSEN = "The viscosity, which the paper does not state, is the one implied by its Omega_0."

PANELS = (
    Panel("S1a", "taper: displacement and strain", deformation, draw_deformation, _CHOSEN),
    Panel("S1b", "taper: forces", forces, draw_forces, f"The spin is 23e3 rad/s. {_CHOSEN}"),
    Panel("S1c", "taper: total force", total, draw_total, _CHOSEN),
)
