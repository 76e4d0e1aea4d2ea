"""Export of results to netCDF and CSV files, written atomically."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jaxcom.resonator import PARAMETERS
from jaxcom.scan.outputs import BRANCH, DIRECTION
from jaxcom.support.files import write_atomically

if TYPE_CHECKING:
    import xarray

MAX_BYTES = 4 * 2**30
"""Maximum size of a result in one netCDF file; larger results need a Zarr store."""
_MAX_ROWS = 2**18  # of the parts in which a table is written


def write_netcdf(path: str | os.PathLike, data: "xarray.Dataset") -> Path:
    """Write the result of a scan as a netCDF 4 file.

    Args:
        path: path of the file; an existing file is replaced.
        data: result of `jaxcom.scan`.

    Returns:
        The path.

    Raises:
        OSError: the file cannot be written.
        ValueError: the result is larger than 4 GiB.

    >>> import jaxcom as jc, tempfile, xarray
    >>> data = jc.scan(jc.SpinningResonator(), {"spin": [0.0, 8e3]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     xarray.open_dataset(write_netcdf(folder + "/scan.nc", data)).spin.values
    array([   0., 8000.])
    """
    _require_small(data)
    data = data.load().copy()
    for variable in data.variables.values():
        flags = variable.attrs.get("flag_values")
        if flags is not None:  # CF requires the type of the variable
            variable.attrs["flag_values"] = np.asarray(flags, variable.dtype)
    return write_atomically(path, lambda draft: data.to_netcdf(draft, engine="h5netcdf"))


def write_csv(path: str | os.PathLike, data: "xarray.Dataset") -> Path:
    """Write the variables of a result that depend on an axis as a CSV table.

    There is a row for each point, direction and branch; the columns are the coordinates and the
    values in SI units. The rows are written in parts, so memory does not grow with the result.

    Args:
        path: path of the file; an existing file is replaced.
        data: result of `jaxcom.scan`.

    Returns:
        The path.

    Raises:
        OSError: the file cannot be written.
        ValueError: no variable of the result depends on an axis.

    >>> import jaxcom as jc, tempfile
    >>> data = jc.scan(jc.SpinningResonator(), {"spin": [0.0, 8e3]}, direction=jc.LEFT)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_csv(folder + "/scan.csv", data).read_text().splitlines()[:2]
    ['spin,status,log_negativity', '0.0,0,0.0921...']
    """
    names = [n for n, v in data.data_vars.items() if set(v.dims) & PARAMETERS.keys()]
    if not names:
        raise ValueError("Argument `data` must have an axis, but all axes are reduced.")
    table = data[names].reset_coords(drop=True)
    order = [dim for dim in (DIRECTION, BRANCH, *PARAMETERS) if dim in table.sizes]
    axes = [dim for dim in data[names[0]].dims if dim in order]
    order = [*axes, *(dim for dim in order if dim not in axes)]
    step = max(1, _MAX_ROWS // max(1, int(np.prod([table.sizes[d] for d in order[1:]]))))

    def write(draft: Path) -> None:
        for first in range(0, table.sizes[order[0]], step):
            part = table.isel({order[0]: slice(first, first + step)})
            rows = part.to_dataframe(dim_order=order)
            rows.to_csv(draft, mode="a", header=first == 0)

    return write_atomically(path, write)


def _require_small(data: "xarray.Dataset") -> None:
    """Raise ValueError if a result is too large for one file."""
    if data.nbytes > MAX_BYTES:
        raise ValueError(
            f"Argument `data` must have at most {MAX_BYTES / 2**30:g} GiB, but has "
            f"{data.nbytes / 2**30:.3g} GiB: read it from its Zarr store."
        )
