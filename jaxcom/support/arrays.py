"""Arrays by name in a file that shows any damage.

The file is one of `numpy.savez`, with the digest of its arrays as one more entry. It is not read by
`numpy.load`, which allocates what a header asks for before it looks at the size of the file.
"""

import hashlib
import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from jaxcom.support.files import open_file, write_atomically

DIGEST = "digest"


def write_arrays(
    path: str | os.PathLike,
    arrays: Mapping[str, np.ndarray],
    *,
    draft: str | os.PathLike | None = None,
) -> Path:
    """Write arrays to a file, atomically; see `write_atomically` for the draft.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_arrays(folder + "/a.npz", {"x": np.arange(3)})
    ...     read_arrays(path)
    {'x': array([0, 1, 2])}
    """
    entries = {**arrays, DIGEST: np.array(_digest(arrays))}

    def write(draft: Path) -> None:
        with draft.open("wb") as file:
            np.savez(file, allow_pickle=False, **entries)

    return write_atomically(path, write, draft=draft)


def read_arrays(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Arrays in a file of `write_arrays`.

    Raises:
        OSError: the file cannot be read, or is a folder, a device or a pipe.
        ValueError: the file is damaged, or another kind of file.
    """
    with open_file(path) as file:
        try:
            arrays = _entries(zipfile.ZipFile(file), os.fstat(file.fileno()).st_size)
            digest = str(arrays.pop(DIGEST))
        except Exception as error:  # whatever the parsers raise for what is no such file
            why = " ".join(str(error).split())[:200] or type(error).__name__
            raise ValueError(f"it is damaged, or another kind of file: {why}") from None
    if digest != _digest(arrays):
        raise ValueError("it is damaged: its digest is another one")
    return arrays


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    """Hash of names, types, shapes and values."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        found.update(f"{name} {array.dtype.str} {np.shape(arrays[name])}\n".encode())
        found.update(array.tobytes())
    return found.hexdigest()


def _entries(archive: zipfile.ZipFile, size: int) -> dict[str, np.ndarray]:
    """All arrays of an archive that is as large as its content."""
    entries = archive.infolist()
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise ValueError("its entries are compressed")
    if sum(entry.file_size for entry in entries) > size:
        raise ValueError("its entries are larger than the file")
    return {entry.filename.removesuffix(".npy"): _array(archive.read(entry)) for entry in entries}


def _array(content: bytes) -> np.ndarray:
    """Array from the content of an `.npy` file."""
    stream = io.BytesIO(content)
    if npy.read_magic(stream) != (1, 0):
        raise ValueError("another version of the format")
    shape, by_columns, dtype = npy.read_array_header_1_0(stream)
    if dtype.hasobject:
        raise ValueError("an array of objects")
    values = np.frombuffer(content, dtype, offset=stream.tell())
    return values.reshape(shape, order="F" if by_columns else "C")
