"""The problem files that come with the library, by their names."""

import os
from pathlib import Path

from jaxcom.support.suggestions import did_you_mean


def packaged() -> dict[str, Path]:
    """The problem files that come along, by their names.

    >>> "nonreciprocity" in packaged()
    True
    """
    folder = Path(__file__).parent / "packaged"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def problem_path(name: str | os.PathLike) -> Path:
    """The file of that path or, if there is none, the packaged one of that name.

    Raises:
        FileNotFoundError: there is neither; the message suggests a name.

    >>> problem_path("nonreciprocity").name
    'nonreciprocity.toml'
    """
    path = Path(name)
    if path.is_file():
        return path
    known = packaged()
    if os.fspath(name) not in known:
        raise FileNotFoundError(
            f"`{os.fspath(name)}` is neither a file nor a problem that comes along"
            f"{did_you_mean(os.fspath(name), known)}"
        )
    return known[os.fspath(name)]
