"""Data of panels: designs along curves and over maps, with all their parameters as coordinates."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from jaxcom.direction import BOTH, LEFT, Direction
from jaxcom.paper.blocks import evaluate, table_1
from jaxcom.resonator import PARAMETERS, SpinningResonator
from jaxcom.scan.outputs import attributes as output_attributes

AT_REST = "at rest"
"""Label of curves of devices without spin."""


class Curve(NamedTuple):
    """One curve of a panel.

    Attributes:
        label: name in the legend.
        direction: direction of the light.
        resonator: the device.
    """

    label: str
    direction: Direction
    resonator: SpinningResonator


def curves_of(device: SpinningResonator) -> list[Curve]:
    """Curves of a device driven from the left, driven from the right, and at rest."""
    spinning = [Curve(side.label, side, device) for side in BOTH]
    return [*spinning, Curve(AT_REST, LEFT, device.replace(spin=0.0))]


def along(
    curves: Sequence[Curve], name: str, values: np.ndarray, outputs: Sequence[str]
) -> xr.Dataset:
    """Outputs of a scan for several curves, along one field.

    Args:
        curves: the curves.
        name: name of the field.
        values: values of the field.
        outputs: names of attributes of `Observables`.

    Returns:
        Dataset over `curve` and the field, with the status, and with the direction and all
        parameters as coordinates.
    """
    shape = (len(curves), len(values))
    directions = np.array([int(curve.direction) for curve in curves], np.int8)
    designs = [curve.resonator for curve in curves]
    fixed = {n: np.array([getattr(d, n) for d in designs], float) for n in PARAMETERS if n != name}
    fields = {n: np.broadcast_to(v[:, None], shape).ravel() for n, v in fixed.items()}
    fields[name] = np.broadcast_to(values, shape).ravel()
    found = evaluate(fields, np.repeat(directions, len(values)), outputs)
    data = {n: (("curve", name), v.reshape(shape), output_attributes(n)) for n, v in found.items()}
    coordinates = {n: _coordinate(n, v) for n, v in fixed.items()}
    coordinates |= {
        name: (name, values, parameter_attributes(name)), "direction": ("curve", directions)
    }  # fmt: skip
    return xr.Dataset(data, coordinates | {"curve": [curve.label for curve in curves]})


def parameter_attributes(name: str) -> dict[str, Any]:
    """Attributes of a parameter in a Dataset: meaning, unit and symbol."""
    known = PARAMETERS[name]
    return {"long_name": known.meaning, "units": known.unit or "1", "symbol": known.symbol}


def quantity(values: Any, dims: Sequence[str], meaning: str, unit: str = "1") -> xr.Variable:
    """Variable of a Dataset with its meaning and unit as attributes."""
    return xr.Variable(tuple(dims), np.asarray(values), {"long_name": meaning, "units": unit})


def fixed_by(device: SpinningResonator, *free: str) -> dict[str, xr.Variable]:
    """Scalar coordinates of all parameters of a device except the free ones."""
    return {
        name: xr.Variable((), float(getattr(device, name)), parameter_attributes(name))
        for name in PARAMETERS
        if name not in free
    }


def detunings(low: float | int, high: float | int, count: int) -> np.ndarray:
    """Equidistant detunings in rad/s between two multiples of omega_m."""
    return np.linspace(low, high, count) * float(table_1().omega_m)


def _coordinate(name: str, values: np.ndarray) -> tuple:
    """Coordinate of a parameter: a scalar if all curves share its value, else one value a curve."""
    if np.all(values == values[0]):
        return (), values[0], parameter_attributes(name)
    return "curve", values, parameter_attributes(name)
