"""Axes of figures that a search's box spans: free fields in units that suit their size."""

import re
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
    """The fields that the search did not free, and their values."""
    return {n: getattr(best.design, n) for n in PARAMETERS if n not in best.box.names}


def in_figure(best: Optimum, name: str, coordinates: Any) -> Float[np.ndarray, "..."]:
    """Coordinates of a field in the unit cube as what an axis shows."""
    values = np.asarray(best.box.intervals[name].at(jnp.asarray(coordinates, float)))
    return values * factor_of(name, fixed_fields(best))


def set_axis(axes: Axes, which: str, best: Optimum, name: str) -> None:
    """Label an axis, and scale it as the field was searched."""
    label = axis_label(name, fixed_fields(best))
    label = label.replace("   (", "\n(") if which == "y" else label
    low, high = in_figure(best, name, np.array([0.0, 1.0]))
    axes.set(**{f"{which}label": label, f"{which}lim": (low, high)})
    if isinstance(best.box.intervals[name], Log):
        axes.set(**{f"{which}scale": "log"})


def in_symbols(objective: str) -> str:
    r"""The name of an objective with its symbols set as such.

    >>> print(in_symbols("mean of |Delta E_N|"), in_symbols("E_N(left) - E_N(right)"))
    mean of |$\Delta E_N$| $E_N$(left) $-$ $E_N$(right)
    """
    return re.sub("|".join(_SYMBOLS), lambda found: _SYMBOLS[found[0]], objective)


_SYMBOLS = {
    "Delta E_N": r"$\Delta E_N$",
    "E_N": "$E_N$",
    "nu_-": r"$\nu_-$",
    "chi": r"$\chi$",
    "T_c": "$T_c$",
    " - ": " $-$ ",
}
