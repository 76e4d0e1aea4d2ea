"""The result as xarray has it: dimensions, coordinates, units, and where it comes from."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from jaxcom.resonator import PARAMETERS
from jaxcom.scan.outputs import BRANCH, DIRECTION, OUTPUTS
from jaxcom.scan.plan import Plan, Variable
from jaxcom.scan.state import State
from jaxcom.support.provenance import provenance

REFERENCE = "Y.-F. Jiao et al., Phys. Rev. Lett. 125, 143605 (2020)"


def dims_of(plan: Plan, variable: Variable) -> tuple[str, ...]:
    """The dimensions of an array of the result."""
    return (*(dim for dim in variable.dims if dim in plan.kept), *plan.axes)


def shape_of(plan: Plan, variable: Variable) -> tuple[int, ...]:
    """The lengths of these dimensions."""
    return plan.extent([d for d in variable.dims if d in plan.kept]) + plan.grid.shape


def selection(plan: Plan, dims: tuple[str, ...], place: tuple[int, ...]) -> tuple[int, ...]:
    """The indices of a place along those of its dimensions that the result has."""
    return tuple(i for dim, i in zip(dims, place, strict=True) if dim in plan.kept)


def coordinates(plan: Plan, findings: Mapping[str, xr.Variable]) -> dict[str, xr.Variable]:
    """The values along each dimension that occurs, and the parameters that are fixed."""
    used = {dim for variable in findings.values() for dim in variable.dims}
    named = {}
    for name, parameter in PARAMETERS.items():
        about = {"long_name": parameter.meaning, "units": parameter.unit or "1"}
        about["symbol"] = parameter.symbol
        if name not in plan.axes:
            value = np.asarray(float(getattr(plan.resonator, name)))
            named[name] = xr.Variable((), value, about)
        elif plan.outputs or name in used:
            named[name] = xr.Variable(name, plan.axes[name].values(), about)
    sides = {
        "long_name": "direction of the light",
        "flag_values": [-1, 1],
        "flag_meanings": "right left",
    }
    named[DIRECTION] = _side(plan, DIRECTION, np.array(plan.directions, np.int8), sides)
    counted = {"long_name": "branch of the mean field, ascending in q_s"}
    named[BRANCH] = _side(plan, BRANCH, np.array(plan.branches, np.int64), counted)
    return named


def attributes(plan: Plan) -> dict[str, Any]:
    """What is to be known of the whole: who made it from what."""
    made_by = provenance()
    return {
        "Conventions": "CF-1.11",
        "title": "Scan of a spinning optomechanical resonator over " + ", ".join(plan.axes),
        "source": f"jaxcom {made_by['jaxcom']}, jax {made_by['jax']} on {made_by['platform']}",
        "references": REFERENCE,
        "provenance": json.dumps(made_by),
        "scan": json.dumps(plan.identity()),
    }


def findings(plan: Plan, state: State) -> dict[str, xr.Variable]:
    """The results of the reductions."""
    named = {}
    for reduction, places in zip(plan.reductions, state.found, strict=True):
        dims = OUTPUTS[reduction.reads].dims
        kept = [dim for dim in dims if dim in plan.kept]
        keys = next(iter(places.values()))
        stacked = {
            key: np.stack([numbers[key] for numbers in places.values()]).reshape(
                plan.extent(kept) + keys[key].shape
            )
            for key in keys
        }
        for name, found in reduction.findings(plan.axes, plan.grid, stacked).items():
            named[name] = xr.Variable((*kept, *found.dims), found.values, found.attributes)
    return named


def assemble(plan: Plan, arrays: Mapping[str, np.ndarray], state: State) -> xr.Dataset:
    """The Dataset of a scan whose points are in memory."""
    found = findings(plan, state)
    points = {
        v.name: xr.Variable(dims_of(plan, v), arrays[v.name], v.attributes) for v in plan.variables
    }
    return xr.Dataset(points | found, coordinates(plan, found), attributes(plan))


def _side(plan: Plan, dim: str, values: np.ndarray, about: dict[str, Any]) -> xr.Variable:
    return (
        xr.Variable(dim, values, about) if dim in plan.kept else xr.Variable((), values[0], about)
    )
