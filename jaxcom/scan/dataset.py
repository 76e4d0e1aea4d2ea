"""Result of a scan as an xarray Dataset: dimensions, coordinates, units and provenance."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from jaxcom.resonator import PARAMETERS
from jaxcom.scan.outputs import BRANCH, DIRECTION, OUTPUTS
from jaxcom.scan.plan import Place, ScanPlan, Variable
from jaxcom.scan.state import State
from jaxcom.support.provenance import provenance

REFERENCE = "Y.-F. Jiao et al., Phys. Rev. Lett. 125, 143605 (2020)"


def dims_of(plan: ScanPlan, variable: Variable) -> tuple[str, ...]:
    """Dimensions of a variable in the result."""
    return (*(dim for dim in variable.dims if dim in plan.result_dims), *plan.axes)


def shape_of(plan: ScanPlan, variable: Variable) -> tuple[int, ...]:
    """Shape of a variable in the result."""
    dims = [dim for dim in variable.dims if dim in plan.result_dims]
    return plan.extent(dims) + plan.grid.shape


def selection(plan: ScanPlan, dims: tuple[str, ...], place: Place) -> Place:
    """Indices of a place along those of its dimensions that the result has."""
    return tuple(i for dim, i in zip(dims, place, strict=True) if dim in plan.result_dims)


def coordinates(plan: ScanPlan, reduced: Mapping[str, xr.Variable]) -> dict[str, xr.Variable]:
    """Coordinates along all dimensions in use, and the fixed parameters as scalars.

    Args:
        plan: plan of the scan.
        reduced: results of the reductions.
    """
    used = {dim for variable in reduced.values() for dim in variable.dims}
    named = {}
    for name, parameter in PARAMETERS.items():
        about = {"long_name": parameter.meaning, "units": parameter.unit or "1"}
        about["symbol"] = parameter.symbol
        if name not in plan.axes:
            value = np.asarray(float(getattr(plan.resonator, name)))
            named[name] = xr.Variable((), value, about)
        elif plan.outputs or name in used:
            named[name] = xr.Variable(name, plan.axes[name].values(), about)
    named[DIRECTION] = _coordinate(
        plan,
        DIRECTION,
        np.array(plan.directions, np.int8),
        {
            "long_name": "direction of the light",
            "flag_values": [-1, 1],
            "flag_meanings": "right left",
        },
    )
    about = {"long_name": "branch of the mean field, ascending in q_s"}
    named[BRANCH] = _coordinate(plan, BRANCH, np.array(plan.branches, np.int64), about)
    return named


def attributes(plan: ScanPlan, made_by: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Global attributes: title, source, provenance, references, and the plan of the scan.

    Args:
        plan: plan of the scan.
        made_by: provenance; by default that of this program.
    """
    made_by = provenance() if made_by is None else made_by
    return {
        "Conventions": "CF-1.11",
        "title": "Scan of a spinning optomechanical resonator over " + ", ".join(plan.axes),
        "source": f"jaxcom {made_by['jaxcom']}, jax {made_by['jax']} on {made_by['platform']}",
        "references": REFERENCE,
        "provenance": json.dumps(made_by),
        "scan": json.dumps(plan.identity()),
    }


def reduced_variables(plan: ScanPlan, state: State) -> dict[str, xr.Variable]:
    """Results of the reductions by name."""
    named = {}
    for reduction, partial in zip(plan.reductions, state.partial, strict=True):
        dims = [dim for dim in OUTPUTS[reduction.output].dims if dim in plan.result_dims]
        total = {
            key: np.stack([result[key] for result in partial.values()]).reshape(
                plan.extent(dims) + array.shape
            )
            for key, array in next(iter(partial.values())).items()
        }
        for name, variable in reduction.variables(plan.axes, plan.grid, total).items():
            all_dims = (*dims, *variable.dims)
            named[name] = xr.Variable(all_dims, variable.values, variable.attributes)
    return named


def assemble(plan: ScanPlan, arrays: Mapping[str, np.ndarray], state: State) -> xr.Dataset:
    """Dataset of a scan from its arrays in memory."""
    reduced = reduced_variables(plan, state)
    points = {
        v.name: xr.Variable(dims_of(plan, v), arrays[v.name], v.attributes) for v in plan.variables
    }
    return xr.Dataset(points | reduced, coordinates(plan, reduced), attributes(plan))


def _coordinate(plan: ScanPlan, dim: str, values: np.ndarray, about: dict[str, Any]) -> xr.Variable:
    """Coordinate along a dimension, or a scalar if the result does not have the dimension."""
    if dim in plan.result_dims:
        return xr.Variable(dim, values, about)
    return xr.Variable((), values[0], about)
