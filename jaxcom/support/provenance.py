"""Provenance of results: versions of the program and its commit."""

import functools
import importlib.metadata
import subprocess
from pathlib import Path

import jax

ROOT = Path(__file__).parents[2]
"""Folder that holds the package; of a checkout, its root."""

CITATION = (
    "Y.-F. Jiao, S.-D. Zhang, Y.-L. Zhang, A. Miranowicz, L.-M. Kuang, H. Jing, "
    '"Nonreciprocal optomechanical entanglement against backscattering losses", '
    "Phys. Rev. Lett. 125, 143605 (2020)"
)
"""Citation of the paper that describes the model."""


def version() -> str:
    """Version of jaxcom; "unknown" where it runs from a folder without being installed."""
    try:
        return importlib.metadata.version("jaxcom")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def provenance() -> dict[str, str]:
    """Versions, commit and platform for the metadata of result files.

    >>> sorted(provenance())
    ['jax', 'jaxcom', 'jaxcom_commit', 'platform']
    """
    return {
        "jaxcom": version(),
        "jaxcom_commit": commit(),
        "jax": jax.__version__,
        "platform": jax.default_backend(),
    }


@functools.cache
def commit() -> str:
    """Commit of this checkout, with "-dirty" if it was changed; "released" outside a checkout."""
    if not (ROOT / ".git").exists():
        return "released"
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
