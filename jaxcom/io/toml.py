"""TOML files of settings."""

import os
import re
import tomllib
from typing import Any

from jaxcom.support.files import read_file

MAX_BYTES = 2**20
"""Maximum size of a file."""

MAX_PARTS = 50
"""Maximum number of parts of a dotted key, since the parser takes a time that grows as its cube."""


def read_toml(path: str | os.PathLike) -> dict[str, Any]:
    """Content of a TOML file.

    Raises:
        OSError: the file cannot be read, or is a folder, a device or a pipe.
        ValueError: the file is not valid TOML, or too large or too deeply nested.
    """
    text = read_file(path, MAX_BYTES).decode("utf-8")
    pieces = re.split(r"[=,#{}\[\]\n]", text)
    if max(piece.count(".") for piece in pieces) > MAX_PARTS:
        raise ValueError(f"a key must have at most {MAX_PARTS} parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is too deeply nested") from None
