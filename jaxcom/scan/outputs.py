"""What a scan can tell of a point: names, meanings, units."""

import dataclasses
from typing import Any

import numpy as np

from jaxcom.resonator import PARAMETERS
from jaxcom.status import Status

DIRECTION, BRANCH = "direction", "branch"
NOT_COMPUTED = -1
"""The status of points that no run has reached yet; their numbers are NaN."""


@dataclasses.dataclass(frozen=True)
class Output:
    """One number of every point.

    Attributes:
        meaning: in words.
        unit: in SI; empty for a pure number.
        dims: which of direction and branch it depends on, besides the axes.
    """

    meaning: str
    unit: str = ""
    dims: tuple[str, ...] = (DIRECTION, BRANCH)


OUTPUTS: dict[str, Output] = {
    "status": Output("whether there is a steady state"),
    "log_negativity": Output("logarithmic negativity E_N of driven mode and mirror"),
    "log_negativity_reflected": Output("logarithmic negativity E_N of reflected mode and mirror"),
    "strongest_log_negativity": Output(
        "logarithmic negativity E_N on the stable branch where it is largest", dims=(DIRECTION,)
    ),
    "nonreciprocity": Output("Delta E_N = E_N(left) - E_N(right)", dims=(BRANCH,)),
    "abs_nonreciprocity": Output("|Delta E_N| = |E_N(left) - E_N(right)|", dims=(BRANCH,)),
    "q_s": Output("mean displacement of the mirror in units of x_zp"),
    "photons_driven": Output("photons in the driven mode"),
    "photons_reflected": Output("photons in the reflected mode"),
    "coupling_driven": Output("coupling |G| of the driven mode", "rad/s"),
    "coupling_reflected": Output("coupling |G| of the reflected mode", "rad/s"),
}
"""All outputs; `status` is part of every scan that stores points."""

DIFFERENCES: tuple[str, ...] = ("nonreciprocity", "abs_nonreciprocity")


def gradient_name(output: str, field: str) -> str:
    """The name of the derivative of an output by a field.

    >>> gradient_name("log_negativity", "spin")
    'd_log_negativity_d_spin'
    """
    return f"d_{output}_d_{field}"


def attributes(name: str) -> dict[str, Any]:
    """What a file says of an output: CF's `long_name`, `units` and, for the status, its flags.

    >>> attributes("coupling_driven")
    {'long_name': 'coupling |G| of the driven mode', 'units': 'rad/s'}
    """
    if name == "status":
        flags = [NOT_COMPUTED, *map(int, Status)]
        names = ["not_computed", *(s.name.lower() for s in Status)]
        return {
            "long_name": OUTPUTS[name].meaning,
            "flag_values": flags,
            "flag_meanings": " ".join(names),
        }
    return {"long_name": OUTPUTS[name].meaning, "units": OUTPUTS[name].unit or "1"}


def gradient_attributes(name: str, field: str) -> dict[str, Any]:
    """The same of a derivative.

    >>> gradient_attributes("log_negativity", "power")["units"]
    '1/W'
    """
    over = (
        f"({PARAMETERS[field].unit})" if "/" in PARAMETERS[field].unit else PARAMETERS[field].unit
    )
    unit = OUTPUTS[name].unit or "1"
    return {
        "long_name": f"derivative of {OUTPUTS[name].meaning} by {PARAMETERS[field].meaning}",
        "units": f"{unit}/{over}" if over else unit,
    }


def fill_of(name: str, dtype: np.dtype) -> tuple[np.dtype, float | int]:
    """The type of an output's numbers, and what stands where none was computed."""
    return (np.dtype(np.int8), NOT_COMPUTED) if name == "status" else (dtype, float("nan"))
