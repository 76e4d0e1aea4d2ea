"""Scans on disk: a Zarr store whose chunks are the blocks, each with its checksum."""

import errno
import json
import os
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from zarr.core.buffer import Buffer
from zarr.core.chunk_key_encodings import ChunkKeyEncodingParams
from zarr.storage import MemoryStore

from jaxcom.scan import claim
from jaxcom.scan.chunks import DRAFT, chunk_path, codecs, is_whole, write_chunk
from jaxcom.scan.dataset import attributes, coordinates, dims_of, findings, selection, shape_of
from jaxcom.scan.engine import Numbers
from jaxcom.scan.plan import Plan, Variable
from jaxcom.scan.state import State

_FLAT: ChunkKeyEncodingParams = {"name": "default", "separator": "."}
"""Files "c.0.1" instead of folders "c/0/1", which take as long to make as chunks to write."""


class Store:
    """The arrays of a scan on disk; a chunk that exists and is whole needs not be computed."""

    def __init__(self, plan: Plan, path: Path):
        self.path, self._plan = path, plan
        self._group = zarr.open_group(path, mode="r+")
        self._arrays = {v.name: self._array(v.name) for v in plan.variables}

    def lacks(self, number: int) -> bool:
        """Is any chunk of a block missing or damaged?"""
        return any(
            not is_whole(self.path, self._arrays[v.name], self._chunk(v, place, number))
            for v in self._plan.variables
            for place in self._plan.places(v.dims)
        )

    def write(self, number: int, numbers: Numbers) -> None:
        """Write the chunks of a block, each whole or not at all."""
        for v in self._plan.variables:
            for place, block in numbers[v.name].items():
                chunk = self._chunk(v, place, number)
                write_chunk(chunk_path(self.path, self._arrays[v.name], chunk), block)

    def lacks_findings(self) -> bool:
        """Is any result of the reductions missing or damaged?"""
        arrays = [self._array(name) for name in self._plan.finding_names]
        return not all(is_whole(self.path, array, (0,) * array.ndim) for array in arrays)

    def write_findings(self, state: State) -> None:
        """Write the results of the reductions; until all are there, the state must be kept."""
        for name, variable in findings(self._plan, state).items():
            path = chunk_path(self.path, self._array(name), (0,) * variable.ndim)
            write_chunk(path, variable.values)

    def repair(self) -> None:
        """Remove what a killed process was writing; write damaged coordinates anew."""
        for draft in self.path.rglob(f"*{DRAFT}"):
            draft.unlink()
        fixed = coordinates(self._plan, findings(self._plan, State(self._plan)))
        for name, variable in fixed.items():
            array, chunk = self._array(name), (0,) * variable.ndim
            if not is_whole(self.path, array, chunk):
                write_chunk(chunk_path(self.path, array, chunk), variable.values)

    def _array(self, name: str) -> zarr.Array:
        array = self._group[name]
        assert isinstance(array, zarr.Array)
        return array

    def _chunk(self, v: Variable, place: tuple[int, ...], number: int) -> tuple[int, ...]:
        """The indices of the chunk that holds a block in one place."""
        grid = self._plan.grid
        chunk = (c // b for c, b in zip(grid.corner(number), grid.block, strict=True))
        return (*selection(self._plan, v.dims, place), *chunk)


def create(plan: Plan, path: Path, workshop: Path) -> None:
    """Make an empty store: everything but the chunks; it appears at its place at once."""
    files: dict[str, Buffer] = {}
    in_memory = MemoryStore(files)  # ten times faster than one file after the other
    found = findings(plan, State(plan))
    fixed = coordinates(plan, found)
    scalars = " ".join(name for name, variable in fixed.items() if not variable.dims)
    group = zarr.create_group(in_memory, attributes=attributes(plan) | {"coordinates": scalars})
    arrays = {name: _create(group, name, v) for name, v in (fixed | found).items()}
    for v in plan.variables:
        ahead = len(shape_of(plan, v)) - len(plan.grid.shape)
        group.create_array(
            v.name,
            shape=shape_of(plan, v),
            chunks=(1,) * ahead + plan.grid.block,
            chunk_key_encoding=_FLAT,
            dtype=v.dtype,
            fill_value=v.fill,
            dimension_names=dims_of(plan, v),
            attributes=v.attributes,
            **codecs(v.dtype),
        )
    with warnings.catch_warnings():  # that this is an extension of Zarr's format 3
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(in_memory)
    draft = workshop / claim.DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    for key, content in files.items():
        (draft / key).parent.mkdir(parents=True, exist_ok=True)
        (draft / key).write_bytes(content.to_bytes())
    for name, variable in fixed.items():
        write_chunk(chunk_path(draft, arrays[name], (0,) * variable.ndim), variable.values)
    os.rename(draft, path)


def require_same_scan(plan: Plan, path: Path) -> None:
    """Raise FileExistsError, naming the first difference, unless the store is of this scan.

    Another version of this library or of JAX is a difference, too: it may round differently.
    """
    try:
        theirs = _identity(dict(zarr.open_group(path, mode="r").attrs))
    except Exception:
        raise _refused(path, "this is no store of a scan; choose another `store`") from None
    if differs := _difference(theirs, _identity(attributes(plan))):
        where, there, here = differs
        difference = f"its {where} is {there}, not {here} as here"
        raise _refused(path, f"the store belongs to another scan: {difference}")


def _identity(told: Mapping[str, Any]) -> dict[str, Any]:
    """The scan of a store, and the program; whether a checkout was changed decides nothing."""
    program = json.loads(told["provenance"])
    program["jaxcom_commit"] = program["jaxcom_commit"].removesuffix("-dirty")
    return json.loads(told["scan"]) | program


def _refused(path: Path, why: str) -> FileExistsError:
    return FileExistsError(errno.EEXIST, why, str(path))


def opened(plan: Plan, path: Path) -> xr.Dataset:
    """The Dataset of a store; its arrays are read when they are used."""
    names = [v.name for v in plan.variables] + plan.finding_names
    return xr.open_zarr(path, chunks=None)[names]


def _difference(there: Any, here: Any, where: str = "") -> tuple[str, Any, Any] | None:
    if isinstance(there, dict) and isinstance(here, dict):
        for key in [*there, *(key for key in here if key not in there)]:
            name = f"{where} {key}".strip()
            if found := _difference(there.get(key, "absent"), here.get(key, "absent"), name):
                return found
        return None
    return None if there == here else (where, there, here)


def _create(group: zarr.Group, name: str, variable: xr.Variable) -> zarr.Array:
    """An array of one chunk, which is not there yet."""
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
