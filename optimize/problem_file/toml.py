"""Settings as TOML: read, laid over each other, written."""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Settings = Mapping[str, Any]
"""The tables of a problem file, by their names; words at the top stand beside them."""


def read_settings(path: str | os.PathLike) -> dict[str, Any]:
    """What a TOML file says, its keys with underscores.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not TOML; the message names the file.
    """
    try:
        return _with_underscores(tomllib.loads(Path(path).read_text("utf-8")))
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from None


def merged(below: Settings, above: Settings) -> dict[str, Any]:
    """Settings laid over others, entry by entry of their tables.

    >>> merged({"device": {"spin": 1.0, "power": 2.0}}, {"device": {"spin": 3.0}})
    {'device': {'spin': 3.0, 'power': 2.0}}
    """
    both = dict(below)
    for key, value in above.items():
        under = both.get(key, {})
        both[key] = under | value if isinstance(under, dict) and isinstance(value, dict) else value
    return both


def write_settings(settings: Settings) -> str:
    """Settings as the text of a file; tables that are empty are left out.

    >>> print(write_settings({"title": "A", "device": {"spin": [0, 3e4]}, "constraints": []}))
    title = "A"
    <BLANKLINE>
    [device]
    spin = [0, 30000.0]
    <BLANKLINE>
    """
    words = [_entry(k, v) for k, v in settings.items() if not isinstance(v, dict) and not _many(v)]
    parts = ["\n".join(words)] if words else []
    for name, value in settings.items():
        if isinstance(value, dict) and value:
            parts.append(_table(f"[{name}]", value))
        if _many(value):
            parts += [_table(f"[[{name}]]", entries) for entries in value]
    return "\n\n".join(parts) + "\n"


def _many(value: object) -> bool:
    """Is it a list of tables? One without any counts, too."""
    return isinstance(value, list) and all(isinstance(part, dict) for part in value)


def _table(head: str, entries: Mapping[str, Any]) -> str:
    return "\n".join([head, *(_entry(key, value) for key, value in entries.items())])


def _entry(key: str, value: object) -> str:
    # What JSON writes of strings, numbers and lists of them is TOML, too.
    return f"{key} = {json.dumps(value, ensure_ascii=False, allow_nan=False)}"


def _with_underscores(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.replace("-", "_"): _with_underscores(part) for key, part in value.items()}
    return [_with_underscores(part) for part in value] if isinstance(value, list) else value
