"""Axes of figures over a search box: free fields in units that suit their size."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from jaxcom.plot.labels import axis_label, factor_of
from jaxcom.resonator import PARAMETERS

from ..box import Log
from ..results.optimum import Optimum


def fixed_fields(best: Optimum) -> Mapping[str, float]:
    """Values of the fields that the box of the search does not free."""
    return {n: getattr(best.design, n) for n in PARAMETERS if n not in best.box.names}


def axis_values(best: Optimum, name: str, coordinates: Any) -> Float[np.ndarray, "..."]:
    """Values of a field, in the unit of its axis, at coordinates of the unit cube."""
    values = np.asarray(best.box.intervals[name].at(jnp.asarray(coordinates, float)))
    return values * factor_of(name, fixed_fields(best))


def set_axis(axes: Axes, which: str, best: Optimum, name: str) -> None:
    """Set label, limits and scale of an axis to those of a free field."""
    label = axis_label(name, fixed_fields(best))
    label = label.replace("   (", "\n(") if which == "y" else label
    low, high = axis_values(best, name, np.array([0.0, 1.0]))
    axes.set(**{f"{which}label": label, f"{which}lim": (low, high)})
    if isinstance(best.box.intervals[name], Log):
        axes.set(**{f"{which}scale": "log"})
