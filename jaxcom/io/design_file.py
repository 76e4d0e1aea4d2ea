"""Designs as files: JSON that a later run, another program or a person can read."""

import importlib.metadata
import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from jaxcom.resonator import PARAMETERS, SpinningResonator, require_known_field
from jaxcom.support.files import write_whole


def write_design(path: str | os.PathLike, resonator: SpinningResonator, **about: Any) -> Path:
    """Write a design, and what is to be known about it, as JSON; whole or not at all.

    Args:
        path: of the file; a file that is there is replaced.
        resonator: one design; its numbers are kept to the last digit.
        **about: further entries, of numbers, strings, lists and dictionaries; NaN becomes null.

    Returns:
        The path.

    Raises:
        OSError: the file cannot be written.
        ValueError: the resonator is a batch, or an entry has the name of one of the file's own.

    >>> import jaxcom as jc, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_design(folder + "/design.json", jc.SpinningResonator(spin=23e3), note="a")
    ...     read_design(path).spin
    23000.0
    """
    content = {
        "jaxcom": importlib.metadata.version("jaxcom"),
        "units": {name: parameter.unit or "1" for name, parameter in PARAMETERS.items()},
        "parameters": {name: _scalar(name, getattr(resonator, name)) for name in PARAMETERS},
    }
    if taken := content.keys() & about.keys():
        raise ValueError(f"Argument `{min(taken)}` must be called otherwise: that entry is taken.")
    text = json.dumps(jsonable(content | about), indent=2, allow_nan=False) + "\n"
    return write_whole(path, lambda draft: draft.write_text(text, "utf-8"))


def read_design(path: str | os.PathLike) -> SpinningResonator:
    """The design in a file that `write_design` has written.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not JSON, or not a design: a parameter is missing, unknown or out of its
            range. The message names the file and the parameter.
    """
    try:
        content = json.loads(Path(path).read_text("utf-8"))
        return SpinningResonator(**_parameters(content))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{os.fspath(path)} is no design file: {error}") from None


def jsonable(value: Any) -> Any:
    """The value as JSON has it: arrays as lists, what is not finite as null.

    >>> jsonable({"E_N": float("nan"), "photons": np.array([1.0, 2.0])})
    {'E_N': None, 'photons': [1.0, 2.0]}
    """
    if isinstance(value, dict):
        return {key: jsonable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(part) for part in value]
    if hasattr(value, "tolist"):  # arrays of NumPy and of JAX
        return jsonable(np.asarray(value).tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _parameters(content: object) -> dict[str, float]:
    parameters = content.get("parameters") if isinstance(content, dict) else None
    if not isinstance(parameters, dict):
        raise ValueError("it has no entry `parameters`.")
    for name, value in parameters.items():
        require_known_field(name, "parameter of a design")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"parameter `{name}` must be a number, but is {value!r}.")
    if missing := [name for name in PARAMETERS if name not in parameters]:
        raise ValueError(f"it lacks the parameters {', '.join(missing)}.")
    return parameters


def _scalar(name: str, value) -> float:
    if np.ndim(value) != 0:
        raise ValueError(f"Argument `resonator` must be one design, but its `{name}` is an array.")
    return float(value)
