"""Data of panels: designs along curves and over maps, with all that fixes them as coordinates."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from jaxcom.direction import LEFT, RIGHT, Direction
from jaxcom.paper.blocks import DEVICE, evaluated
from jaxcom.resonator import PARAMETERS, SpinningResonator
from jaxcom.scan.outputs import attributes as attributes_of

STATIONARY = "at rest"
SIDES = {"left": LEFT, "right": RIGHT}


class Curve(NamedTuple):
    """One curve of a panel: a device, and where its light comes from."""

    label: str
    direction: Direction
    resonator: SpinningResonator


def three_kinds(device: SpinningResonator) -> list[Curve]:
    """The device driven from either side, and at rest."""
    spinning = [Curve(label, side, device) for label, side in SIDES.items()]
    return [*spinning, Curve(STATIONARY, LEFT, device.replace(spin=0.0))]


def along(
    curves: Sequence[Curve], name: str, values: np.ndarray, outputs: Sequence[str]
) -> xr.Dataset:
    """Outputs of a scan for several curves, along one field.

    Returns:
        A Dataset over `curve` and the field, with the direction and every parameter as coordinates.
    """
    shape = (len(curves), len(values))
    sides = np.array([int(curve.direction) for curve in curves], np.int8)
    designs = [curve.resonator for curve in curves]
    fixed = {n: np.array([getattr(d, n) for d in designs], float) for n in PARAMETERS if n != name}
    fields = {n: np.broadcast_to(v[:, None], shape).ravel() for n, v in fixed.items()}
    fields[name] = np.broadcast_to(values, shape).ravel()
    found = evaluated(fields, np.repeat(sides, len(values)), outputs)
    data = {n: (("curve", name), v.reshape(shape), attributes_of(n)) for n, v in found.items()}
    coordinates = {n: _common(n, v) for n, v in fixed.items()}
    coordinates |= {name: (name, values, about(name)), "direction": ("curve", sides)}
    return xr.Dataset(data, coordinates | {"curve": [curve.label for curve in curves]})


def about(name: str) -> dict[str, Any]:
    """What a Dataset says of a parameter."""
    known = PARAMETERS[name]
    return {"long_name": known.meaning, "units": known.unit or "1", "symbol": known.symbol}


def quantity(values: Any, dims: Sequence[str], meaning: str, unit: str = "1") -> xr.Variable:
    """Values with their meaning and their unit."""
    return xr.Variable(tuple(dims), np.asarray(values), {"long_name": meaning, "units": unit})


def fixed_by(device: SpinningResonator, *free: str) -> dict[str, xr.Variable]:
    """The parameters of a device that no axis takes, as coordinates."""
    return {
        n: xr.Variable((), float(getattr(device, n)), about(n)) for n in PARAMETERS if n not in free
    }


def detunings(low: float | int, high: float | int, count: int) -> np.ndarray:
    """Detunings between multiples of omega_m, in rad/s."""
    return np.linspace(low, high, count) * float(DEVICE.omega_m)


def _common(name: str, values: np.ndarray) -> tuple:
    """One value where all curves have the same, else one for each."""
    if np.all(values == values[0]):
        return (), values[0], about(name)
    return "curve", values, about(name)
