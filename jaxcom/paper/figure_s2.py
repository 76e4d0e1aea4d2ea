"""Fig. S2: displacement by light relative to that by air, and stability."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jaxcom.direction import BOTH, RIGHT
from jaxcom.paper.blocks import linearize, table_1
from jaxcom.paper.designs import (
    Curve,
    along,
    detunings,
    fixed_by,
    parameter_attributes,
    quantity,
)
from jaxcom.paper.drawing import axis_scale, draw_curves, draw_maps
from jaxcom.paper.figure_s1 import implied_taper
from jaxcom.paper.minors import hurwitz_minors, printed_hurwitz_minors, signed_log_minors
from jaxcom.paper.panel import Panel, Resolution
from jaxcom.resonator import SpinningResonator
from jaxcom.taper import displacement_ratio


def backscattering_device() -> SpinningResonator:
    """Device of this figure, with J = 2 kappa at 20 mW."""
    return table_1(backscattering=2 * table_1().kappa)


def ratios(resolution: Resolution) -> xr.Dataset:
    """Displacement of the resonator over that of the taper, eta, as a function of the spin."""
    spins = np.linspace(0, 30e3, resolution.curve + 1)[1:]  # at rest the taper is not displaced
    device, taper = backscattering_device(), implied_taper()
    device = device.replace(detuning=3 * device.omega_m)
    curves = [Curve(side.label, side, device) for side in BOTH]
    directions = np.array([[int(side)] for side in BOTH])
    values = jax.jit(displacement_ratio)(taper, device.replace(spin=spins[None, :]), directions)
    data = along(curves, "spin", spins, ("q_s",))
    data["displacement_ratio"] = quantity(values, ("curve", "spin"), "eta")
    return data.assign_coords(viscosity=((), float(taper.viscosity), {"units": "Pa s"}))


def draw_ratios(figure: Figure, data: xr.Dataset) -> None:
    """Draw two curves with a logarithmic axis."""
    label = r"$\eta = q_s x_\mathrm{zp}/d$"
    draw_curves(figure, data, "displacement_ratio", label, logarithmic="y")


def minors(resolution: Resolution) -> xr.Dataset:
    """Hurwitz minors, S3.17 and S3.18, over spin and detuning."""
    x, spins = detunings(-1, 4, resolution.map), np.linspace(0, 30e3, resolution.map)
    of_spin, of_x = (axis.ravel() for axis in np.meshgrid(spins, x, indexing="ij"))
    fields = with_backscattering(spin=of_spin, detuning=of_x)
    coefficients = linearize(fields, int(RIGHT)).coefficients
    coefficients = jnp.asarray(coefficients.reshape(len(spins), len(x), 6))
    scaled = coefficients / table_1().omega_m ** np.arange(1, 7).reshape(1, 1, 6)
    orders = ("spin", "detuning", "order")
    # One after another: LAPACK batches that run concurrently can deadlock on few cores.
    logarithms = quantity(signed_log_minors(coefficients), orders, "Theta_k (S3.18)")
    true = quantity(hurwitz_minors(scaled) > 0, orders, "theta_k > 0")
    printed = quantity(
        printed_hurwitz_minors(scaled) > 0, orders, "theta_k > 0 by S3.17 as printed"
    )
    return xr.Dataset(
        {
            "coefficient": quantity(coefficients, orders, "a_k in (rad/s)^k"),
            "signed_log_minor": logarithms,
            "minor_is_positive": true,
            "printed_minor_is_positive": printed,
        },
        {
            "spin": ("spin", spins, parameter_attributes("spin")),
            "detuning": ("detuning", x, parameter_attributes("detuning")),
            "order": np.arange(1, 7),
            "direction": int(RIGHT),
            **fixed_by(backscattering_device(), "spin", "detuning"),
        },
    )


def with_backscattering(**fields: np.ndarray) -> dict[str, np.ndarray]:
    """Fields of designs, with the backscattering of this figure added."""
    shape = next(iter(fields.values())).shape
    return fields | {"backscattering": np.full(shape, backscattering_device().backscattering)}


def draw_minor(order: int, figure: Figure, data: xr.Dataset) -> None:
    """Draw a map of one Theta, with the line on which it changes its sign."""
    array = data["signed_log_minor"].sel(order=order)
    (axes,) = draw_maps(figure, {"": array}, rf"$\Theta_{order}$")
    x, y = (array[name].values / axis_scale(name).unit for name in ("detuning", "spin"))
    sign = data["minor_is_positive"].sel(order=order).values.astype(float)
    axes.contour(x, y, sign, levels=[0.5], colors="black", linewidths=1.2)
    edge = Line2D([], [], color="black", lw=1.2, label=rf"$\theta_{order}=0$; blue: negative")
    axes.legend(handles=[edge], loc="lower center", bbox_to_anchor=(0.5, 1.0), borderaxespad=0.2)


_LIGHT = "Light from the right."

PANELS = (
    Panel(
        "S2a", "displacement by light over displacement by air", ratios, draw_ratios,
        "J = 2 kappa; Delta_c = 3 omega_m, where both directions are stable. The viscosity is that "
        "of Fig. S1.",
    ),
    Panel("S2b", "Routh-Hurwitz: the fifth minor", minors, partial(draw_minor, 5), _LIGHT),
    Panel("S2c", "Routh-Hurwitz: the sixth minor", minors, partial(draw_minor, 6), _LIGHT),
)  # fmt: skip
