"""Chunks of a Zarr array as files, written at the speed of the disk.

By the specification of Zarr 3 a chunk under the codecs "bytes" and "crc32c" is its numbers, little
endian in C order, and their CRC32C. Zarr's own writing takes as long as the arithmetic of a block;
everything else, reading too, is left to it.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import google_crc32c
import numpy as np
import zarr

DRAFT = ".partial"
"""The end of the name of a file that is being written."""


def chunk_path(root: Path, array: zarr.Array, chunk: Sequence[int]) -> Path:
    """The file of a chunk."""
    return root / array.basename / array.metadata.encode_chunk_key(tuple(chunk))


def write_chunk(path: Path, numbers: np.ndarray) -> None:
    """Write a chunk, whole or not at all.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_chunk(Path(folder, "c", "0"), np.zeros(2))
    ...     Path(folder, "c", "0").stat().st_size
    20
    """
    content = np.ascontiguousarray(numbers, numbers.dtype.newbyteorder("<")).view()
    content.flags.writeable = False  # what the checksum takes without a copy
    draft = path.with_name(path.name + DRAFT)
    try:
        _write(draft, content)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(draft, content)
    os.replace(draft, path)


def is_whole(root: Path, array: zarr.Array, chunk: Sequence[int]) -> bool:
    """Does a chunk exist, and does its checksum hold?"""
    if not chunk_path(root, array, chunk).is_file():
        return False
    try:
        _ = array.blocks[tuple(chunk)] if chunk else array[...]
    except Exception:  # the checksum, or whatever else a damaged chunk leads to
        return False
    return True


def _write(path: Path, content: np.ndarray) -> None:
    with path.open("wb", buffering=0) as file:
        file.write(content.data)
        file.write(google_crc32c.value(content).to_bytes(4, "little"))
