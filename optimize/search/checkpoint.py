"""Where a search stands, as a file: what a run that was killed goes on from, to the same result."""

import hashlib
import json
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np

from jaxcom.support.files import write_whole
from jaxcom.support.provenance import provenance


class Checkpoint:
    """A file that holds the state of a search, written at most every few seconds, whole or not.

    Args:
        path: of the file.
        resume: go on from what it holds; otherwise it is replaced.
        every: seconds between two writings.
    """

    def __init__(self, path: str | os.PathLike, *, resume: bool = False, every: float = 5.0):
        self.path, self.resume, self.every = Path(path), resume, every
        self._last = time.monotonic()

    def load(self, fingerprint: str) -> list[np.ndarray]:
        """The leaves of the state in the file; none if there is nothing to resume.

        Raises:
            ValueError: the file belongs to another search, or is not whole.
        """
        if not self.resume or not self.path.exists():
            return []
        try:
            with self.path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                leaves = [file[f"leaf_{k}"] for k in range(len(file.files) - 1)]
                belongs = str(file["fingerprint"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{self.path} is no checkpoint of a search: {error}") from None
        if belongs != fingerprint:
            raise ValueError(
                f"{self.path} belongs to another search, or to other versions: resume with the "
                "same problem, options and packages, or begin anew"
            )
        return leaves

    def save(self, state: Any, fingerprint: str) -> None:
        """Write the leaves of the state, if the last writing is long enough ago."""
        if time.monotonic() - self._last < self.every:
            return
        named = enumerate(jax.tree.leaves(state))
        leaves: dict[str, Any] = {f"leaf_{k}": np.asarray(leaf) for k, leaf in named}

        def write(draft: Path) -> None:
            with draft.open("wb") as file:
                np.savez(file, fingerprint=np.array(fingerprint), **leaves)

        write_whole(self.path, write)
        self._last = time.monotonic()

    def remove(self) -> None:
        """Delete the file: the search has ended."""
        self.path.unlink(missing_ok=True)


def fingerprint_of(problem: Any, **options: Any) -> str:
    """What tells one search from another: problem, options, versions; functions by their names."""
    arrays, rest = eqx.partition(problem, eqx.is_array)
    leaves = [np.asarray(leaf).tobytes().hex() for leaf in jax.tree.leaves(arrays)]
    functions = [getattr(leaf, "__qualname__", repr(leaf)) for leaf in jax.tree.leaves(rest)]
    versions = {key: value for key, value in provenance().items() if key != "jaxcom_commit"}
    content = [leaves, functions, str(jax.tree.structure(arrays)), repr(options), versions]
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()
