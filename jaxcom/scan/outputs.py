"""Outputs that a scan can compute at every point: names, meanings, units."""

import dataclasses
from typing import Any

import numpy as np

from jaxcom.resonator import PARAMETERS
from jaxcom.status import Status

DIRECTION, BRANCH = "direction", "branch"
NOT_COMPUTED = -1
"""Status of points that have not been computed yet; their other values are NaN."""


@dataclasses.dataclass(frozen=True)
class Output:
    """Description of an output.

    Attributes:
        meaning: the output as text.
        unit: SI unit; empty for a pure number.
        dims: dimensions besides the axes: direction, branch, or both.
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
"""All outputs by name; `status` is part of every scan that stores points."""

DIFFERENCES: tuple[str, ...] = ("nonreciprocity", "abs_nonreciprocity")
"""Outputs that compare the two directions."""


def gradient_name(output: str, field: str) -> str:
    """Name of the derivative of an output with respect to a field.

    >>> gradient_name("log_negativity", "spin")
    'd_log_negativity_d_spin'
    """
    return f"d_{output}_d_{field}"


def attributes(name: str) -> dict[str, Any]:
    """CF attributes of an output: `long_name`, and `units` or, for the status, flags.

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
    """CF attributes of the derivative of an output with respect to a field.

    >>> gradient_attributes("log_negativity", "power")["units"]
    '1/W'
    """
    divisor = PARAMETERS[field].unit
    divisor = f"({divisor})" if "/" in divisor else divisor
    unit = OUTPUTS[name].unit or "1"
    return {
        "long_name": f"derivative of {OUTPUTS[name].meaning} by {PARAMETERS[field].meaning}",
        "units": f"{unit}/{divisor}" if divisor else unit,
    }


def dtype_and_fill(name: str, dtype: np.dtype) -> tuple[np.dtype, float | int]:
    """Type in which an output is stored, and its value at points that have not been computed."""
    return (np.dtype(np.int8), NOT_COMPUTED) if name == "status" else (dtype, float("nan"))
