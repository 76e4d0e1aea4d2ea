"""Summary of a result as a table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from jaxcom.direction import Direction
from jaxcom.resonator import PARAMETERS
from jaxcom.scan.outputs import BRANCH, DIRECTION
from jaxcom.status import Status
from jaxcom.support.tables import number, table

if TYPE_CHECKING:
    import xarray

MAX_BYTES = 2**29
"""Maximum size of an array whose values are read for a summary."""


def summary(data: "xarray.Dataset") -> str:
    """Table of the axes, the fraction of stable points, and the range of each variable.

    Args:
        data: result of `jaxcom.scan`.

    >>> import jaxcom as jc
    >>> print(summary(jc.scan(jc.SpinningResonator(), {"spin": [0.0, 8e3]}, direction=jc.LEFT)))
    Scan of a spinning optomechanical resonator over spin
    -----------------------------------------------------
    spin            0 .. 8000 (2)                 rad/s
    -----------------------------------------------------
    stable          100.0%
    log_negativity  0.000334913 .. 0.0921378 (2)
    -----------------------------------------------------
    """
    axes = [
        (name, number(data[name].values), parameter.unit)
        for name, parameter in PARAMETERS.items()
        if name in data.dims
    ]
    variables = [row for name in data.data_vars for row in _rows(data, str(name))]
    return table(data.attrs["title"], [axes, variables])


def _rows(data: "xarray.Dataset", name: str) -> Iterator[tuple[str, str, str]]:
    """Rows of a variable, one for each direction and branch."""
    array = data[name]
    if array.nbytes > MAX_BYTES:
        yield name, f"{' x '.join(map(str, array.shape))} numbers", array.attrs.get("units", "")
        return
    for label, part in _parts(array):
        values = part.values
        if name == "status":
            yield f"stable{label}", f"{np.mean(values == int(Status.STABLE)):.1%}", ""
        else:
            unit = array.attrs.get("units", "1")
            yield f"{name}{label}", number(values), "" if unit == "1" else unit


def _parts(array: "xarray.DataArray") -> Iterator[tuple[str, "xarray.DataArray"]]:
    """Parts of an array by direction and branch, each with its label."""
    if DIRECTION in array.dims:
        for sign in array[DIRECTION].values:
            for label, part in _parts(array.sel({DIRECTION: sign})):
                yield f", {Direction(int(sign)).label}{label}", part
    elif BRANCH in array.dims:
        for k in array[BRANCH].values:
            yield f", branch {k}", array.sel({BRANCH: k})
    else:
        yield "", array
