"""Design files: the parameters of a resonator as JSON."""

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from jaxcom.resonator import PARAMETERS, SpinningResonator, require_known_field
from jaxcom.support.files import read_file, write_atomically
from jaxcom.support.provenance import version

MAX_BYTES = 2**20
"""Maximum size of a design file."""


def write_design(path: str | os.PathLike, resonator: SpinningResonator, **about: Any) -> Path:
    """Write a design as JSON, atomically.

    Args:
        path: path of the file; an existing file is replaced.
        resonator: one design; its numbers are written with all digits.
        **about: further entries of numbers, strings, lists and dictionaries; NaN becomes null.

    Returns:
        The path.

    Raises:
        OSError: the file cannot be written.
        ValueError: the resonator is a batch, or a further entry is called `jaxcom`, `units` or
            `parameters`, like the file's own entries.

    >>> import jaxcom as jc, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_design(folder + "/design.json", jc.SpinningResonator(spin=23e3), note="a")
    ...     read_design(path).spin
    23000.0
    """
    content = {
        "jaxcom": version(),
        "units": {name: parameter.unit or "1" for name, parameter in PARAMETERS.items()},
        "parameters": {name: _scalar(name, getattr(resonator, name)) for name in PARAMETERS},
    }
    if taken := content.keys() & about.keys():
        raise ValueError(f"Argument `{min(taken)}` must have another name: that entry exists.")
    text = json.dumps(jsonable(content | about), indent=2, allow_nan=False) + "\n"
    return write_atomically(path, lambda draft: draft.write_text(text, "utf-8"))


def read_design(path: str | os.PathLike) -> SpinningResonator:
    """Design in a file written by `write_design`.

    Args:
        path: path of the file.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file is not JSON or not a design: a parameter is missing, unknown or out of
            its range. The message names the file and the parameter.
    """
    try:
        content = json.loads(read_file(path, MAX_BYTES).decode("utf-8"))
        return SpinningResonator(**_parameters(content))
    except RecursionError:
        raise ValueError(f"{os.fspath(path)} is not a design file: too deeply nested") from None
    except (OverflowError, TypeError, ValueError) as error:
        raise ValueError(f"{os.fspath(path)} is not a design file: {error}") from None


def jsonable(value: Any) -> Any:
    """Value with arrays replaced by lists and numbers that are not finite by None, for JSON.

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
    """Parameters in the content of a design file; ValueError unless they are complete."""
    parameters = content.get("parameters") if isinstance(content, dict) else None
    if not isinstance(parameters, dict):
        raise ValueError("it has no entry `parameters`.")
    for name, value in parameters.items():
        require_known_field(name, "parameter of a design")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"parameter `{name}` must be a number, but is {value!r}.")
    if missing := [name for name in PARAMETERS if name not in parameters]:
        raise ValueError(f"it lacks the parameters {', '.join(missing)}.")
    return {name: float(value) for name, value in parameters.items()}


def _scalar(name: str, value: Any) -> float:
    if np.ndim(value) != 0:
        raise ValueError(f"Argument `resonator` must be one design, but its `{name}` is an array.")
    return float(value)
