"""Places of largest values: ties, missing values and coordinates."""

from collections.abc import Mapping, Sequence

import jax.numpy as jnp
import numpy as np

from jaxcom.resonator import PARAMETERS
from jaxcom.scan.axes import Axis
from jaxcom.scan.reductions.base import ReducedVariable

NOWHERE = np.iinfo(np.int64).max
"""Place of a missing value; the last one where values are equal."""


def nan_if_no_value(values: np.ndarray) -> np.ndarray:
    """Values with NaN in place of minus infinity, which marks that there was no value."""
    return np.where(np.isneginf(values), np.nan, values)


def place_variables(
    axes: Mapping[str, Axis],
    names: Sequence[str],
    index: np.ndarray,
    dims: tuple[str, ...],
    of: str,
) -> dict[str, ReducedVariable]:
    """Coordinates of places, a variable for each axis.

    Args:
        axes: axes of the grid.
        names: axes along which the places are counted.
        index: flat index of each place along these axes, or `NOWHERE`.
        dims: dimensions of the variables.
        of: name of the values that belong to the places.
    """
    exists = index != NOWHERE
    places = np.unravel_index(np.where(exists, index, 0), [axes[name].num for name in names])
    variables = {}
    for name, place in zip(names, places, strict=True):
        values = np.asarray(axes[name].at(jnp.asarray(place.reshape(-1)))).reshape(place.shape)
        field = PARAMETERS[name]
        attributes = {"long_name": f"{field.meaning} at {of}", "units": field.unit or "1"}
        values = np.where(exists, values, np.nan)
        variables[f"{name}_at_{of}"] = ReducedVariable(dims, values, attributes)
    return variables
