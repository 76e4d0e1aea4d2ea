"""Scans on disk: a Zarr store with a chunk for each block, and a checksum in each chunk."""

import errno
import json
import warnings
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from zarr.abc.buffer import Buffer
from zarr.storage import MemoryStore

from jaxcom.scan import lock
from jaxcom.scan.chunks import DRAFT, chunk_path, codecs, is_intact, write_chunk
from jaxcom.scan.dataset import (
    attributes,
    coordinates,
    dims_of,
    reduced_variables,
    selection,
    shape_of,
)
from jaxcom.scan.engine import HostBlock
from jaxcom.scan.plan import Place, ScanPlan, Variable
from jaxcom.scan.state import State
from jaxcom.support.files import read_file, sync, write_atomically
from jaxcom.support.provenance import provenance

_FLAT = {"name": "default", "configuration": {"separator": "."}}
"""Chunk keys "c.0.1": the folders of "c/0/1" would take as long to create as chunks to write."""

METADATA = "zarr.json"
"""Name of the file with the metadata of an array, or of the store."""

MAX_METADATA = 2**26
"""Maximum size of that file in bytes."""


class Store:
    """Arrays of a scan in an existing store.

    Args:
        plan: plan of the scan.
        path: path of the store.
    """

    def __init__(self, plan: ScanPlan, path: Path):
        self.path, self._plan = path, plan
        self._group = zarr.open_group(path, mode="r+")
        self._arrays = {v.name: self._array(v.name) for v in plan.variables}

    def lacks(self, number: int) -> bool:
        """Whether any chunk of a block is missing or damaged."""
        return any(
            not is_intact(self.path, self._arrays[v.name], self.chunk(v, place, number))
            for v in self._plan.variables
            for place in self._plan.places(v.dims)
        )

    def write(self, number: int, block: HostBlock) -> None:
        """Write the chunks of a block, each atomically."""
        for v in self._plan.variables:
            for place, values in block[v.name].items():
                chunk = self.chunk(v, place, number)
                write_chunk(chunk_path(self.path, self._arrays[v.name], chunk), values)

    def sync(self) -> None:
        """Wait until all that has been written is on the disk."""
        sync(self.path)

    def lacks_reduced(self) -> bool:
        """Whether any result of the reductions is missing or damaged."""
        arrays = [self._array(name) for name in self._plan.reduced_names]
        return not all(is_intact(self.path, array, (0,) * array.ndim) for array in arrays)

    def write_reduced(self, state: State) -> None:
        """Write the results of the reductions; the state must be kept until all are written."""
        for name, variable in reduced_variables(self._plan, state).items():
            path = chunk_path(self.path, self._array(name), (0,) * variable.ndim)
            write_chunk(path, variable.values)

    def repair(self) -> None:
        """Remove unfinished files of a killed process, and write damaged coordinates again."""
        for draft in self.path.rglob(f"*{DRAFT}"):
            draft.unlink()
        reduced = reduced_variables(self._plan, State(self._plan))
        for name, variable in coordinates(self._plan, reduced).items():
            array, chunk = self._array(name), (0,) * variable.ndim
            if not is_intact(self.path, array, chunk):
                write_chunk(chunk_path(self.path, array, chunk), variable.values)

    def chunk(self, variable: Variable, place: Place, number: int) -> tuple[int, ...]:
        """Indices of the chunk of a variable that holds a block at a place."""
        grid = self._plan.grid
        chunk = (c // b for c, b in zip(grid.corner(number), grid.block, strict=True))
        return (*selection(self._plan, variable.dims, place), *chunk)

    def _array(self, name: str) -> zarr.Array:
        array = self._group[name]
        assert isinstance(array, zarr.Array)
        return array


def create(plan: ScanPlan, path: Path, folder: Path) -> None:
    """Create a store without its chunks; it appears at its path complete.

    Args:
        plan: plan of the scan.
        path: path of the store, which does not exist.
        folder: folder on the same file system for the draft.
    """
    write_atomically(path, partial(_write_empty_store, plan), draft=folder / lock.DRAFT)


def restore_metadata(plan: ScanPlan, path: Path) -> None:
    """Write the metadata of a store again where they are missing or changed.

    Raises:
        FileExistsError: the store holds something that a scan does not write, such as an array of
            somebody else, or a folder instead of a chunk.
    """
    files = _metadata(plan, _provenance(_root_attributes(path)))
    _require_nothing_else(path, {Path(key).parent.name for key in files} - {""})
    for key, content in files.items():
        if not _holds(path / key, content):
            (path / key).parent.mkdir(exist_ok=True)
            write_atomically(path / key, lambda draft, c=content: draft.write_bytes(c))


def _write_empty_store(plan: ScanPlan, path: Path) -> None:
    """Write the metadata of all arrays, and the coordinates."""
    for key, content in _metadata(plan, provenance()).items():
        (path / key).parent.mkdir(parents=True, exist_ok=True)
        (path / key).write_bytes(content)
    Store(plan, path).repair()


def _metadata(plan: ScanPlan, made_by: Mapping[str, str]) -> dict[str, bytes]:
    """Content of all `zarr.json` of a store by their paths in it."""
    files: dict[str, Buffer] = {}
    in_memory = MemoryStore(files)  # ten times faster than writing one file after the other
    reduced = reduced_variables(plan, State(plan))
    fixed = coordinates(plan, reduced)
    scalars = " ".join(name for name, variable in fixed.items() if not variable.dims)
    about = attributes(plan, made_by) | {"coordinates": scalars}
    group = zarr.create_group(in_memory, attributes=about)
    for name, variable in (fixed | reduced).items():
        _create_whole(group, name, variable)
    for variable in plan.variables:
        _create_in_blocks(group, plan, variable)
    with warnings.catch_warnings():  # consolidated metadata are an extension of Zarr 3
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(in_memory)
    return {key: content.to_bytes() for key, content in files.items()}


def _holds(path: Path, content: bytes) -> bool:
    """Whether a file exists with this content."""
    try:
        return read_file(path, len(content)) == content
    except (FileNotFoundError, ValueError):
        return False


def _require_nothing_else(path: Path, arrays: set[str]) -> None:
    """Raise FileExistsError for what a scan has not written and must not replace or hide."""
    for entry in path.iterdir():
        if entry.name in arrays:
            if not entry.is_dir():
                raise _refusal(entry, "this is not a folder, but should be an array of the scan")
            for file in entry.iterdir():
                if not file.is_file():
                    raise _refusal(file, "this is not a file, but should be a part of the scan")
        elif (entry / METADATA).exists():
            raise _refusal(entry, "this is no array of the scan; move it out of the store")


def _create_whole(group: zarr.Group, name: str, variable: xr.Variable) -> zarr.Array:
    """Create an array of a single chunk, without the chunk."""
    return group.create_array(
        name,
        shape=variable.shape,
        chunks=variable.shape,
        dtype=variable.dtype,
        fill_value=np.nan if variable.dtype.kind == "f" else 0,
        dimension_names=[str(dim) for dim in variable.dims],
        attributes=variable.attrs,
        chunk_key_encoding=_FLAT,
        **codecs(variable.dtype),
    )


def _create_in_blocks(group: zarr.Group, plan: ScanPlan, variable: Variable) -> zarr.Array:
    """Create an array with a value for every point, without its chunks."""
    shape = shape_of(plan, variable)
    return group.create_array(
        variable.name,
        shape=shape,
        chunks=(1,) * (len(shape) - len(plan.grid.shape)) + plan.grid.block,
        dtype=variable.dtype,
        fill_value=variable.fill,
        dimension_names=dims_of(plan, variable),
        attributes=variable.attributes,
        chunk_key_encoding=_FLAT,
        **codecs(variable.dtype),
    )


def require_same_scan(plan: ScanPlan, path: Path) -> None:
    """Raise FileExistsError, naming the first difference, unless the store is of this scan.

    Another version of this library or of JAX is a difference: it may round differently.
    """
    theirs = _identity(_root_attributes(path))
    if differs := _difference(theirs, _identity(attributes(plan))):
        where, there, here = differs
        difference = f"its {where} is {there}, not {here} as here"
        raise _refusal(path, f"the store belongs to another scan: {difference}")


def open_dataset(plan: ScanPlan, path: Path) -> xr.Dataset:
    """Dataset of a store; its arrays are read on access."""
    names = [v.name for v in plan.variables] + plan.reduced_names
    return xr.open_zarr(path, chunks=None)[names]


def _root_attributes(path: Path) -> dict[str, Any]:
    """Attributes of a store; raise FileExistsError if it is not one of a scan.

    Its "scan" and "provenance" are dictionaries as JSON.
    """
    file = path / METADATA
    try:
        found = json.loads(read_file(file, MAX_METADATA))["attributes"]
        for key in ("scan", "provenance"):
            if not isinstance(json.loads(found[key]), dict):
                raise ValueError(f"{key} is not a dictionary")
        if not isinstance(_provenance(found)["jaxcom_commit"], str):
            raise ValueError("jaxcom_commit is not a text")
    except Exception as error:  # missing, not JSON, or any other damage
        why = (
            f"{METADATA}: {' '.join(str(error).split())[:80]}" if path.is_dir() else "not a folder"
        )
        what = f"this is no store of a scan ({why}); choose another `store`"
        raise _refusal(path, what) from None
    return found


def _provenance(attributes: Mapping[str, Any]) -> dict[str, str]:
    return json.loads(attributes["provenance"])


def _identity(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Scan and program of a store from its attributes; uncommitted changes are ignored."""
    program = _provenance(attributes)
    program["jaxcom_commit"] = program["jaxcom_commit"].removesuffix("-dirty")
    return json.loads(attributes["scan"]) | program


def _refusal(path: Path, why: str) -> FileExistsError:
    return FileExistsError(errno.EEXIST, why, str(path))


def _difference(there: Any, here: Any, where: str = "") -> tuple[str, Any, Any] | None:
    """First entry that differs between two nested dictionaries: its name and both values."""
    if isinstance(there, dict) and isinstance(here, dict):
        for key in [*there, *(key for key in here if key not in there)]:
            name = f"{where} {key}".strip()
            if found := _difference(there.get(key, "absent"), here.get(key, "absent"), name):
                return found
        return None
    return None if there == here else (where, there, here)
