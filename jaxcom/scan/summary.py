"""A result at a glance, as a table."""

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

MOST = 2**29
"""The most bytes of an array that are read for a summary."""


def summary(data: "xarray.Dataset") -> str:
    """The axes of a scan, the share of stable points, and the range of each quantity.

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
    found = [row for name in data.data_vars for row in _rows(data, str(name))]
    return table(data.attrs["title"], [axes, found])


def _rows(data: "xarray.Dataset", name: str) -> Iterator[tuple[str, str, str]]:
    """A row for each direction and branch of an array."""
    array = data[name]
    if array.nbytes > MOST:
        yield name, f"{' x '.join(map(str, array.shape))} numbers", array.attrs.get("units", "")
        return
    for label, part in _sides(array):
        values = part.values
        if name == "status":
            yield f"stable{label}", f"{np.mean(values == int(Status.STABLE)):.1%}", ""
        else:
            unit = array.attrs.get("units", "1")
            yield f"{name}{label}", number(values), "" if unit == "1" else unit


def _sides(array: "xarray.DataArray") -> Iterator[tuple[str, "xarray.DataArray"]]:
    """The parts of an array by direction and branch, with what to call them."""
    if DIRECTION in array.dims:
        for side in array[DIRECTION].values:
            for label, part in _sides(array.sel({DIRECTION: side})):
                yield f", {Direction(int(side)).name.lower()}{label}", part
    elif BRANCH in array.dims:
        for k in array[BRANCH].values:
            yield f", branch {k}", array.sel({BRANCH: k})
    else:
        yield "", array
