"""Largest values with their places: how ties, gaps and coordinates are handled."""

from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from jaxcom.resonator import PARAMETERS
from jaxcom.scan.axes import Axis
from jaxcom.scan.reductions.base import Finding

NOWHERE = np.iinfo(np.int64).max
"""The place of a value that does not exist; after all others where values tie."""


def or_lowest(values: jax.Array) -> jax.Array:
    """NaN as minus infinity, below every number."""
    return jnp.where(jnp.isnan(values), -jnp.inf, values)


def or_nan(values: np.ndarray) -> np.ndarray:
    """Minus infinity as NaN: there was no number."""
    return np.where(np.isneginf(values), np.nan, values)


def findings_at(
    axes: Mapping[str, Axis],
    names: Sequence[str],
    index: np.ndarray,
    dims: tuple[str, ...],
    of: str,
) -> dict[str, Finding]:
    """The coordinates of places that are counted through along the axes of those names."""
    exists = index != NOWHERE
    places = np.unravel_index(np.where(exists, index, 0), [axes[name].count for name in names])
    found = {}
    for name, place in zip(names, places, strict=True):
        values = np.asarray(axes[name].at(jnp.asarray(place.reshape(-1)))).reshape(place.shape)
        about = PARAMETERS[name]
        told = {"long_name": f"{about.meaning} at {of}", "units": about.unit or "1"}
        found[f"{name}_at_{of}"] = Finding(dims, np.where(exists, values, np.nan), told)
    return found
