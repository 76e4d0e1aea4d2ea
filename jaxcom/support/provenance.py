"""Which program made a result."""

import functools
import importlib.metadata
import subprocess
from pathlib import Path

import jax


def provenance() -> dict[str, str]:
    """Versions of what computes, and the commit where it is a checkout: for files of results.

    >>> sorted(provenance())
    ['jax', 'jaxcom', 'jaxcom_commit', 'platform']
    """
    return {
        "jaxcom": importlib.metadata.version("jaxcom"),
        "jaxcom_commit": commit(),
        "jax": jax.__version__,
        "platform": jax.default_backend(),
    }


@functools.cache
def commit() -> str:
    """The commit of this library's checkout, with -dirty where it was changed; else "released"."""
    here = Path(__file__).parent
    if not (here.parent / ".git").exists():
        return "released"
    git = ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
