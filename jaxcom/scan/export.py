"""Results as files that other programs read: netCDF and CSV, whole or not at all."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jaxcom.resonator import PARAMETERS
from jaxcom.scan.outputs import BRANCH, DIRECTION
from jaxcom.support.files import write_whole

if TYPE_CHECKING:
    import xarray

LIMIT = 4 * 2**30
"""The most bytes that go into one file; larger results are for Zarr."""
_ROWS = 2**18


def write_netcdf(path: str | os.PathLike, data: "xarray.Dataset") -> Path:
    """Write a result as netCDF 4.

    Raises:
        OSError: the file cannot be written.
        ValueError: the result has more than 4 GiB.

    >>> import jaxcom as jc, tempfile, xarray
    >>> data = jc.scan(jc.SpinningResonator(), {"spin": [0.0, 8e3]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     xarray.open_dataset(write_netcdf(folder + "/scan.nc", data)).spin.values
    array([   0., 8000.])
    """
    _require_size(data)
    data = data.load().copy()
    for variable in data.variables.values():
        flags = variable.attrs.get("flag_values")
        if flags is not None:  # CF wants them in the type of the variable
            variable.attrs["flag_values"] = np.asarray(flags, variable.dtype)
    return write_whole(path, lambda draft: data.to_netcdf(draft, engine="h5netcdf"))


def write_csv(path: str | os.PathLike, data: "xarray.Dataset") -> Path:
    """Write what a result tells of every point, or of the points that remain, as a table in CSV.

    A row for each point, direction and branch; its columns are the coordinates and the numbers, in
    SI. Rows are made in parts: memory does not grow with the result.

    Raises:
        OSError: the file cannot be written.
        ValueError: there is nothing with an axis in the result.

    >>> import jaxcom as jc, tempfile
    >>> data = jc.scan(jc.SpinningResonator(), {"spin": [0.0, 8e3]}, direction=jc.LEFT)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_csv(folder + "/scan.csv", data).read_text().splitlines()[:2]
    ['spin,status,log_negativity', '0.0,0,0.0921...']
    """
    names = [n for n, v in data.data_vars.items() if set(v.dims) & PARAMETERS.keys()]
    if not names:
        raise ValueError("Argument `data` must have an axis left, but all were reduced.")
    table = data[names].reset_coords(drop=True)
    order = [dim for dim in (DIRECTION, BRANCH, *PARAMETERS) if dim in table.sizes]
    axes = [dim for dim in data[names[0]].dims if dim in order]
    order = [*axes, *(dim for dim in order if dim not in axes)]
    step = max(1, _ROWS // max(1, int(np.prod([table.sizes[d] for d in order[1:]]))))

    def write(draft: Path) -> None:
        for first in range(0, table.sizes[order[0]], step):
            part = table.isel({order[0]: slice(first, first + step)})
            rows = part.to_dataframe(dim_order=order)
            rows.to_csv(draft, mode="a", header=first == 0)

    return write_whole(path, write)


def _require_size(data: "xarray.Dataset") -> None:
    if data.nbytes > LIMIT:
        raise ValueError(
            f"Argument `data` must have at most {LIMIT / 2**30:g} GiB, but has "
            f"{data.nbytes / 2**30:.3g}: read it from its Zarr store."
        )
