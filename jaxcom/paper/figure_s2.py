"""Fig. S2: how small the motion by light is, and where the system is stable."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jaxcom.direction import RIGHT
from jaxcom.paper.blocks import DEVICE, KAPPA, OMEGA_M, linearized
from jaxcom.paper.designs import SIDES, Curve, about, along, detunings, fixed_by, quantity
from jaxcom.paper.drawing import draw_curves, draw_maps
from jaxcom.paper.figure_s1 import implied_taper
from jaxcom.paper.minors import hurwitz_minors, printed_hurwitz_minors, signed_log_minors
from jaxcom.paper.panel import Panel, Resolution
from jaxcom.taper import displacement_ratio

SCATTERING = DEVICE.replace(backscattering=2 * KAPPA)
"""The device of the panels (b) and (c): J = 2 kappa at 20 mW."""


def ratios(resolution: Resolution) -> xr.Dataset:
    """Eta, the resonator's displacement over the taper's, against the spin."""
    spins = np.linspace(0, 30e3, resolution.curve + 1)[1:]  # at rest the taper is not displaced
    device, taper = SCATTERING.replace(detuning=3 * OMEGA_M), implied_taper()
    curves = [Curve(label, side, device) for label, side in SIDES.items()]
    sides = np.array([[int(side)] for side in SIDES.values()])
    values = jax.jit(displacement_ratio)(taper, device.replace(spin=spins[None, :]), sides)
    data = along(curves, "spin", spins, ("q_s",))
    data["displacement_ratio"] = quantity(values, ("curve", "spin"), "eta")
    return data.assign_coords(viscosity=((), float(taper.viscosity), {"units": "Pa s"}))


def draw_ratios(figure: Figure, data: xr.Dataset) -> None:
    """Two curves over a logarithmic axis."""
    label = r"$\eta = q_s x_\mathrm{zp}/d$"
    draw_curves(figure, data, "displacement_ratio", label, logarithmic="y")


def minors(resolution: Resolution) -> xr.Dataset:
    """Theta_k, S3.18, over spin and detuning, and the signs of theta_k by the printed rule."""
    x, spins = detunings(-1, 4, resolution.map), np.linspace(0, 30e3, resolution.map)
    of_spin, of_x = (axis.ravel() for axis in np.meshgrid(spins, x, indexing="ij"))
    coefficients = linearized(scattering(spin=of_spin, detuning=of_x), int(RIGHT)).coefficients
    coefficients = jnp.asarray(coefficients.reshape(len(spins), len(x), 6))
    scaled = coefficients / DEVICE.omega_m ** np.arange(1, 7).reshape(1, 1, 6)
    orders = ("spin", "detuning", "order")
    # One after another: batches of LAPACK's that run at a time can block each other on few cores.
    logarithms = quantity(signed_log_minors(coefficients), orders, "Theta_k (S3.18)")
    true = quantity(hurwitz_minors(scaled) > 0, orders, "theta_k > 0")
    printed = quantity(
        printed_hurwitz_minors(scaled) > 0, orders, "theta_k > 0 by the rule that S3.17 prints"
    )
    return xr.Dataset(
        {
            "coefficient": quantity(coefficients, orders, "a_k in (rad/s)^k"),
            "signed_log_minor": logarithms,
            "minor_is_positive": true,
            "printed_minor_is_positive": printed,
        },
        {
            "spin": ("spin", spins, about("spin")),
            "detuning": ("detuning", x, about("detuning")),
            "order": np.arange(1, 7),
            "direction": int(RIGHT),
            **fixed_by(SCATTERING, "spin", "detuning"),
        },
    )


def scattering(**fields: np.ndarray) -> dict[str, np.ndarray]:
    """Fields of designs in a row, with the backscattering of the panels (b) and (c)."""
    shape = next(iter(fields.values())).shape
    return fields | {"backscattering": np.full(shape, SCATTERING.backscattering)}


def draw_minor(order: int, figure: Figure, data: xr.Dataset) -> None:
    """One Theta with the line on which it changes its sign."""
    array = data["signed_log_minor"].sel(order=order)
    (axes,) = draw_maps(figure, {"": array}, rf"$\Theta_{order}$")
    x, y = array["detuning"].values / DEVICE.omega_m, array["spin"].values / 1e3
    sign = data["minor_is_positive"].sel(order=order).values.astype(float)
    axes.contour(x, y, sign, levels=[0.5], colors="black", linewidths=1.2)
    edge = Line2D([], [], color="black", lw=1.2, label=rf"$\theta_{order}=0$; blue: negative")
    axes.legend(handles=[edge], loc="lower center", bbox_to_anchor=(0.5, 1.0), borderaxespad=0.2)


_LIGHT = "Light from the right."

PANELS = (
    Panel(
        "S2a", "motion by light over motion by air", ratios, draw_ratios,
        "J = 2 kappa; Delta_c = 3 omega_m, where both directions are stable. The viscosity is that "
        "of Fig. S1.",
    ),
    Panel("S2b", "Routh-Hurwitz: the fifth minor", minors, partial(draw_minor, 5), _LIGHT),
    Panel("S2c", "Routh-Hurwitz: the sixth minor", minors, partial(draw_minor, 6), _LIGHT),
)  # fmt: skip
