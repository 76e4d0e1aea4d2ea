"""Problem files that are part of the package."""

import os
from pathlib import Path

from jaxcom.support.suggestions import did_you_mean

_FOLDER = Path(__file__).parent / "problems"


def packaged_problems() -> dict[str, Path]:
    """Paths of the packaged problem files by their names.

    >>> list(packaged_problems())
    ['isolation', 'nonreciprocity', 'reciprocal_light', 'strong_drive', 'tolerances']
    """
    return {path.stem: path for path in sorted(_FOLDER.glob("*.toml"))}


def problem_path(name: str | os.PathLike) -> Path:
    """Path of a problem file.

    Args:
        name: path of a file or, if there is no such file, the name of a packaged problem.

    Raises:
        FileNotFoundError: there is neither; the message suggests a name.

    >>> problem_path("nonreciprocity").name
    'nonreciprocity.toml'
    """
    path = Path(name)
    if path.is_file():
        return path
    known = packaged_problems()
    if os.fspath(name) not in known:
        raise FileNotFoundError(
            f"`{os.fspath(name)}` is neither a file nor a packaged problem"
            f"{did_you_mean(os.fspath(name), known)}"
        )
    return known[os.fspath(name)]
