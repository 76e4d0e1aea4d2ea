"""Settings of a search as TOML: reading, merging, writing."""

import os
from collections.abc import Mapping
from typing import Any

import tomli_w

from jaxcom.io.toml import read_toml

Settings = Mapping[str, Any]
"""Content of a problem file: its tables by name, and strings such as `title`."""


def read_settings(path: str | os.PathLike) -> dict[str, Any]:
    """Content of a TOML file, with hyphens in keys replaced by underscores.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file is not valid TOML; the message names it.
    """
    try:
        return _with_underscores(read_toml(path))
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from None


def merge_settings(settings: Settings, overrides: Settings) -> dict[str, Any]:
    """Settings with overrides, which replace single entries of tables.

    >>> merge_settings({"device": {"spin": 1.0, "power": 2.0}}, {"device": {"spin": 3.0}})
    {'device': {'spin': 3.0, 'power': 2.0}}
    """
    both = dict(settings)
    for key, value in overrides.items():
        old = both.get(key, {})
        both[key] = old | value if isinstance(old, dict) and isinstance(value, dict) else value
    return both


def write_settings(settings: Settings) -> str:
    """Text of a TOML file with the settings; empty tables are left out.

    >>> print(write_settings({"title": "A", "device": {"spin": 3e4}, "constraints": []}))
    title = "A"
    <BLANKLINE>
    [device]
    spin = 30000.0
    <BLANKLINE>
    """
    return tomli_w.dumps({key: value for key, value in settings.items() if value not in ({}, [])})


def _with_underscores(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.replace("-", "_"): _with_underscores(part) for key, part in value.items()}
    return [_with_underscores(part) for part in value] if isinstance(value, list) else value
