"""Chunks of a Zarr array as files, written at the speed of the disk.

By the specification of Zarr 3 a chunk is what its codecs make of its numbers, little endian in C
order: here one frame of Blosc, and the CRC32C of it. Where there is no entanglement, or no steady
state, numbers repeat, and compressing them takes less time than writing them. Zarr's own writing
takes half as long as the arithmetic of a block; everything else, reading too, is left to it.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import google_crc32c
import numpy as np
import zarr
from numcodecs import blosc  # type: ignore[attr-defined]
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec

DRAFT = ".partial"
"""The end of the name of a file that is being written."""


def codecs(dtype: np.dtype) -> dict:
    """What zarr is told of the chunks of an array; `write_chunk` does the same."""
    packed = BloscCodec(typesize=dtype.itemsize, cname="lz4", clevel=1, shuffle="shuffle")
    return {"serializer": BytesCodec(), "compressors": [packed, Crc32cCodec()]}


def chunk_path(root: Path, array: zarr.Array, chunk: Sequence[int]) -> Path:
    """The file of a chunk."""
    return root / array.basename / array.metadata.encode_chunk_key(tuple(chunk))


def write_chunk(path: Path, numbers: np.ndarray) -> None:
    """Write a chunk, whole or not at all.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_chunk(Path(folder, "c.0"), np.zeros(100_000))
    ...     Path(folder, "c.0").stat().st_size < 10_000
    True
    """
    little_endian = np.ascontiguousarray(numbers, numbers.dtype.newbyteorder("<"))
    content = blosc.compress(little_endian, b"lz4", 1, blosc.SHUFFLE)
    draft = path.with_name(path.name + DRAFT)
    try:
        draft.write_bytes(content + google_crc32c.value(content).to_bytes(4, "little"))
        os.replace(draft, path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def is_whole(root: Path, array: zarr.Array, chunk: Sequence[int]) -> bool:
    """Does a chunk exist, and does its checksum hold?"""
    if not chunk_path(root, array, chunk).is_file():
        return False
    try:
        _ = array.blocks[tuple(chunk)] if chunk else array[...]
    except Exception:  # the checksum, or whatever else a damaged chunk leads to
        return False
    return True
